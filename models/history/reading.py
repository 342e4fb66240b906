"""Reads a queue's tickets as history records, for the export and for comparison with a file. Reads only."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from models.history.records import MOMENTS, OUTCOMES, Record
from models.people.servicers import Servicer
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, UNDONE, Source, TicketState, among
from models.queueing.tables.tickets import Ticket

S = TypeVar("S", bound=Select[Any])

ROWS_AT_ONCE = 5_000

Key = tuple[date, int]  # the business day and the number


class Found(NamedTuple):
    """A ticket that is there."""

    day: date
    number: int
    joined_at: datetime
    record: Record | None
    """None while it is live."""


def export_records(session: Session, queue: Queue, first: date | None, last: date | None) -> Iterator[Record]:
    """The finished tickets of these days, by day and number, without tickets that were undone."""
    for found in tickets_as_records(session, queue, first, last, Ticket.reason.is_distinct_from(UNDONE)):
        if found.record is not None:
            yield found.record


def count_live(session: Session, queue: Queue, first: date | None, last: date | None) -> int:
    """How many tickets of these days are still live, and so not in the history."""
    live = select(func.count()).where(Ticket.queue_id == queue.id, among(Ticket.state, LIVE))
    return session.scalar(_of_days(live, first, last)) or 0


def tickets_as_records(
    session: Session, queue: Queue, first: date | None, last: date | None, *conditions: ColumnElement[bool]
) -> Iterator[Found]:
    """Every such ticket of these days."""
    told = aliased(Event)
    from_file = and_(
        Ticket.source == Source.HISTORY, told.ticket_id == Ticket.id, told.kind == EventKind.JOINED
    )
    forgotten = exists().where(
        Event.ticket_id == Ticket.id,
        Event.kind == EventKind.SERVED,
        Event.at == Ticket.ended_at,
        Event.facts["forgotten"].as_boolean(),
    )
    moments = [getattr(Ticket, name) for name in MOMENTS]
    is_forgotten = and_(Ticket.state == TicketState.SERVED, forgotten)
    query: Select[Any] = (
        select(Ticket.day, Ticket.number, *moments, Ticket.state, Ticket.party)
        .add_columns(Servicer.name, is_forgotten, told.facts)
        .outerjoin(Servicer, Servicer.id == Ticket.servicer_id)
        .outerjoin(told, from_file)
        .where(Ticket.queue_id == queue.id, *conditions)
        .order_by(Ticket.day, Ticket.number)
    )
    query = _of_days(query, first, last).execution_options(yield_per=ROWS_AT_ONCE)
    for day, *columns in session.execute(query):
        yield Found(day, columns[0], columns[1], _record(columns))


def _of_days(query: S, first: date | None, last: date | None) -> S:
    query = query.where(Ticket.day >= first) if first else query
    return query.where(Ticket.day <= last) if last else query


def _record(columns: Sequence[Any]) -> Record | None:
    number, joined_at, called_at, started_at, ended_at, state, party, servicer, forgotten, facts = columns
    if state not in OUTCOMES:
        return None
    told = (facts or {}).get("told", {"servicer": servicer})
    unknown = told.get("unknown", ["ended_at"] if forgotten else [])
    return Record(
        number=number,
        joined_at=joined_at,
        called_at=None if "called_at" in unknown else called_at,
        started_at=started_at,
        ended_at=None if "ended_at" in unknown else ended_at,
        outcome=state,
        servicer=told.get("servicer"),
        party=None if "party" in unknown else party,
    )
