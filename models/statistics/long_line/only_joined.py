"""Reads who only joined on some days. Of a long line that is kept in the process, as recorded events never
change: the next look reads only what has happened since.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.statistics.day_events import ABOUT_TICKETS, with_more
from models.statistics.long_line.waiting_by_hour import Joined, WaitingByHour
from models.storage.postgres import BEGINS, SNAPSHOT

LEAST_KEPT = 200  # people; a shorter line is read as quickly
MOST_NAMED = 1_000  # tickets in one statement
DAYS_KEPT = 8  # some 4 MB each with 10,000 waiting
_FACTS = Event.facts
_JOINED = (
    Event.at,
    _FACTS["source"].as_string(),
    _FACTS["low"].as_integer(),
    _FACTS["high"].as_integer(),
    _FACTS["ahead"].as_integer(),
)


@dataclass(frozen=True)
class OnlyJoined:
    by_day: dict[date, WaitingByHour] = field(default_factory=dict)
    others: Collection[int] | None = None
    """The tickets to whom more has happened; None: not known."""


class _Kept(NamedTuple):
    """Of one day as of an event; never changed, as another thread may read it."""

    waiting: WaitingByHour
    others: frozenset[int]
    without_events: int  # tickets of which statistics use no event
    newest: int  # event of the queue
    newest_at: datetime | None


class _Seen(NamedTuple):
    """What tells whether something that is kept can still be used."""

    newest: int | None
    newest_at: datetime | None
    tickets: int


_LOCK = threading.Lock()  # held for no statement
_Key = tuple[int, date, str]
_KEPT: WeakKeyDictionary[Engine, OrderedDict[_Key, _Kept]] = WeakKeyDictionary()


def who_only_joined(session: Session, queue: Queue, days: Collection[date]) -> OnlyJoined:
    """Of these days those to whom nothing has happened since they joined."""
    kept = {day: known for day in days if (known := _still_known(session, queue, day)) is not None}
    found = {day: known.waiting for day, known in kept.items()}
    rest = [day for day in days if day not in kept]
    if not rest:
        others = frozenset[int]().union(*(known.others for known in kept.values()))
        return OnlyJoined(found, others if len(others) <= MOST_NAMED else None)
    for day, waiting in _read(session, queue, rest).items():
        found[day] = waiting
        if len(waiting) >= LEAST_KEPT:
            _keep(session, queue, day, _as_of_now(session, queue, day, waiting))
    return OnlyJoined(found)


def _read(session: Session, queue: Queue, days: Collection[date]) -> dict[date, WaitingByHour]:
    rows = session.execute(
        select(Ticket.day, Ticket.id, *_JOINED)
        .join(Event, Event.ticket_id == Ticket.id)
        .where(Ticket.queue_id == queue.id, Ticket.day.in_(days), Event.kind == EventKind.JOINED)
        .where(Ticket.id.not_in(with_more(queue.id, days)))
    )
    found: dict[date, WaitingByHour] = defaultdict(lambda: WaitingByHour(queue.business.zone))
    for day, ticket_id, *joined in rows:
        found[day].add(ticket_id, Joined(*joined))
    return found


# What is kept -------------------------------------------------------------------------------------------


def _still_known(session: Session, queue: Queue, day: date) -> _Kept | None:
    """What is kept of the day, with what has happened since; None if that can't be told."""
    kept = _days_kept(session).get(_key(queue, day))
    if kept is None:
        return None
    seen = _seen(session, queue.id, day, kept.newest)
    if seen.newest is None or seen.newest_at != kept.newest_at:
        return None  # read from an older snapshot, or another database has taken its place
    if seen.newest > kept.newest:
        kept = _with_newer(session, queue, day, kept, seen.newest)
    if seen.tickets != len(kept.waiting) + len(kept.others) + kept.without_events:
        return None
    _keep(session, queue, day, kept)
    return kept


def _with_newer(session: Session, queue: Queue, day: date, kept: _Kept, newest: int) -> _Kept:
    rows = session.execute(
        select(Event.ticket_id, Event.kind, Ticket.source, *_JOINED)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.queue_id == queue.id, Event.id > kept.newest, Event.kind.in_(ABOUT_TICKETS))
        .where(Ticket.day == day)
        .order_by(Event.id)
    )
    waiting, others = kept.waiting.copy(), set(kept.others)
    for ticket_id, kind, source, *joined in rows:
        if kind == EventKind.JOINED and source != Source.HISTORY and ticket_id not in others:
            waiting.add(ticket_id, Joined(*joined))
        else:
            waiting.remove(ticket_id)
            others.add(ticket_id)
    newest_at = session.scalar(select(Event.at).where(Event.id == newest))
    return _Kept(waiting, frozenset(others), kept.without_events, newest, newest_at)


def _as_of_now(session: Session, queue: Queue, day: date, waiting: WaitingByHour) -> _Kept | None:
    seen = _seen(session, queue.id, day)
    if seen.newest is None:
        return None
    others = frozenset(session.scalars(with_more(queue.id, [day])))
    newest_at = session.scalar(select(Event.at).where(Event.id == seen.newest))
    return _Kept(waiting, others, seen.tickets - len(waiting) - len(others), seen.newest, newest_at)


def _seen(session: Session, queue_id: int, day: date, event_id: int = 0) -> _Seen:
    """The queue's newest event, when the event of this id was, and how many tickets the day has."""
    newest = select(func.max(Event.id)).where(Event.queue_id == queue_id).scalar_subquery()
    at = select(Event.at).where(Event.id == event_id).scalar_subquery()
    tickets = select(func.count()).select_from(Ticket).where(Ticket.queue_id == queue_id, Ticket.day == day)
    return _Seen(*session.execute(select(newest, at, tickets.scalar_subquery())).one())


def _keep(session: Session, queue: Queue, day: date, known: _Kept | None) -> None:
    if known is None:
        return
    days, key = _days_kept(session), _key(queue, day)
    with _LOCK:
        days[key] = known
        days.move_to_end(key)
        while len(days) > DAYS_KEPT:
            days.popitem(last=False)


def _days_kept(session: Session) -> OrderedDict[_Key, _Kept]:
    """Of this session's database; nothing in a transaction that writes, as it may be rolled back."""
    connection = session.connection()
    is_reading = connection.get_execution_options().get(BEGINS) == SNAPSHOT
    return _KEPT.setdefault(connection.engine, OrderedDict()) if is_reading else OrderedDict()


def _key(queue: Queue, day: date) -> _Key:
    return queue.id, day, queue.business.zone.key
