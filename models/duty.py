"""When a servicer was on duty at a queue: begins with the first press, ends with a break or in silence."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base
from models.event import By, EventKind, record
from models.people import Servicer


class Duty(Base):
    __tablename__ = "duties"
    __table_args__ = (
        Index(
            "uq_duties_open",
            "queue_id",
            "servicer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
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
    open_ones = select(Duty).where(Duty.queue_id == queue_id, Duty.ended_at.is_(None))
    return list(session.scalars(open_ones.order_by(Duty.began_at, Duty.id)))


def duty_of(session: Session, queue_id: int, servicer_id: int) -> Duty | None:
    mine = (Duty.queue_id == queue_id, Duty.servicer_id == servicer_id, Duty.ended_at.is_(None))
    return session.scalar(select(Duty).where(*mine))


def come_on_duty(session: Session, queue_id: int, *, by: By, now: datetime) -> Duty:
    """The servicer's duty at this queue, begun now if there is none; every press says "still here"."""
    assert by.servicer_id is not None
    duty = duty_of(session, queue_id, by.servicer_id)
    if duty is None:
        duty = Duty(queue_id=queue_id, servicer_id=by.servicer_id, began_at=now, last_press_at=now)
        session.add(duty)
        session.flush()
        record(session, EventKind.DUTY_BEGAN, queue_id=queue_id, by=By.servicer(by.servicer_id), now=now)
    duty.last_press_at = max(now, duty.last_press_at)
    return duty


def go_off_duty(session: Session, duty: Duty, *, by: By, now: datetime) -> None:
    """Ends the duty at `now`, which may lie in the past: a silence is backdated to the last press."""
    duty.ended_at = max(now, duty.began_at)
    record(
        session,
        EventKind.DUTY_ENDED,
        queue_id=duty.queue_id,
        by=By(by.actor, duty.servicer_id, by.press_id),
        now=duty.ended_at,
    )
