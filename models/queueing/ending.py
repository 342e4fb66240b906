"""How a ticket ends: served (Done), no-show, left, removed, or because the day is over.

Whoever did not end it themselves is told once, by text. After a press the text waits a moment, so that Undo
can stop it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing import calling
from models.queueing.duties import duty_of
from models.queueing.line.queries import count_ahead, waiting_tickets
from models.queueing.line.unsent_changes import take_back_unsent
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.queueing.tables.tickets import NO_DEADLINES, Ticket
from models.texts.outbox import drop_unsent
from models.texts.text_kinds import ABOUT_WAITING, TURN_TEXTS, TextKind

RATING_ASKED_AFTER = timedelta(minutes=2)
TIME_TO_UNDO = timedelta(seconds=8)

# Untrue or of no use once the ticket has ended. An answer stays true: it was given while they were here.
WHILE_LIVE = (
    TextKind.JOINED,
    TextKind.TRANSFERRED,
    TextKind.ANNOUNCEMENT,
    *TURN_TEXTS,
    *ABOUT_WAITING,
)


def finish(session: Session, ticket: Ticket, *, by: By, now: datetime, forgotten: bool = False) -> None:
    """Served. Without Start pressed, the call counts as the beginning of the service.

    `forgotten`: nobody pressed Done, so nothing is known of how long it took. Where the queue asks for
    ratings, a text asks for one a little later.
    """
    event_id = _end(session, ticket, "finish", by, now, facts={"forgotten": True} if forgotten else None)
    if ticket.queue.asks_for_rating and not forgotten:
        ticket.send(session, TextKind.RATING, event_id, now, delay=RATING_ASKED_AFTER)


def mark_no_show(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """Called and did not come; told so by text."""
    event_id = _end(session, ticket, "mark_no_show", by, now)
    ticket.send(session, TextKind.NO_SHOW, event_id, now)


def leave(
    session: Session,
    ticket: Ticket,
    *,
    by: By,
    now: datetime,
    reason: str | None = None,
    goes_on: bool = False,
) -> int:
    """The customer gives up the place (or the day ended for them). Gives the event's id.

    `goes_on`: the day turned, and the queue is open.
    """
    place = count_ahead(session, ticket) + 1 if ticket.state == TicketState.WAITING else 0
    facts: dict[str, Any] = {"place": place} | _because(reason)
    if goes_on:
        facts |= {"goes_on": True}
    return _end(session, ticket, "leave", by, now, facts=facts, reason=reason)


def give_up(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """Called, and not coming: they have left. The next is called where their servicer's Done would do so."""
    ticket.require((TicketState.CALLED,))
    leave(session, ticket, by=by, now=now)
    queue, servicer = ticket.queue, ticket.servicer
    duty = duty_of(session, queue.id, servicer.id) if servicer else None
    if servicer and duty and servicer.calls_next_when_done and queue.calls_after_done:
        by = By(by.actor, servicer.id)
        calling.call_next(session, queue, servicer, by=by, now=now, desk_id=duty.desk_id, also_on_hold=False)


def remove(session: Session, ticket: Ticket, *, by: By, now: datetime, reason: str | None = None) -> int:
    """Taken out by a servicer. Told by text, unless a `reason` is told by another. Gives the event's id."""
    event_id = _end(session, ticket, "remove", by, now, facts=_because(reason), reason=reason)
    if reason is None:
        ticket.send(session, TextKind.REMOVED, event_id, now, delay=_time_to_undo(by))
    return event_id


def end_with_the_day(
    session: Session, ticket: Ticket, *, by: By, now: datetime, for_good: bool = False, tells: bool = True
) -> None:
    """The day is over, or the queue closed, before they were served: they have left, and are told why.

    Where the queue goes on into a new day, they read that a new number can be taken.
    `for_good`: the queue is archived, so there is no other day to come back.
    """
    was_called = ticket.state == TicketState.CALLED
    goes_on = ticket.queue.state != QueueState.CLOSED and not for_good
    event_id = leave(session, ticket, by=by, now=now, reason=DAY_ENDED, goes_on=goes_on)
    if tells:
        why = {"was_called": was_called, "for_good": for_good, "goes_on": goes_on}
        ticket.send(session, TextKind.DAY_ENDED, event_id, now, delay=_time_to_undo(by), **why)


def end_waiting(session: Session, queue: Queue, *, by: By, now: datetime, for_good: bool = False) -> int:
    """End the tickets that still wait; one text each. Gives how many."""
    tickets = last_first(session, queue)
    for ticket in tickets:
        end_with_the_day(session, ticket, by=by, now=now, for_good=for_good)
    return len(tickets)


def last_first(session: Session, queue: Queue) -> list[Ticket]:
    """The line in the order in which it is ended, so that each is recorded at the place they had."""
    return waiting_tickets(session, queue)[::-1]


def _end(session: Session, ticket: Ticket, operation: str, by: By, now: datetime, **changes: Any) -> int:
    if ticket.told_again and ticket.state == TicketState.WAITING:
        take_back_unsent(session, ticket, now=now)
    event_id = ticket.move(
        session, operation, by, now, ended_at=ticket.not_before(now), **NO_DEADLINES, **changes
    )
    drop_unsent(session, ticket.id, WHILE_LIVE, now)
    return event_id


def _time_to_undo(by: By) -> timedelta:
    return TIME_TO_UNDO if by.press_id else timedelta(0)


def _because(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}
