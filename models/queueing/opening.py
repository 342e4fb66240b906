"""Opening, pausing, last call and closing of a queue, by hand or by its hours."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.duties import go_off_duty, on_duty
from models.queueing.ending import end_waiting
from models.queueing.hours.opening_hours import kept_since, timetable_of
from models.queueing.hours.timetable import HoursChange
from models.queueing.line.queries import present_ticket_of, present_tickets, waiting_count
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible


def open_queue(session: Session, queue: Queue, *, by: By, now: datetime) -> None:
    _set_state(session, queue, QueueState.OPEN, EventKind.OPENED, by, now)


def pause_queue(session: Session, queue: Queue, *, by: By, now: datetime, reason: str | None = None) -> None:
    """People may still join, but nobody is called. Raises NotPossible("in_last_call")."""
    if queue.state == QueueState.LAST_CALL:
        raise NotPossible("in_last_call")
    facts = {"pause_reason": reason}
    _set_state(session, queue, QueueState.PAUSED, EventKind.PAUSED, by, now, facts)


def begin_last_call(session: Session, queue: Queue, *, by: By, now: datetime) -> None:
    """Nobody may join any more, and who waits is served; then the clock closes it (`is_served_out`)."""
    if queue.state == QueueState.CLOSED:
        raise NotPossible("already_closed")
    _set_state(session, queue, QueueState.LAST_CALL, EventKind.LAST_CALL, by, now)


def is_served_out(session: Session, queue: Queue) -> bool:
    """Nobody waits, is called or is being served."""
    return not waiting_count(session, queue) and not present_tickets(session, queue)


def close_queue(session: Session, queue: Queue, *, by: By, now: datetime) -> int:
    """Closed for the day: whoever still waits has left, "day ended", with one text. Gives how many.

    A queue that stays open overnight keeps its line. Servicers go off duty, except those who still serve
    somebody.
    """
    _close(session, queue, by, now)
    return 0 if queue.stays_open_overnight else end_waiting(session, queue, by=by, now=now)


def sends_away(session: Session, queue: Queue) -> int:
    """How many would lose their place if it were closed."""
    return 0 if queue.stays_open_overnight else waiting_count(session, queue)


def close_for_good(session: Session, queue: Queue, *, by: By, now: datetime) -> int:
    """As `close_queue` for a queue that goes out of use, open or not: whoever waits is told that it has."""
    if queue.state != QueueState.CLOSED:
        _close(session, queue, by, now)
    return end_waiting(session, queue, by=by, now=now, for_good=True)


def _close(session: Session, queue: Queue, by: By, now: datetime) -> None:
    _set_state(session, queue, QueueState.CLOSED, EventKind.CLOSED, by, now)
    for duty in on_duty(session, queue.id):
        if present_ticket_of(session, queue, duty.servicer_id) is None:
            go_off_duty(session, duty, by=by, now=now)


def apply_hours(session: Session, queue: Queue, now: datetime) -> QueueState | None:
    """Open or close the queue as its hours last required; returns the new state, None if unchanged.

    The queue must be locked.
    """
    timetable = timetable_of(session, queue)
    since = kept_since(queue.hours_kept_at or queue.created_at, now)
    change = timetable.last_change(since, now) if timetable else None
    if change is None:
        return None
    queue.keep_hours_until(now)
    wanted = _wanted(session, queue, change)
    if queue.state == wanted:
        return None
    _OPERATIONS[wanted](session, queue, by=By.clock(), now=now)
    return wanted


def _wanted(session: Session, queue: Queue, change: HoursChange) -> QueueState:
    if change.opens:
        return QueueState.OPEN
    if queue.state == QueueState.CLOSED or not queue.last_call_at_closing or is_served_out(session, queue):
        return QueueState.CLOSED
    return QueueState.LAST_CALL


_OPERATIONS: dict[QueueState, Callable[..., object]] = {
    QueueState.OPEN: open_queue,
    QueueState.LAST_CALL: begin_last_call,
    QueueState.CLOSED: close_queue,
}


def _set_state(
    session: Session,
    queue: Queue,
    state: QueueState,
    kind: EventKind,
    by: By,
    now: datetime,
    facts: dict[str, str | None] | None = None,
) -> None:
    if queue.state == state:
        raise NotPossible(f"already_{state}")
    if queue.archived_at is not None:
        raise NotPossible("archived")
    before = {"state": queue.state, "pause_reason": queue.pause_reason}
    queue.state = state
    queue.pause_reason = facts["pause_reason"] if facts else None
    queue.keep_hours_until(now)
    queue.revision += 1
    session.flush()
    record(session, kind, queue_id=queue.id, by=by, now=now, before=before, facts=facts)
