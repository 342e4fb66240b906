"""Calling customers and beginning to serve them: call next or this one, call again, start, change the desk.

What the clock tells them meanwhile is in `reminders`, how it ends in `ending`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing.line.queries import count_ahead, first_in_line, is_held, next_ticket, present_ticket_of
from models.queueing.line.unsent_changes import take_back_unsent
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, NotPossible, TicketState
from models.queueing.tables.tickets import NO_DEADLINES, Ticket
from models.storage.database import is_only_writer
from models.storage.spoilt_connections import ChangedMeanwhile
from models.texts.outbox import drop_unsent
from models.texts.text_kinds import ABOUT_WAITING, TURN_TEXTS, TextKind

_WITH_CUSTOMER = (joinedload(Ticket.customer),)  # whom the turn text goes to


def call_next(
    session: Session,
    queue: Queue,
    servicer: Servicer,
    *,
    by: By,
    now: datetime,
    desk_id: int | None = None,
    also_on_hold: bool = True,
    is_free: bool = False,
) -> Ticket | None:
    """Call the first in line who is not being served elsewhere; None when nobody can be called.

    Whoever is on hold is called only where nobody else can be, and not at all if not `also_on_hold`.
    `is_free`: it is known that the servicer has nobody.

    The queue must be locked. Raises NotPossible("paused" | "still_serving").
    """
    _require_calls(queue)
    if not is_free:
        _require_free(session, queue, servicer)
    ticket, passed = next_ticket(session, queue), list[int]()
    if ticket is None:
        ticket, passed = _behind_the_first(session, queue, also_on_hold)
    if ticket is not None:
        with _retried_if_called_elsewhere(session):
            call(session, ticket, servicer, desk_id=desk_id, by=by, now=now, passed=passed)
    return ticket


def _behind_the_first(session: Session, queue: Queue, also_on_hold: bool) -> tuple[Ticket | None, list[int]]:
    """Whom to call if the first in line can't be; and the numbers passed over, held by other queues."""
    passed: list[int] = []
    for first in first_in_line(session, queue):
        if first.is_held:
            passed.append(first.number)
        elif also_on_hold or not first.is_on_hold:
            ticket = session.get_one(Ticket, first.id, options=_WITH_CUSTOMER, populate_existing=True)
            return ticket, passed
    return None, passed


@contextmanager
def _retried_if_called_elsewhere(session: Session) -> Iterator[None]:
    """If another queue calls them at this very moment, the transaction runs again and finds them held."""
    try:
        yield
    except IntegrityError as error:
        if is_only_writer(session):  # nobody else can have called them: this is another error
            raise
        raise ChangedMeanwhile from error


def call_this(
    session: Session,
    ticket: Ticket,
    servicer: Servicer,
    *,
    by: By,
    now: datetime,
    desk_id: int | None = None,
) -> None:
    """Call somebody who waits before those ahead of them, who keep their places.

    The queue must be locked. Raises NotPossible("paused" | "still_serving" | "elsewhere").
    """
    ticket.require(WAITING)
    _require_calls(ticket.queue)
    _require_free(session, ticket.queue, servicer)
    if is_held(session, ticket):
        raise NotPossible("elsewhere", of=ticket)
    ahead = count_ahead(session, ticket)
    try:
        with session.begin_nested():
            call(session, ticket, servicer, desk_id=desk_id, by=by, now=now, ahead=ahead)
    except IntegrityError:  # called in another queue at this very moment
        raise NotPossible("elsewhere", of=ticket) from None


def _require_calls(queue: Queue) -> None:
    if queue.state == QueueState.PAUSED:
        raise NotPossible("paused")


def _require_free(session: Session, queue: Queue, servicer: Servicer) -> None:
    present = present_ticket_of(session, queue, servicer.id)
    if present is not None:
        raise NotPossible("still_serving", of=present)


def call(
    session: Session,
    ticket: Ticket,
    servicer: Servicer,
    *,
    desk_id: int | None,
    by: By,
    now: datetime,
    passed: Sequence[int] = (),
    ahead: int = 0,
) -> None:
    """It's their turn: goes to the servicer's desk, is texted, and the deadline for the reminder is set.

    `passed`: the numbers before theirs whom another queue has just now. `ahead`: how many still wait before
    somebody who is called before their turn.
    """
    if ticket.told_again:
        take_back_unsent(session, ticket, now=now)
    moment = ticket.not_before(now)
    no_longer_on_hold = {"set_aside_at": None} if ticket.set_aside_at else {}
    facts = {"desk_id": desk_id, "passed": list(passed), "ahead": ahead}
    event_id = ticket.move(
        session,
        "call",
        by,
        now,
        facts={name: fact for name, fact in facts.items() if fact},
        called_at=moment,
        servicer_id=servicer.id,
        desk_id=desk_id,
        **no_longer_on_hold,
        **_deadlines(ticket.queue, moment),
    )
    drop_unsent(session, ticket.id, ABOUT_WAITING, now)
    ticket.send(session, TextKind.YOUR_TURN, event_id, now)


def call_again(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """Texts a called customer once more; the deadlines begin anew."""
    if ticket.state != TicketState.CALLED:
        raise NotPossible("not_called", of=ticket)
    deadlines = _deadlines(ticket.queue, ticket.not_before(now))
    event_id = ticket.change(session, EventKind.CALLED_AGAIN, by, now, **deadlines, not_here_at=None)
    ticket.send(session, TextKind.REMINDER, event_id, now)


def change_desk(session: Session, ticket: Ticket, desk_id: int | None, *, by: By, now: datetime) -> None:
    """The servicer serves elsewhere now; whoever was called and has not come is told where."""
    ticket.require(PRESENT)
    facts = {"desk_id": desk_id}
    event_id = ticket.change(session, EventKind.DESK_CHOSEN, by, now, facts=facts, desk_id=desk_id)
    if ticket.state == TicketState.CALLED:
        tell_desk(session, ticket, event_id, now)


def tell_desk(session: Session, ticket: Ticket, event_id: int, now: datetime) -> None:
    """Another desk than the turn text said: that text once more, or a reminder where it has left already."""
    unsent = drop_unsent(session, ticket.id, TURN_TEXTS, now)
    kind = TextKind.YOUR_TURN if TextKind.YOUR_TURN in unsent else TextKind.REMINDER
    ticket.send(session, kind, event_id, now)


def start(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """They are here and being served."""
    ticket.move(session, "start", by, now, started_at=ticket.not_before(now), **NO_DEADLINES)
    drop_unsent(session, ticket.id, (TextKind.REMINDER,), now)


def _deadlines(queue: Queue, called_at: datetime) -> dict[str, Any]:
    return {
        "remind_after": called_at + timedelta(minutes=queue.reminder_minutes),
        "no_show_after": called_at + timedelta(minutes=queue.no_show_minutes),
        "coming_until": None,
    }
