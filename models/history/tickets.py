"""Imports a queue's history into its tables. An import is all or nothing, and touches no live ticket.

An imported ticket is a normal ticket of an anonymous customer. Its events have the actor COMMAND, which says
that they were recorded afterwards: their ids are newer than their moments.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.history.reading import Key, tickets_as_records
from models.history.records import (
    DUTY,
    MOMENTS,
    MOST_FAULTS,
    BadHistory,
    Fault,
    HistoryEvent,
    Record,
    completed,
    events_of,
    inconsistency,
    sort_events,
)
from models.people.actors import Actor
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, new_token
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import delete_days
from models.statistics.forecasts.day_tallies import delete_tallies
from models.statistics.monthly import delete_months

ROWS_AT_ONCE = 5_000
OPTIONAL_IN_FILE = ("called_at", "ended_at", "party")  # optional in the file, required in the table


@dataclass(frozen=True)
class History:
    """A file's records with business days, and their events by time: slow to prepare, quick to import."""

    records: list[Record]
    keys: dict[int, Key]  # by line, as is `completed`
    completed: dict[int, Record]
    events: list[HistoryEvent]
    known: frozenset[int]
    """Lines of tickets that are there already."""

    @classmethod
    def of(
        cls,
        business: Business,
        records: list[Record],
        known: frozenset[int] = frozenset(),
        day_of: Callable[[datetime], date] | None = None,
    ) -> "History":
        """Raises BadHistory with every fault that can be found without the database.

        `day_of`: of the queue, where its days are not those of the business.
        Nothing is asked of the tickets that are there (`known`); what they tell helps to complete the others.
        """
        day_of = day_of or business.day_of
        keys = {record.line: (day_of(record.joined_at), record.number) for record in records}
        new = [record for record in records if record.line not in known]
        faults = [fault for record in new if (fault := inconsistency(record))]
        faults += islice(_duplicate_numbers(new, keys), MOST_FAULTS)
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
            events=sort_events(event for of_day in whole for event in events_of(of_day)),
            known=known,
        )


@dataclass(frozen=True)
class ImportResult:
    """The result of an import."""

    new: int
    known: int  # identical tickets that were there already
    first: date | None
    last: date | None


def import_records(session: Session, queue: Queue, history: History, *, now: datetime) -> ImportResult:
    """Add these tickets to the queue, unless identical ones are there. The queue must be locked.

    Raises BadHistory if a moment lies in the future, or if a number is taken by a different ticket.
    """
    unknown = [record for record in history.records if record.line not in history.known]
    keys = {record.line: history.keys[record.line] for record in unknown}
    if not keys:
        return ImportResult(0, len(history.known), None, None)
    first, last = min(keys.values())[0], max(keys.values())[0]
    there = {
        (found.day, found.number): found.record for found in tickets_as_records(session, queue, first, last)
    }
    checks = (_in_future(record, now) or _conflict(record, keys[record.line], there) for record in unknown)
    faults = [fault for fault in checks if fault is not None]
    if faults:
        raise BadHistory(faults)
    new = [record for record in unknown if keys[record.line] not in there]
    if new:
        _add(session, queue, history, new, now)
        _forget_figures(session, queue, first, last)
        _reserve_numbers(queue, [keys[record.line] for record in new])
    return ImportResult(len(new), len(history.records) - len(new), first, last)


# Checks -------------------------------------------------------------------------------------------------


def _in_future(record: Record, now: datetime) -> Fault | None:
    for name in MOMENTS:
        moment = getattr(record, name)
        if moment is not None and moment > now:
            return Fault(record.line, f"{name} is still to come.")
    return None


def _duplicate_numbers(records: Sequence[Record], keys: Mapping[int, Key]) -> Iterator[Fault]:
    lines: dict[Key, int] = {}
    for record in records:
        day, number = key = keys[record.line]
        if key in lines:
            yield Fault(record.line, f"number {number} of {day} is on line {lines[key]} already.")
        lines.setdefault(key, record.line)


def _conflict(record: Record, key: Key, there: Mapping[Key, Record | None]) -> Fault | None:
    """The fault of a record whose number is taken by a different ticket."""
    if key not in there or there[key] == record:
        return None
    day, number = key
    found = there[key]
    if found is None:
        return Fault(record.line, f"number {number} of {day} is in the line at this moment.")
    names = (*MOMENTS, "outcome", "servicer", "party")
    other = next(name for name in names if getattr(found, name) != getattr(record, name))
    return Fault(record.line, f"number {number} of {day} is there already, with another {other}.")


def _forget_figures(session: Session, queue: Queue, first: date, last: date) -> None:
    """For all queues of the business: whoever served here was not idle there."""
    for queue_id in session.scalars(select(Queue.id).where(Queue.business_id == queue.business_id)).all():
        delete_days(session, queue_id, first, last)
        delete_tallies(session, queue_id, first, last)
        delete_months(session, queue_id, first, last)


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

    def event_row(event: HistoryEvent) -> dict[str, Any]:
        line = event.record.line
        return {
            "queue_id": queue.id,
            "ticket_id": None if event.kind in DUTY else ticket_ids[line],
            "kind": event.kind,
            "at": event.at,
            "actor": Actor.COMMAND,
            "servicer_id": servicers.get(event.servicer or ""),
            "facts": _facts(event, asked[line]),
        }

    _insert(session, Event, (event_row(each) for each in history.events if each.record.line in asked))
    queue.revision += 1


def _facts(event: HistoryEvent, asked: Record) -> dict[str, Any] | None:
    """`servicer` is the name in the file; `told` keeps what the ticket's columns can't."""
    facts: dict[str, Any] = {"servicer": event.servicer} if event.servicer is not None else {}
    if event.kind == EventKind.JOINED:
        unknown = [name for name in OPTIONAL_IN_FILE if _is_filled_in(name, asked, event.record)]
        told = {"servicer": asked.servicer} | ({"unknown": unknown} if unknown else {})
        facts |= {"source": Source.HISTORY, "told": told}
    if event.kind == EventKind.SERVED and asked.ended_at is None:
        facts["forgotten"] = True
    return facts or None


def _is_filled_in(name: str, asked: Record, record: Record) -> bool:
    return getattr(asked, name) is None and (name == "party" or getattr(record, name) is not None)


def _servicers_by_name(session: Session, queue: Queue) -> dict[str, int]:
    """The business's servicers with a unique name."""
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


def _reserve_numbers(queue: Queue, new: Sequence[Key]) -> None:
    """Do not issue imported numbers of the current day again; a day that begins looks for them itself."""
    highest = max((number for day, number in new if day == queue.numbered_day), default=0)
    queue.last_number = max(queue.last_number, highest)
