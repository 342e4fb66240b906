"""When a servicer was on duty at a queue, and at which desk.

A duty begins with the first press; it ends with a break, after a long time without a press, or when the queue
is closed.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Exists,
    ForeignKey,
    Select,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import Base
from models.storage.dialects import partial_index
from models.storage.heartbeats import latest_believed
from models.storage.writes import write


class Duty(Base):
    __tablename__ = "duties"
    __table_args__ = (
        partial_index(
            "uq_duties_open",
            "queue_id",
            "servicer_id",
            unique=True,
            where="ended_at IS NULL",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="ends_after_it_began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    began_at: Mapped[datetime]
    last_press_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    servicer: Mapped[Servicer] = relationship()


def on_duty(session: Session, queue_id: int) -> list[Duty]:
    return list(session.scalars(_on_duty(), {"queue_id": queue_id}))


def duty_of(session: Session, queue_id: int, servicer_id: int) -> Duty | None:
    return session.scalar(_DUTY_OF, {"queue_id": queue_id, "servicer_id": servicer_id})


def usual_desk(session: Session, queue_id: int, servicer_id: int) -> int | None:
    """The desk of their last duty here, unless a colleague has it now."""
    last = select(Duty.desk_id).where(Duty.queue_id == queue_id, Duty.servicer_id == servicer_id)
    desk_id = session.scalar(last.order_by(Duty.id.desc()).limit(1))
    if desk_id is None or desk_id in {duty.desk_id for duty in on_duty(session, queue_id)}:
        return None
    return desk_id


def was_on_duty_today(session: Session, queue: Queue, servicer_id: int, now: datetime) -> bool:
    """Whether a duty of theirs here began and ended today; who has not begun yet is on no break."""
    return bool(session.scalar(select(has_ended_duty(queue.id, servicer_id, day_start(queue, now)))))


def day_start(queue: Queue, now: datetime) -> datetime:
    """When the queue's present day began."""
    return queue.day_began_at or queue.business.start_of(queue.business.day_of(now))


def has_ended_duty(queue_id: Any, servicer_id: Any, since: Any) -> Exists:
    """Whether a duty of this servicer at this queue began after `since` and has ended. Values or columns."""
    duty_of = (Duty.queue_id == queue_id, Duty.servicer_id == servicer_id)
    return exists().where(*duty_of, Duty.began_at >= since, Duty.ended_at.is_not(None))


def come_on_duty(session: Session, queue_id: int, *, by: By, now: datetime) -> Duty:
    """The servicer's duty at this queue, begun now if there is none; each press renews it."""
    assert by.servicer_id is not None
    return go_on_duty(session, queue_id, duty_of(session, queue_id, by.servicer_id), by=by, now=now)


def go_on_duty(session: Session, queue_id: int, duty: Duty | None, *, by: By, now: datetime) -> Duty:
    """The same where it is known whether they are on `duty`."""
    assert by.servicer_id is not None
    if duty is None:
        duty = Duty(
            queue_id=queue_id,
            servicer_id=by.servicer_id,
            desk_id=usual_desk(session, queue_id, by.servicer_id),
            began_at=now,
            last_press_at=now,
        )
        session.add(duty)
        session.flush()
        record(session, EventKind.DUTY_BEGAN, queue_id=queue_id, by=By.servicer(by.servicer_id), now=now)
        return duty
    pressed_at = latest_believed(duty.last_press_at, now)
    write(session, _PRESSED, {"row_id": duty.id, "at": pressed_at})
    set_committed_value(duty, "last_press_at", pressed_at)
    return duty


def go_off_duty(session: Session, duty: Duty, *, by: By, now: datetime) -> None:
    """Ends the duty at `now`, which may lie in the past: after a silence it is that of the last press."""
    duty.ended_at = max(now, duty.began_at)
    record(
        session,
        EventKind.DUTY_ENDED,
        queue_id=duty.queue_id,
        by=By(by.actor, duty.servicer_id, by.press_id),
        now=duty.ended_at,
    )


def choose_desk(session: Session, duty: Duty, desk_id: int | None, *, by: By, now: datetime) -> None:
    """Where the servicer serves from now on; whoever they have called already is told to come there.

    The queue must be locked, and the desk one of its own.
    """
    before = {"desk_id": duty.desk_id}
    duty.desk_id = desk_id
    session.flush()
    facts = {"desk_id": desk_id}
    record(session, EventKind.DESK_CHOSEN, queue_id=duty.queue_id, by=by, now=now, before=before, facts=facts)
    present = (Ticket.queue_id == duty.queue_id, Ticket.servicer_id == duty.servicer_id)
    for ticket in session.scalars(select(Ticket).where(*present, among(Ticket.state, PRESENT))):
        calling.change_desk(session, ticket, desk_id, by=by, now=now)


# Compiled once: building a statement costs as much as running it.
_OPEN_ONES = select(Duty).where(Duty.queue_id == bindparam("queue_id"), Duty.ended_at.is_(None))
_TABLE: Any = Duty.__table__
_PRESSED = update(_TABLE).where(_TABLE.c.id == bindparam("row_id")).values(last_press_at=bindparam("at"))
_DUTY_OF = _OPEN_ONES.where(Duty.servicer_id == bindparam("servicer_id"))


@cache  # built at the first use: a joined load needs all related tables to be imported
def _on_duty() -> Select[Any]:
    with_whom = _OPEN_ONES.options(joinedload(Duty.servicer, innerjoin=True))
    return with_whom.order_by(Duty.began_at, Duty.id)
