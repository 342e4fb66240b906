"""Reads the tickets to which nothing has happened since they were joined.

Those of a long line are cached in the process, and beside them the visits of the same day that have ended:
recorded events never change, so that the next call reads only the events since.
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
from models.statistics.long_line.counted_visits import EndedVisits
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


class CachedDay(NamedTuple):
    """One day of a queue as of its event `newest`. Never changed, as other threads may read it."""

    waiting: WaitingByHour
    others: frozenset[int]
    without_events: int  # tickets without any event that statistics use
    newest: int  # id of the queue's newest event
    newest_at: datetime | None
    ended: EndedVisits
    """Of these others, those that were counted before and to which nothing has happened since."""


@dataclass(frozen=True)
class OnlyJoined:
    by_day: dict[date, WaitingByHour] = field(default_factory=dict)
    others: Collection[int] | None = None
    """The ids of the other tickets of these days, without ended visits; None: not known, or too many."""
    cached: dict[date, CachedDay] = field(default_factory=dict)
    """The days that are in the cache, to each of which `keep_ended` may add visits that have ended."""


class _Version(NamedTuple):
    """What shows whether a cached day can still be used."""

    newest: int | None
    newest_at: datetime | None
    tickets: int


_LOCK = threading.Lock()  # not held while a statement runs
_Key = tuple[int, date, str]
_CACHE: WeakKeyDictionary[Engine, OrderedDict[_Key, CachedDay]] = WeakKeyDictionary()


def who_only_joined(session: Session, queue: Queue, days: Collection[date]) -> OnlyJoined:
    """Of the tickets of these days those to which nothing has happened since they were joined."""
    cached = {day: known for day in days if (known := _cached_day(session, queue, day)) is not None}
    found = {day: known.waiting for day, known in cached.items()}
    rest = [day for day in days if day not in cached]
    if not rest:
        others = {one for known in cached.values() for one in known.others - known.ended.ticket_ids}
        if len(others) <= MOST_IDS:
            return OnlyJoined(found, others, cached)
        without_ended = {day: known._replace(ended=EndedVisits()) for day, known in cached.items()}
        for day, known in without_ended.items():
            _put_in_cache(session, queue, day, known)
        return OnlyJoined(found, None, without_ended)
    new: dict[date, CachedDay] = {}
    for day, waiting in _read(session, queue, rest).items():
        found[day] = waiting
        known = _day_as_of_now(session, queue, day, waiting) if len(waiting) >= LEAST_CACHED else None
        if known is not None:
            _put_in_cache(session, queue, day, known)
            new[day] = known
    return OnlyJoined(found, None, new)


def keep_ended(session: Session, queue: Queue, day: date, known: CachedDay, ended: EndedVisits) -> None:
    """Cache these ended visits of the day, unless another thread has cached it anew."""
    days, key = _cache_of(session), _key(queue, day)
    with _LOCK:
        if days.get(key) is known:
            days[key] = known._replace(ended=ended)


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


def _cached_day(session: Session, queue: Queue, day: date) -> CachedDay | None:
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
    session: Session, queue: Queue, day: date, cached: CachedDay, newest: int
) -> CachedDay:
    rows = session.execute(
        select(Event.ticket_id, Event.kind, Ticket.source, *_JOINED)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.queue_id == queue.id, Event.id > cached.newest, Event.kind.in_(ABOUT_TICKETS))
        .where(Ticket.day == day)
        .order_by(Event.id)
    )
    waiting, others, ended = cached.waiting.copy(), set(cached.others), cached.ended
    for ticket_id, kind, source, *joined in rows:
        if ticket_id in ended.ticket_ids:  # a rating, an Undo: its visit counts differently now
            ended = EndedVisits()
        if kind == EventKind.JOINED and source != Source.HISTORY and ticket_id not in others:
            waiting.add(ticket_id, Joined(*joined))
        else:
            waiting.remove(ticket_id)
            others.add(ticket_id)
    newest_at = session.scalar(select(Event.at).where(Event.id == newest))
    return CachedDay(waiting, frozenset(others), cached.without_events, newest, newest_at, ended)


def _day_as_of_now(session: Session, queue: Queue, day: date, waiting: WaitingByHour) -> CachedDay | None:
    version = _version(session, queue.id, day)
    if version.newest is None:
        return None
    others = frozenset(session.scalars(with_more(queue.id, [day])))
    newest_at = session.scalar(select(Event.at).where(Event.id == version.newest))
    without_events = version.tickets - len(waiting) - len(others)
    return CachedDay(waiting, others, without_events, version.newest, newest_at, EndedVisits())


def _version(session: Session, queue_id: int, day: date, event_id: int = 0) -> _Version:
    """The queue's newest event, the time of the event with this id, and how many tickets the day has."""
    newest = select(func.max(Event.id)).where(Event.queue_id == queue_id).scalar_subquery()
    at = select(Event.at).where(Event.id == event_id).scalar_subquery()
    tickets = select(func.count()).select_from(Ticket).where(Ticket.queue_id == queue_id, Ticket.day == day)
    return _Version(*session.execute(select(newest, at, tickets.scalar_subquery())).one())


def _put_in_cache(session: Session, queue: Queue, day: date, known: CachedDay) -> None:
    days, key = _cache_of(session), _key(queue, day)
    with _LOCK:
        days[key] = known
        days.move_to_end(key)
        while len(days) > DAYS_CACHED:
            days.popitem(last=False)


def _cache_of(session: Session) -> OrderedDict[_Key, CachedDay]:
    """The cache of this session's database; an empty one if the transaction writes: it may be rolled back."""
    connection = session.connection()
    is_reading = connection.get_execution_options().get(BEGINS) == SNAPSHOT
    return _CACHE.setdefault(connection.engine, OrderedDict()) if is_reading else OrderedDict()


def _key(queue: Queue, day: date) -> _Key:
    return queue.id, day, queue.business.zone.key
