"""What a press did, by its events, and whether Undo could take it back now: else it is not offered.

Reads only. `undo` decides: it looks again, with the queue locked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.people.servicers import Servicer
from models.queueing.presses.presses import LAST_PRESS_ID, Button, Press, last_press_of
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue, with_prefix
from models.queueing.tables.ticket_states import LIVE, PRESENT, NotPossible, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows

# Nothing that a press did is untrue after these.
HARMLESS = (
    EventKind.UNDONE,
    EventKind.ALERTED,
    EventKind.PROMISE_CHANGED,
    EventKind.REMINDED,
    EventKind.NOT_HERE,
    EventKind.ARRIVED,
    EventKind.COMING,
    EventKind.LEAD_SET,
    EventKind.NAMED,
    EventKind.PHONE_BOUND,
    EventKind.SAID_LEAVING,
    EventKind.SAID,
    EventKind.REPLIED,
    EventKind.NOTED,
    EventKind.ANSWERED,
)
STATE_AFTER = {
    EventKind.OPENED: QueueState.OPEN,
    EventKind.PAUSED: QueueState.PAUSED,
    EventKind.LAST_CALL: QueueState.LAST_CALL,
    EventKind.CLOSED: QueueState.CLOSED,
}


class PressRow(NamedTuple):
    """The columns of a press; making an object would take longer."""

    id: str
    button: Button
    pressed_at: datetime


class EventRow(NamedTuple):
    """The columns of an event of a press."""

    id: int
    ticket_id: int | None
    kind: EventKind
    servicer_id: int | None
    before: dict[str, Any] | None
    facts: dict[str, Any] | None


class Done(NamedTuple):
    """One event of a press, with what else is so by now."""

    event: EventRow
    number: int | None
    prefix: str  # of the queue
    queue: str
    servicer_id: int | None  # who has the ticket, or had it last
    is_touched: bool  # something else has happened to the ticket since
    is_in_line_again: bool  # its customer has another number here
    is_elsewhere: bool  # its customer is called or served with another number

    @property
    def label(self) -> int | str | None:
        """The number as people see it."""
        return None if self.number is None else with_prefix(self.prefix, self.number)


def done_by(session: Session, press_id: str) -> list[Done]:
    return [_done(row) for row in session.execute(_done_by(), {"press_id": press_id})]


def last_done(
    session: Session, queue_id: int, servicer_id: int, now: datetime
) -> tuple[PressRow, list[Done]] | None:
    """The press that Undo would undo, as `last_press`, and what it did; in one statement."""
    found = fetch_rows(session, _last_done(), last_press_of(queue_id, servicer_id, now))
    of_press = len(PressRow._fields)
    return (PressRow(*found[0][:of_press]), [_done(row[of_press:]) for row in found]) if found else None


def undo_refusal(
    session: Session, queue: Queue, done: Sequence[Done], served: Mapping[int, int]
) -> NotPossible | None:
    """Why Undo of that press would be refused now, or None. `served`: who has which ticket, by its id."""
    of_press = {each.event.ticket_id for each in done}
    others = {servicer_id for ticket_id, servicer_id in served.items() if ticket_id not in of_press}
    for each in done:
        if each.is_touched or _has_no_room(session, each, others):
            return NotPossible("changed_meanwhile", of=each)
        of_queue = each.event.ticket_id is None and each.event.kind in STATE_AFTER
        if of_queue and each.event.before and queue_has_changed(queue, each.event):
            return NotPossible("changed_meanwhile")
    return None


def queue_has_changed(queue: Queue, event: Event | EventRow) -> bool:
    """Whether it is no longer as this event, one of STATE_AFTER, left it."""
    return queue.state != STATE_AFTER[event.kind] or queue.archived_at is not None


def _has_no_room(session: Session, each: Done, busy: set[int]) -> bool:
    """Whether the ticket can't be again what it was: its customer or its servicer is taken."""
    before = each.event.before or {}
    state = before.get("state", TicketState.CALLED if "servicer_id" in before else None)
    if state not in PRESENT:
        return state in LIVE and each.is_in_line_again
    servicer_id = before.get("servicer_id", each.servicer_id)
    if servicer_id is None or servicer_id in busy or each.is_in_line_again or each.is_elsewhere:
        return True
    is_theirs = servicer_id == each.event.servicer_id  # who pressed still works here
    return not is_theirs and _is_gone(session, servicer_id)


def _is_gone(session: Session, servicer_id: int) -> bool:
    servicer = session.get(Servicer, servicer_id)
    return servicer is None or servicer.left_at is not None


def _touched() -> ColumnElement[bool]:
    """What the same press did later is undone first; what was undone is as if it had never been."""
    later, undoing = aliased(Event), aliased(Event)
    undone = exists().where(undoing.ticket_id == later.ticket_id, undoing.undoes_id == later.id)
    by_another = or_(later.press_id.is_(None), later.press_id != Event.press_id)
    both_coming = and_(Event.kind == EventKind.COMING, later.kind == EventKind.COMING)  # the later counts
    matters = or_(~among(later.kind, HARMLESS), both_coming)
    since = (later.ticket_id == Event.ticket_id, later.id > Event.id, matters)
    return exists().where(*since, by_another, ~undone).correlate(Event)


def _has_another(other: type[Ticket], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    theirs = (other.customer_id == Ticket.customer_id, other.id != Ticket.id)
    return exists().where(*theirs, *conditions).correlate(Ticket)


def _done(row: Sequence[Any]) -> Done:
    of_event = len(EventRow._fields)
    return Done(EventRow(*row[:of_event]), *row[of_event:])


def _events(*columns: Any) -> Select[Any]:
    other = aliased(Ticket)
    return (
        select(
            *columns,
            *(getattr(Event, name) for name in EventRow._fields),
            Ticket.number,
            Queue.prefix,
            Queue.name,
            Ticket.servicer_id,
            _touched(),
            _has_another(other, other.queue_id == Ticket.queue_id, among(other.state, LIVE)),
            _has_another(other, among(other.state, PRESENT)),
        )
        .select_from(Event)
        .join(Queue, Queue.id == Event.queue_id)
        .outerjoin(Ticket, Ticket.id == Event.ticket_id)
        .order_by(Event.id)
    )


@cache  # built at the first use, as it takes half a megabyte
def _done_by() -> Select[Any]:
    return _events().where(Event.press_id == bindparam("press_id"))


@cache
def _last_done() -> Select[Any]:
    events = _events(Press.id, Press.button, Press.pressed_at)
    return events.join(Press, Press.id == Event.press_id).where(Press.id == LAST_PRESS_ID)
