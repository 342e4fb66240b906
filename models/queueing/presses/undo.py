"""Undo: takes back everything that a servicer's last press did, newest first.

What a text has already told a customer is corrected by another text (`undo_texts`).
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.duties import Duty, duty_of
from models.queueing.line.positions import IN_ORDER, position_behind
from models.queueing.line.queries import count_ahead
from models.queueing.messages.conversation import recall
from models.queueing.presses.presses import Button, Press, last_press
from models.queueing.presses.undo_texts import correct_by_text, expire_texts_of, tell_number_is_taken_back
from models.queueing.presses.undoable import HARMLESS, STATE_AFTER, queue_has_changed
from models.queueing.tables.events import Event, EventKind, record
from models.queueing.tables.kept_values import values_before
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, UNDONE, WAITING, NotPossible, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import drop_unsent_of_event


class Undone(NamedTuple):
    """What was undone: the button, and the numbers of the tickets it had changed."""

    button: Button
    numbers: tuple[int, ...]


def lock_for_undo(session: Session, queue_id: int, press_id: str) -> Queue:
    """The queue, locked; with it any other queue to which this press has transferred somebody.

    The locks are taken in the order of ids, as a transfer takes them, so that the two never deadlock.
    """
    touched = select(Event.queue_id).where(Event.press_id == press_id, Press.queue_id == queue_id)
    ids = session.scalars(touched.join(Press, Press.id == Event.press_id)).all()
    locked = {each: Queue.lock(session, each) for each in sorted({queue_id, *ids})}
    return locked[queue_id]


def undo_last_press(session: Session, queue: Queue, *, by: By, now: datetime) -> Undone:
    """Undo the servicer's last press as a whole. The queue must be locked.

    Raises NotPossible("nothing_to_undo"), or ("changed_meanwhile", number) when somebody has since done
    something to a ticket of that press; then nothing is undone.
    """
    assert by.servicer_id is not None
    press = last_press(session, queue.id, by.servicer_id, now)
    if press is None:
        raise NotPossible("nothing_to_undo")
    done = select(Event).where(Event.press_id == press.id).order_by(Event.id.desc())
    # The queue before its tickets: the correcting texts tell its state.
    events = sorted(session.scalars(done), key=lambda event: event.kind not in STATE_AFTER)
    numbers = []
    try:
        with session.begin_nested():
            for event in events:
                number = _undo(session, queue, event, by, now)
                numbers += [] if number is None else [number]
    except IntegrityError:
        raise NotPossible("changed_meanwhile") from None
    press.undone_at = now
    return Undone(press.button, tuple(reversed(numbers)))


def _undo(session: Session, queue: Queue, event: Event, by: By, now: datetime) -> int | None:
    if event.queue_id != queue.id:
        Queue.lock(session, event.queue_id)  # somebody was transferred there
    if event.ticket_id is not None:
        ticket = session.get_one(Ticket, event.ticket_id, populate_existing=True)
        _undo_move(session, ticket, event, by, now)
        return ticket.number
    if event.kind == EventKind.ANNOUNCED:
        drop_unsent_of_event(session, event.id, now)
    elif event.kind in STATE_AFTER and event.before:
        if queue_has_changed(queue, event):
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


def _return_to_duty(session: Session, event: Event) -> None:
    """Unless they have come back on duty since."""
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


def _undo_move(session: Session, ticket: Ticket, event: Event, by: By, now: datetime) -> None:
    _require_untouched(session, ticket, event)
    if event.kind == EventKind.REPLIED:
        recall(session, ticket, event, by=by, now=now)
        return
    if event.kind in (EventKind.JOINED, EventKind.TRANSFERRED):
        removed_id = ending.remove(session, ticket, by=by, now=now, reason=UNDONE)
        tell_number_is_taken_back(session, ticket, removed_id, now)
        return
    changes = values_before(event.before or {})
    if event.kind == EventKind.CALLED:
        changes |= _place_again(session, ticket, event)
    if event.kind == EventKind.REMOVED:
        _take_note_along(session, ticket)
        changes["moved_to_id"] = None
    _keep_what_is_newer(ticket, event, changes)
    _require_somebody(session, ticket, changes)
    unsent = expire_texts_of(session, ticket, event, now)
    undone_id = ticket.change(session, EventKind.UNDONE, by, now, undoes_id=event.id, **changes)
    correct_by_text(session, ticket, event, undone_id, unsent, now)


def _keep_what_is_newer(ticket: Ticket, event: Event, changes: dict[str, Any]) -> None:
    """What they have said since stays; and nobody is reminded or flagged twice because Coming is undone."""
    if event.kind == EventKind.COMING:
        is_reminded = bool(changes.get("remind_after")) and ticket.remind_after is None
        if is_reminded or ticket.not_here_at is not None:
            for clock in ("remind_after", "no_show_after", "not_here_at"):
                changes.pop(clock, None)
        return
    for said in ("arrived_at", "leaving_at", "coming_until"):
        if getattr(ticket, said) is not None:
            changes.pop(said, None)


def _take_note_along(session: Session, ticket: Ticket) -> None:
    """What was noted and answered after the transfer stays with the customer."""
    moved = session.get(Ticket, ticket.moved_to_id) if ticket.moved_to_id else None
    if moved is not None:
        ticket.note, ticket.answer = moved.note, moved.answer


def _place_again(session: Session, ticket: Ticket, event: Event) -> dict[str, Any]:
    """Called too early: first in line, but behind those who joined earlier and stand where that puts them.

    So two calls that are undone leave the two as they were, in whatever order. Whoever was called
    before their turn has their own place again.
    """
    if (event.facts or {}).get("ahead"):
        return {}
    if ticket.placed_by_hand:
        return {"position": position_behind(session, ticket.queue, 0)}
    before = select(Ticket).where(
        Ticket.queue_id == ticket.queue_id,
        among(Ticket.state, WAITING),
        Ticket.set_aside_at.is_(None),
        tuple_(Ticket.position, Ticket.id) < (ticket.position, ticket.id),
        or_(Ticket.placed_by_hand, Ticket.joined_at > ticket.joined_at),
    )
    first = session.scalars(before.order_by(*IN_ORDER).limit(1)).first()
    if first is None:
        return {}  # their own place
    ahead = count_ahead(session, first)
    return {"position": position_behind(session, ticket.queue, ahead), "placed_by_hand": True}


def _require_somebody(session: Session, ticket: Ticket, changes: dict[str, Any]) -> None:
    """Nobody is given back to a servicer who does not work here any more."""
    state = changes.get("state", ticket.state)
    servicer_id = changes.get("servicer_id", ticket.servicer_id)
    if state in PRESENT and session.get_one(Servicer, servicer_id).left_at is not None:
        raise NotPossible("changed_meanwhile", of=ticket)


def _require_untouched(session: Session, ticket: Ticket, event: Event) -> None:
    """Nothing but harmless events may have happened to the ticket since, except those undone already."""
    later = select(Event.id, Event.kind, Event.undoes_id).where(
        Event.ticket_id == ticket.id, Event.id > event.id
    )
    rows = session.execute(later).all()
    undone = {row.undoes_id for row in rows}
    for row in rows:
        is_newer = event.kind == row.kind == EventKind.COMING
        if (is_newer or row.kind not in HARMLESS) and row.id not in undone:
            raise NotPossible("changed_meanwhile", of=ticket)
