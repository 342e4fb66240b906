"""Reads the tickets to which nothing has happened since they were joined.

Those of a long line are cached in the process: recorded events never change, so that the next call reads only
the events since.
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

LEAST_CACHED = 200  # people; a shorter line is read as quickly
MOST_IDS = 1_000  # of tickets, in one statement
DAYS_CACHED = 8  # some 4 MB each with 10,000 waiting
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
    """The ids of the other tickets of these days; None: not known, or too many."""


class _CachedDay(NamedTuple):
    """One day of a queue as of its event `newest`. Never changed, as other threads may read it."""

    waiting: WaitingByHour
    others: frozenset[int]
    without_events: int  # tickets without any event that statistics use
    newest: int  # id of the queue's newest event
    newest_at: datetime | None


class _Version(NamedTuple):
    """What shows whether a cached day can still be used."""

    newest: int | None
    newest_at: datetime | None
    tickets: int


_LOCK = threading.Lock()  # not held while a statement runs
_Key = tuple[int, date, str]
_CACHE: WeakKeyDictionary[Engine, OrderedDict[_Key, _CachedDay]] = WeakKeyDictionary()


def who_only_joined(session: Session, queue: Queue, days: Collection[date]) -> OnlyJoined:
    """Of the tickets of these days those to which nothing has happened since they were joined."""
    cached = {day: known for day in days if (known := _cached_day(session, queue, day)) is not None}
    found = {day: known.waiting for day, known in cached.items()}
    rest = [day for day in days if day not in cached]
    if not rest:
        others = frozenset[int]().union(*(known.others for known in cached.values()))
        return OnlyJoined(found, others if len(others) <= MOST_IDS else None)
    for day, waiting in _read(session, queue, rest).items():
        found[day] = waiting
        if len(waiting) >= LEAST_CACHED:
            _put_in_cache(session, queue, day, _day_as_of_now(session, queue, day, waiting))
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


# The cache ----------------------------------------------------------------------------------------------


def _cached_day(session: Session, queue: Queue, day: date) -> _CachedDay | None:
    """The cached day with the events since; None if there is none, or it can't be brought up to date."""
    cached = _cache_of(session).get(_key(queue, day))
    if cached is None:
        return None
    version = _version(session, queue.id, day, cached.newest)
    if version.newest is None or version.newest_at != cached.newest_at:
        return None  # read from an older snapshot, or another database has taken its place
    if version.newest > cached.newest:
        cached = _with_newer_events(session, queue, day, cached, version.newest)
    if version.tickets != len(cached.waiting) + len(cached.others) + cached.without_events:
        return None
    _put_in_cache(session, queue, day, cached)
    return cached


def _with_newer_events(
    session: Session, queue: Queue, day: date, cached: _CachedDay, newest: int
) -> _CachedDay:
    rows = session.execute(
        select(Event.ticket_id, Event.kind, Ticket.source, *_JOINED)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.queue_id == queue.id, Event.id > cached.newest, Event.kind.in_(ABOUT_TICKETS))
        .where(Ticket.day == day)
        .order_by(Event.id)
    )
    waiting, others = cached.waiting.copy(), set(cached.others)
    for ticket_id, kind, source, *joined in rows:
        if kind == EventKind.JOINED and source != Source.HISTORY and ticket_id not in others:
            waiting.add(ticket_id, Joined(*joined))
        else:
            waiting.remove(ticket_id)
            others.add(ticket_id)
    newest_at = session.scalar(select(Event.at).where(Event.id == newest))
    return _CachedDay(waiting, frozenset(others), cached.without_events, newest, newest_at)


def _day_as_of_now(session: Session, queue: Queue, day: date, waiting: WaitingByHour) -> _CachedDay | None:
    version = _version(session, queue.id, day)
    if version.newest is None:
        return None
    others = frozenset(session.scalars(with_more(queue.id, [day])))
    newest_at = session.scalar(select(Event.at).where(Event.id == version.newest))
    return _CachedDay(
        waiting, others, version.tickets - len(waiting) - len(others), version.newest, newest_at
    )


def _version(session: Session, queue_id: int, day: date, event_id: int = 0) -> _Version:
    """The queue's newest event, the time of the event with this id, and how many tickets the day has."""
    newest = select(func.max(Event.id)).where(Event.queue_id == queue_id).scalar_subquery()
    at = select(Event.at).where(Event.id == event_id).scalar_subquery()
    tickets = select(func.count()).select_from(Ticket).where(Ticket.queue_id == queue_id, Ticket.day == day)
    return _Version(*session.execute(select(newest, at, tickets.scalar_subquery())).one())


def _put_in_cache(session: Session, queue: Queue, day: date, known: _CachedDay | None) -> None:
    if known is None:
        return
    days, key = _cache_of(session), _key(queue, day)
    with _LOCK:
        days[key] = known
        days.move_to_end(key)
        while len(days) > DAYS_CACHED:
            days.popitem(last=False)


def _cache_of(session: Session) -> OrderedDict[_Key, _CachedDay]:
    """The cache of this session's database; an empty one if the transaction writes: it may be rolled back."""
    connection = session.connection()
    is_reading = connection.get_execution_options().get(BEGINS) == SNAPSHOT
    return _CACHE.setdefault(connection.engine, OrderedDict()) if is_reading else OrderedDict()


def _key(queue: Queue, day: date) -> _Key:
    return queue.id, day, queue.business.zone.key
