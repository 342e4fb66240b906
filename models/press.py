"""A press of a servicer's button: exists once, whatever the browser does, and can be undone whole.

A press that is repeated (double tap, refresh, Back) finds itself here and does nothing. Undo takes back
everything the last press did, newest first, and repairs by text what a text has already told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, insert_once, stored_enum
from models.duty import Duty, duty_of
from models.event import By, Event, EventKind, record
from models.line import position_behind
from models.message import drop_unsent_of_event
from models.queue_states import QueueState
from models.queues import Queue
from models.repair import drop_what_it_told, repair_by_text, tell_number_is_taken_back
from models.ticket import Ticket
from models.ticket_states import UNDONE, NotPossible

UNDO_WITHIN = timedelta(hours=1)


class Button(StrEnum):
    CALL_NEXT = "call_next"
    CALL_AGAIN = "call_again"
    START = "start"
    DONE = "done"
    NO_SHOW = "no_show"
    PUT_BACK = "put_back"
    REMOVE = "remove"
    ADD_WALK_IN = "add_walk_in"
    TAKE_A_BREAK = "take_a_break"
    BACK = "back"
    OPEN = "open"
    PAUSE = "pause"
    CLOSE = "close"
    PUT_FIRST = "put_first"
    TRANSFER = "transfer"
    ANNOUNCE = "announce"
    CHOOSE_DESK = "choose_desk"
    UNDO = "undo"


class Press(Base):
    __tablename__ = "presses"
    __table_args__ = (Index("ix_presses_last", "queue_id", "servicer_id", "pressed_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # made with the page that shows the button
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    button: Mapped[Button] = mapped_column(stored_enum(Button))
    pressed_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Undone:
    """What Undo took back: the button, and the numbers of the tickets it touched."""

    button: Button
    numbers: tuple[int, ...]


def begin_press(
    session: Session, press_id: str, button: Button, *, queue: Queue, servicer_id: int, now: datetime
) -> bool:
    """Claim this press; False when it has been done already. The queue must be locked."""
    values = {
        "id": press_id,
        "queue_id": queue.id,
        "servicer_id": servicer_id,
        "button": button,
        "pressed_at": now,
    }
    return insert_once(session, Press.__table__, values, returning=Press.id) is not None  # type: ignore[arg-type]


def last_press(session: Session, queue_id: int, servicer_id: int, now: datetime) -> Press | None:
    """The press that Undo would take back."""
    mine = {"queue_id": queue_id, "servicer_id": servicer_id, "after": now - UNDO_WITHIN}
    return session.scalar(_LAST_PRESS, mine)


# By what it did, not by the clock: two hosts' clocks differ. What did nothing can't be taken back.
_DID_LAST = select(func.max(Event.id)).where(Event.press_id == Press.id).scalar_subquery()
_LAST_PRESS = (
    select(Press)
    .where(
        Press.queue_id == bindparam("queue_id"),
        Press.servicer_id == bindparam("servicer_id"),
        Press.button != Button.UNDO,
        Press.undone_at.is_(None),
        Press.pressed_at > bindparam("after"),
        _DID_LAST.is_not(None),
    )
    .order_by(_DID_LAST.desc())
    .limit(1)
)


def lock_for_undo(session: Session, queue_id: int, press_id: str) -> Queue:
    """The queue's lock, and that of a queue to which this press has sent somebody on: in the order of their
    ids, as a transfer takes them, so that the two never wait for each other."""
    touched = select(Event.queue_id).where(Event.press_id == press_id, Press.queue_id == queue_id)
    ids = session.scalars(touched.join(Press, Press.id == Event.press_id)).all()
    locked = {each: Queue.lock(session, each) for each in sorted({queue_id, *ids})}
    return locked[queue_id]


def undo_last_press(session: Session, queue: Queue, *, by: By, now: datetime) -> Undone:
    """Take back the servicer's last press whole. The queue must be locked.

    Raises NotPossible("nothing_to_undo"), or ("changed_meanwhile", number) when somebody has since done
    something to a ticket of that press; then nothing is undone.
    """
    assert by.servicer_id is not None
    press = last_press(session, queue.id, by.servicer_id, now)
    if press is None:
        raise NotPossible("nothing_to_undo")
    done = select(Event).where(Event.press_id == press.id).order_by(Event.id.desc())
    # The queue before its tickets: the texts that set right say how it stands.
    events = sorted(session.scalars(done), key=lambda event: event.kind not in _BECAME)
    numbers = []
    try:
        with session.begin_nested():
            for event in events:
                number = _take_back(session, queue, event, by, now)
                numbers += [] if number is None else [number]
    except IntegrityError:
        raise NotPossible("changed_meanwhile") from None
    press.undone_at = now
    return Undone(press.button, tuple(reversed(numbers)))


def _take_back(session: Session, queue: Queue, event: Event, by: By, now: datetime) -> int | None:
    if event.queue_id != queue.id:
        Queue.lock(session, event.queue_id)  # somebody was transferred there
    if event.ticket_id is not None:
        ticket = session.get_one(Ticket, event.ticket_id, populate_existing=True)
        _take_back_move(session, ticket, event, by, now)
        return ticket.number
    if event.kind == EventKind.ANNOUNCED:
        drop_unsent_of_event(session, event.id, now)
    elif event.kind in _BECAME and event.before:
        if queue.state != _BECAME[event.kind] or queue.archived_at is not None:
            raise NotPossible("changed_meanwhile")
        queue.state = QueueState(event.before["state"])
        queue.pause_reason = event.before["pause_reason"]
        queue.revision += 1
    elif event.kind == EventKind.DUTY_ENDED:
        _return_to_duty(session, event)
    elif event.kind == EventKind.DESK_CHOSEN and event.before:
        _return_to_desk(session, event, event.before["desk_id"])
    record(session, EventKind.UNDONE, queue_id=queue.id, by=by, now=now, undoes_id=event.id)
    return None


_BECAME = {
    EventKind.OPENED: QueueState.OPEN,
    EventKind.PAUSED: QueueState.PAUSED,
    EventKind.CLOSED: QueueState.CLOSED,
}


def _return_to_duty(session: Session, event: Event) -> None:
    """Unless they have come back by themselves."""
    ended = select(Duty).where(
        Duty.queue_id == event.queue_id, Duty.servicer_id == event.servicer_id, Duty.ended_at == event.at
    )
    duty = session.scalar(ended)
    is_back = event.servicer_id is not None and duty_of(session, event.queue_id, event.servicer_id)
    if duty is not None and not is_back:
        duty.ended_at = None
        session.flush()


def _return_to_desk(session: Session, event: Event, desk_id: int | None) -> None:
    duty = duty_of(session, event.queue_id, event.servicer_id) if event.servicer_id else None
    if duty is not None:
        duty.desk_id = desk_id
        session.flush()


def _take_back_move(session: Session, ticket: Ticket, event: Event, by: By, now: datetime) -> None:
    _require_untouched(session, ticket, event)
    if event.kind in (EventKind.JOINED, EventKind.TRANSFERRED):
        removed_id = ticket.remove(session, by=by, now=now, reason=UNDONE)
        tell_number_is_taken_back(session, ticket, removed_id, now)
        return
    changes = ticket.restored(event.before or {})
    if event.kind == EventKind.CALLED:
        changes["position"] = position_behind(session, ticket.queue, 0)
    if event.kind == EventKind.REMOVED:
        changes["moved_to_id"] = None
    if ticket.arrived_at is not None:
        changes.pop("arrived_at", None)  # they have said it since
    unsent = drop_what_it_told(session, ticket, event.kind, now)
    undone_id = ticket.change(session, EventKind.UNDONE, by, now, undoes_id=event.id, **changes)
    repair_by_text(session, ticket, event, undone_id, unsent, now)


def _require_untouched(session: Session, ticket: Ticket, event: Event) -> None:
    """Nothing that matters may have happened to the ticket since, but for what was undone."""
    later = select(Event.id, Event.kind, Event.undoes_id).where(
        Event.ticket_id == ticket.id, Event.id > event.id
    )
    rows = session.execute(later).all()
    undone = {row.undoes_id for row in rows}
    for row in rows:
        if row.kind not in _HARMLESS and row.id not in undone:
            raise NotPossible("changed_meanwhile", number=ticket.number)


_HARMLESS = (
    EventKind.UNDONE,
    EventKind.ALERTED,
    EventKind.REMINDED,
    EventKind.NOT_HERE,
    EventKind.ARRIVED,
    EventKind.LEAD_SET,
    EventKind.NAMED,
)
