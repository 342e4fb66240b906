"""A queue's history into its tables and out again. Taking in is all or nothing, and touches no live ticket.

A ticket of the history is a ticket like any other, of nobody in particular; its events say by `actor`
COMMAND that they were told afterwards: their ids are younger than their moments.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

from models.business import Business
from models.daily import forget_days
from models.event import Actor, Event, EventKind
from models.history import (
    DUTY,
    MOMENTS,
    OUTCOMES,
    BadHistory,
    Fault,
    Happening,
    Record,
    completed,
    happenings,
    impossible,
    in_order,
)
from models.monthly import forget_months
from models.people import Customer, Servicer
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import LIVE, UNDONE, Source, TicketState, among, new_token

S = TypeVar("S", bound=Select[Any])

ROWS_AT_ONCE = 5_000
MAY_BE_FILLED_IN = ("called_at", "ended_at", "party")  # where the file is empty and the table can't be

Key = tuple[date, int]  # the business day and the number


@dataclass(frozen=True)
class History:
    """A file's records with their business days and in the order of time: slow to make, quick to take in."""

    records: list[Record]
    keys: dict[int, Key]  # by line, like the next
    completed: dict[int, Record]
    happened: list[Happening]

    @classmethod
    def of(cls, business: Business, records: list[Record]) -> "History":
        """Raises BadHistory with every fault that the file alone shows."""
        keys = {record.line: (business.day_of(record.joined_at), record.number) for record in records}
        faults = [fault for record in records if (fault := impossible(record))]
        faults += _given_twice(records, keys)
        if faults:
            raise BadHistory(faults)
        by_day: dict[date, list[Record]] = defaultdict(list)
        for record in records:
            by_day[keys[record.line][0]].append(record)
        whole = [completed(of_day) for of_day in by_day.values()]
        return cls(
            records=records,
            keys=keys,
            completed={record.line: record for of_day in whole for record in of_day},
            happened=in_order(happening for of_day in whole for happening in happenings(of_day)),
        )


@dataclass(frozen=True)
class TakenIn:
    """What became of a file's tickets."""

    new: int
    known: int  # there already, just so
    first: date | None
    last: date | None


def take_in(session: Session, queue: Queue, history: History, *, now: datetime) -> TakenIn:
    """Add these tickets to the queue, unless they are there just so. The queue must be locked.

    Raises BadHistory when a moment is still to come, or a number was given to somebody else.
    """
    keys = history.keys
    if not keys:
        return TakenIn(0, 0, None, None)
    first, last = min(keys.values())[0], max(keys.values())[0]
    there = dict(_there(session, queue, first, last))
    checks = (
        _to_come(record, now) or _differs(record, keys[record.line], there) for record in history.records
    )
    faults = [fault for fault in checks if fault is not None]
    if faults:
        raise BadHistory(faults)
    new = [record for record in history.records if keys[record.line] not in there]
    if new:
        _add(session, queue, history, new, now)
        _forget_figures(session, queue, first, last)
        _keep_counting(queue, [keys[record.line] for record in new], now)
    return TakenIn(len(new), len(history.records) - len(new), first, last)


def give_out(session: Session, queue: Queue, first: date | None, last: date | None) -> Iterator[Record]:
    """The tickets of these days that are over, by day and number; not what Undo took back: it never was."""
    for _, record in _there(session, queue, first, last, Ticket.reason.is_distinct_from(UNDONE)):
        if record is not None:
            yield record


def count_live(session: Session, queue: Queue, first: date | None, last: date | None) -> int:
    """How many tickets of these days are not over, and so not in the history."""
    live = select(func.count()).where(Ticket.queue_id == queue.id, among(Ticket.state, LIVE))
    return session.scalar(_of_days(live, first, last)) or 0


# Checks -------------------------------------------------------------------------------------------------


def _to_come(record: Record, now: datetime) -> Fault | None:
    for name in MOMENTS:
        moment = getattr(record, name)
        if moment is not None and moment > now:
            return Fault(record.line, f"{name} is still to come.")
    return None


def _given_twice(records: Sequence[Record], keys: Mapping[int, Key]) -> Iterator[Fault]:
    lines: dict[Key, int] = {}
    for record in records:
        day, number = key = keys[record.line]
        if key in lines:
            yield Fault(record.line, f"number {number} of {day} is on line {lines[key]} already.")
        lines.setdefault(key, record.line)


def _differs(record: Record, key: Key, there: Mapping[Key, Record | None]) -> Fault | None:
    """The fault of a record whose number somebody else has had."""
    if key not in there or there[key] == record:
        return None
    day, number = key
    found = there[key]
    if found is None:
        return Fault(record.line, f"number {number} of {day} is in the line at this moment.")
    names = (*MOMENTS, "outcome", "servicer", "party")
    other = next(name for name in names if getattr(found, name) != getattr(record, name))
    return Fault(record.line, f"number {number} of {day} is there already, with another {other}.")


