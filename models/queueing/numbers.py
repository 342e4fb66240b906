"""Taking a number: how a queue gives out numbers, one or many at once.

Numbers come from a counter on the queue's row, so there are no gaps and no duplicates; whoever takes one
holds the queue's lock. When a number is refused: `refusals`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count, islice
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.people.actors import By
from models.people.customers import Customer
from models.queueing import notes, ticket_details
from models.queueing.day_turn import turn_if_due
from models.queueing.hours.closing_time import closing_facts
from models.queueing.idle_servicers import tell_idle_servicers
from models.queueing.line.positions import COUNT_BEFORE, GAP
from models.queueing.line.promised import told
from models.queueing.line.queries import count_ahead, live_ticket_of
from models.queueing.line.visits import which_visit
from models.queueing.line.wait_table import QueueWaits
from models.queueing.line.waits import Wait, wait_after, waits_as_stored
from models.queueing.refusals import minute_of, require_room, took_too_many
from models.queueing.tables.events import EventKind, record_each
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, NotPossible, Source, TicketState, among, new_token
from models.queueing.tables.tickets import Ticket
from models.texts.text_kinds import TextKind


class Taken(NamedTuple):
    """The number somebody has: a new one, or the one they had already."""

    ticket_id: int
    number: int
    token: str
    ahead: int
    wait: Wait
    is_new: bool
    state: TicketState = TicketState.WAITING
    event_id: int | None = None  # of the joining, for a new one


class NewNumber(NamedTuple):
    """A number whose ticket is not stored yet."""

    number: int
    token: str
    ahead: int
    wait: Wait


class Joiner(NamedTuple):
    """Who takes a number, how they are called, how many they are, and what they answer to its question."""

    customer_id: int
    name: str | None = None
    party: int = 1
    answer: str | None = None


def take_number(
    session: Session,
    queue: Queue,
    customer: Customer,
    *,
    source: Source,
    by: By,
    now: datetime,
    our_number_id: int | None = None,
    name: str | None = None,
    party: int | None = None,
    answer: str | None = None,
    says_who: bool = True,
    closes_at: datetime | None = None,
    brings_code: bool = False,
) -> Taken:
    """The next number of the day, or the one this customer holds already. The queue must be locked.

    `says_who`: name and party were said just now, by the customer, so that they also change the number that
    is held already; what was not said changes nothing.
    `closes_at`: whoever may not be called before is told so, where a text confirms the number.
    `brings_code`: they gave a door code that is good now (`door_codes`).

    Raises NotPossible("closed" | "last_call" | "full" | "busy" | "too_often" | "other_channel" |
    "door_code"), and at the desk ("has_number", number): a phone that somebody gives there changes nobody's
    ticket. A servicer sees how long the line is: for them it is never full.
    """
    turn_if_due(session, queue, now)
    held = live_ticket_of(session, queue, customer.id)
    if held is not None:
        if source == Source.DESK:
            raise NotPossible("has_number", of=held)
        if says_who:
            ticket_details.rename(session, held, name, party, by=by, now=now)
        if answer:
            notes.answer_question(session, held, answer, by=by, now=now)
        return _taken_before(session, queue, held)
    require_room(session, queue, source, by=by, now=now, our_number_id=our_number_id, brings_code=brings_code)
    is_known = source != Source.DESK and customer.created_at < now
    if is_known and took_too_many(session, [customer.id], now):
        raise NotPossible("too_often")
    joiner = Joiner(customer.id, name, party or 1, answer)
    [taken] = take_numbers(
        session, queue, [joiner], source=source, by=by, now=now, our_number_id=our_number_id
    )
    if source != Source.TEXT:  # a text is answered by its reply
        _confirm_by_text(session, queue, taken, closes_at, now)
    return taken


def take_numbers(
    session: Session,
    queue: Queue,
    joiners: Sequence[Joiner],
    *,
    source: Source,
    by: By,
    now: datetime,
    our_number_id: int | None = None,
) -> list[Taken]:
    """The next numbers of the day, in the order of `joiners`, each with its event.

    The queue must be locked and have room for all; none of them may hold a live ticket in it.
    """
    numbers, position, day = next_numbers(session, queue, now, len(joiners))
    stored = session.execute(_LINE, {"queue": queue.id, "position": position}).one()
    line, waits = stored.ahead, waits_as_stored(queue, stored if stored.state else None)
    given = [
        NewNumber(number, new_token(), ahead, waits.after(ahead))
        for ahead, number in enumerate(numbers, line)
    ]
    same = {
        "queue_id": queue.id,
        "day": day,
        "our_number_id": our_number_id,
        "source": source,
        "state": TicketState.WAITING,
        "joined_at": now,
        "others_let_first": 0,
        "placed_by_hand": False,
    }
    rows = [
        same | _columns(queue, joiner, mine, position + i * GAP, now)
        for i, (joiner, mine) in enumerate(zip(joiners, given, strict=True))
    ]
    ids = {number: ticket_id for ticket_id, number in session.execute(_INSERT_TICKETS, rows)}
    facts = {ids[mine.number]: _facts(mine, source) for mine in given}
    events = record_each(session, EventKind.JOINED, facts, queue_id=queue.id, by=by, now=now)
    taken = [
        Taken(ticket_id, *mine, is_new=True, event_id=events[ticket_id])
        for ticket_id, mine in zip(facts, given, strict=True)
    ]
    if line == 0:
        event_id = taken[0].event_id
        assert event_id is not None
        tell_idle_servicers(session, queue, numbers[0], event_id, our_number_id, by=by, now=now)
    return taken


def next_numbers(session: Session, queue: Queue, now: datetime, many: int = 1) -> tuple[list[int], int, date]:
    """So many numbers, the position of the first of them, and the day they belong to."""
    turn_if_due(session, queue, now)
    assert queue.numbered_day is not None
    minute, numbers = minute_of(now), _free_numbers(session, queue, many)
    position = queue.last_position + GAP
    counter = {
        "last_number": numbers[-1],
        "last_position": position + (many - 1) * GAP,
        "revision": queue.revision + 1,
        "counted_minute": minute,
        "minute_joins": many + (queue.minute_joins if queue.counted_minute == minute else 0),
    }
    session.execute(_UPDATE_COUNTER, {"queue": queue.id, **counter})
    for name, value in counter.items():
        set_committed_value(queue, name, value)
    return numbers, position, queue.numbered_day


def _free_numbers(session: Session, queue: Queue, many: int) -> list[int]:
    """The next of the day, without those that somebody of an earlier day still has."""
    first = queue.last_number + 1
    if first > queue.kept_number:
        return list(range(first, first + many))
    kept = set(session.scalars(_IN_USE, {"queue": queue.id, "day": queue.numbered_day}))
    return list(islice((number for number in count(first) if number not in kept), many))


def _columns(queue: Queue, joiner: Joiner, mine: NewNumber, position: int, now: datetime) -> dict[str, Any]:
    return {
        "token": mine.token,
        "number": mine.number,
        "customer_id": joiner.customer_id,
        "visitor": joiner.customer_id,
        "name": joiner.name,
        "party": joiner.party,
        "answer": joiner.answer,
        "position": position,
        # Whom the reply itself tells that they are nearly up is not told again.
        "alerted_at": now if mine.ahead < queue.alert_ahead else None,
        "promised_low": mine.wait.low,
        "promised_high": mine.wait.high,
        "promised_expected": mine.wait.expected,
        **told(mine.wait, now),
    }


def _facts(mine: NewNumber, source: Source) -> dict[str, Any]:
    return {
        "source": source,
        "ahead": mine.ahead,
        "low": mine.wait.low,
        "high": mine.wait.high,
        "expected": round(mine.wait.expected, 2),
    }


def _taken_before(session: Session, queue: Queue, ticket: Ticket) -> Taken:
    ahead = count_ahead(session, ticket) if ticket.state == TicketState.WAITING else 0
    wait = wait_after(session, queue, ahead)
    return Taken(ticket.id, ticket.number, ticket.token, ahead, wait, is_new=False, state=ticket.state)


def _confirm_by_text(
    session: Session, queue: Queue, taken: Taken, closes_at: datetime | None, now: datetime
) -> None:
    assert taken.event_id is not None
    ticket = session.get_one(Ticket, taken.ticket_id)
    facts = {"ahead": taken.ahead, **taken.wait.facts(), **closing_facts(queue, taken.wait, closes_at, now)}
    ticket.send(session, TextKind.JOINED, taken.event_id, now, **facts)


# Compiled once: building a statement costs as much as running it.
_IN_USE = select(Ticket.number).where(
    Ticket.queue_id == bindparam("queue"), among(Ticket.state, LIVE), Ticket.day != bindparam("day")
)
_TICKETS, _QUEUES, _WAITS = Ticket.__table__, Queue.__table__, QueueWaits.__table__
# How many wait, and the queue's table of waits, if there is one.
_LINE = (
    select(COUNT_BEFORE.scalar_subquery().label("ahead"), _WAITS.c.state, _WAITS.c.curve, _WAITS.c.at_least)
    .select_from(_QUEUES.outerjoin(_WAITS))
    .where(_QUEUES.c.id == bindparam("queue"))
)
_INSERT_TICKETS = (
    insert(_TICKETS)  # type: ignore[arg-type]
    .values(visit=which_visit(bindparam("visitor")))
    .returning(_TICKETS.c.id, _TICKETS.c.number)
)
_UPDATE_COUNTER = update(_QUEUES).where(_QUEUES.c.id == bindparam("queue"))  # type: ignore[arg-type]