# Reading ------------------------------------------------------------------------------------------------


def _there(
    session: Session, queue: Queue, first: date | None, last: date | None, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Key, Record | None]]:
    """Every such ticket of these days; None for one that is not over."""
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
        yield (day, columns[0]), _record(columns)


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


def _forget_figures(session: Session, queue: Queue, first: date, last: date) -> None:
    """Of all queues of the business: who served here was not idle there."""
    for queue_id in session.scalars(select(Queue.id).where(Queue.business_id == queue.business_id)).all():
        forget_days(session, queue_id, first, last)
        forget_months(session, queue_id, first, last)


# Adding -------------------------------------------------------------------------------------------------


def _add(session: Session, queue: Queue, history: History, new: Sequence[Record], now: datetime) -> None:
    nobody = Customer.without_phone(session, queue.business_id, now)
    servicers = _servicers_by_name(session, queue)

    def ticket(record: Record) -> dict[str, Any]:
        return {
            "token": new_token(),
            "queue_id": queue.id,
            "day": history.keys[record.line][0],
            "number": record.number,
            "customer_id": nobody.id,
            "party": record.party or 1,
            "source": Source.HISTORY,
            "state": record.outcome,
            "position": 0,
            "joined_at": record.joined_at,
            "called_at": record.called_at,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "servicer_id": servicers.get(record.servicer or ""),
            "others_let_first": 0,
        }

    _insert(session, Ticket, (ticket(history.completed[record.line]) for record in new))
    ids = _ids(session, queue, [history.keys[record.line] for record in new])
    ticket_ids = {record.line: ids[history.keys[record.line]] for record in new}
    asked = {record.line: record for record in new}

    def event(happening: Happening) -> dict[str, Any]:
        line = happening.record.line
        return {
            "queue_id": queue.id,
            "ticket_id": None if happening.kind in DUTY else ticket_ids[line],
            "kind": happening.kind,
            "at": happening.at,
            "actor": Actor.COMMAND,
            "servicer_id": servicers.get(happening.servicer or ""),
            "facts": _facts(happening, asked[line]),
        }

    _insert(session, Event, (event(each) for each in history.happened if each.record.line in asked))
    queue.revision += 1


def _facts(happening: Happening, asked: Record) -> dict[str, Any] | None:
    """`servicer` is the name that the file gives; `told` keeps what the ticket's columns can't."""
    facts: dict[str, Any] = {"servicer": happening.servicer} if happening.servicer is not None else {}
    if happening.kind == EventKind.JOINED:
        unknown = [name for name in MAY_BE_FILLED_IN if _is_filled_in(name, asked, happening.record)]
        told = {"servicer": asked.servicer} | ({"unknown": unknown} if unknown else {})
        facts |= {"source": Source.HISTORY, "told": told}
    if happening.kind == EventKind.SERVED and asked.ended_at is None:
        facts["forgotten"] = True
    return facts or None


def _is_filled_in(name: str, asked: Record, record: Record) -> bool:
    return getattr(asked, name) is None and (name == "party" or getattr(record, name) is not None)


def _servicers_by_name(session: Session, queue: Queue) -> dict[str, int]:
    """The business's people whose name is theirs alone."""
    mine = select(Servicer.name, Servicer.id).where(Servicer.business_id == queue.business_id)
    rows = session.execute(mine).all()
    how_often = Counter(name for name, _ in rows)
    return {name: servicer_id for name, servicer_id in rows if how_often[name] == 1}


def _ids(session: Session, queue: Queue, keys: Sequence[Key]) -> dict[Key, int]:
    mine = select(Ticket.day, Ticket.number, Ticket.id).where(
        Ticket.queue_id == queue.id, Ticket.day.between(min(keys)[0], max(keys)[0])
    )
    return {(day, number): ticket_id for day, number, ticket_id in session.execute(mine)}


def _insert(session: Session, table: type[Ticket] | type[Event], rows: Iterator[dict[str, Any]]) -> None:
    statement = insert(table.__table__)  # type: ignore[arg-type]
    while some := list(islice(rows, ROWS_AT_ONCE)):
        session.execute(statement, some)


def _keep_counting(queue: Queue, new: Sequence[Key], now: datetime) -> None:
    """Numbers taken in for the day that is being counted are not given again."""
    today = queue.business.day_of(now)
    counted = max(today, queue.numbered_day or today)
    highest = max((number for day, number in new if day == counted), default=0)
    if highest:
        before = queue.last_number if queue.numbered_day == counted else 0
        queue.numbered_day, queue.last_number = counted, max(before, highest)
