"""The figures of a span of days and queues, summed by hour, weekday, queue, servicer or desk. Pure, except
for the functions that read them: stored months where possible, the other days one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.channels import ByChannel, sum_channels
from models.statistics.daily import A_DAY, DayFigures, QueueDay, figures_by_day
from models.statistics.day_bounds import is_short
from models.statistics.day_events import DayTexts, days_of_queue, days_with_tickets
from models.statistics.distributions import Count, Tally
from models.statistics.long_line.counted_visits import GaveUp
from models.statistics.monthly import last_day, valid_months
from models.statistics.sums import StoredSums, Sums, sum_duties, sum_texts

K = TypeVar("K", bound=Hashable)


class QueueOnDay(NamedTuple):
    queue_id: int
    day: date
    figures: DayFigures


@dataclass(frozen=True)
class Span:
    parts: Mapping[int, Sequence[Sums | StoredSums]]
    """By queue, the oldest first; only queues with any activity."""
    _added_up: dict[str, Tally] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of_days(cls, days: Iterable[QueueOnDay]) -> "Span":
        sums: dict[int, Sums] = defaultdict(Sums)
        for queue_id, day, figures in days:
            sums[queue_id].add_day(day, figures)
        return cls({queue_id: [of_queue] for queue_id, of_queue in sums.items()})

    @property
    def is_empty(self) -> bool:
        return not self.parts

    @property
    def whole(self) -> Tally:
        if "whole" not in self._added_up:  # cached: a page needs it several times
            self._added_up["whole"] = _sum_tallies(self.by_hour())
        return self._added_up["whole"]

    def by_hour(self) -> dict[int, Tally]:
        return dict(sorted(self._grouped("by_hour", lambda _, key: key[1]).items()))

    def by_weekday(self) -> dict[int, Tally]:
        """0 is Monday."""
        return dict(sorted(self._grouped("by_hour", lambda _, key: key[0]).items()))

    def by_queue(self) -> dict[int, Tally]:
        return dict(sorted(self._grouped("by_hour", lambda queue_id, _: queue_id).items()))

    def by_servicer(self) -> dict[str, Tally]:
        """Of those who were called, by who called them last."""
        found = self._grouped("by_servicer", lambda _, servicer: servicer)
        return {servicer: found[servicer] for servicer in sorted(key for key in found if key is not None)}

    def by_desk(self) -> dict[int, Tally]:
        found = self._grouped("by_desk", lambda _, desk_id: desk_id)
        return {desk_id: found[desk_id] for desk_id in sorted(key for key in found if key is not None)}

    def joined_by_weekday_and_hour(self) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = defaultdict(int)
        for part in self._each():
            for key, tally in part.by_hour.items():
                found[key] += tally[Count.JOINED]
        return {key: joined for key, joined in sorted(found.items()) if joined}

    def busiest_hour(self) -> int | None:
        """The hour in which most people joined, the first if several; None if nobody did."""
        joined: dict[int, int] = defaultdict(int)
        for (_, hour), count in self.joined_by_weekday_and_hour().items():
            joined[hour] += count
        return min(joined, key=lambda hour: (-joined[hour], hour), default=None)

    def gave_up(self) -> list[GaveUp]:
        return [each for part in self._each() for each in part.gave_up]

    def duties(self) -> dict[str, tuple[float, float]]:
        """Seconds on duty and seconds idle, by servicer."""
        return sum_duties(part.duties for part in self._each())

    def texts(self) -> DayTexts:
        return sum_texts(part.texts for part in self._each())

    def channels(self) -> ByChannel:
        return sum_channels(part.channels for part in self._each())

    def _grouped(self, name: str, key: Callable[[int, Any], K]) -> dict[K, Tally]:
        """A tally for each key. However they are grouped, the tallies add up to the same whole."""
        found: dict[K, Tally] = defaultdict(Tally)
        for queue_id, parts in self.parts.items():
            for part in parts:
                for mine, tally in getattr(part, name).items():
                    found[key(queue_id, mine)] += tally
        return dict(found)

    def _each(self) -> Iterator[Sums | StoredSums]:
        return chain.from_iterable(self.parts.values())


def span_of(
    session: Session, queues: Iterable[Queue], first: date | None, last: date | None, now: datetime
) -> Span:
    """The span from first to last, both included; None: no limit on that side."""
    used = _queues_used(session, queues, first, last)
    found = {queue.id: list(_parts(session, queue, first, last, now)) for queue in used}
    return Span({queue_id: parts for queue_id, parts in found.items() if parts})


def days_of(
    session: Session, queues: Iterable[Queue], first: date | None, last: date | None, now: datetime
) -> Iterator[QueueOnDay]:
    """Each day with any activity, by queue; read month by month to save memory.

    Of a long span only the months that a queue was used in: the others cost as much to read.
    """
    for queue in _queues_used(session, queues, first, last):
        for since, until in _months_to_read(session, queue, first, last, now):
            part = figures_by_day(session, queue, since, until, now, is_part=not is_short(first, last))
            for day, figures in part.items():
                yield QueueOnDay(queue.id, day, figures)


def by_day(days: Iterable[QueueOnDay]) -> dict[date, Tally]:
    """The tally of each day, of all queues together."""
    found: dict[date, Tally] = defaultdict(Tally)
    for one in days:
        found[one.day] += one.figures.whole
    return dict(sorted(found.items()))


def _months_to_read(
    session: Session, queue: Queue, first: date | None, last: date | None, now: datetime
) -> Iterator[tuple[date | None, date | None]]:
    months = _month_by_month(first, last)
    if first is None or last is None or is_short(first, last):
        return months
    used = {day.replace(day=1) for day in _days_used(session, queue, first, last, now)}
    return ((since, until) for since, until in months if since and since.replace(day=1) in used)


# A manager may have hundreds of queues, most of them never used in a span. Reading what one has not costs as
# much as a page.


def _queues_used(
    session: Session, queues: Iterable[Queue], first: date | None, last: date | None
) -> list[Queue]:
    """Those with a row or a ticket in the span, or with an event of their own at any time."""
    asked = list(queues)
    of_span = (
        exists().where(table.queue_id == Queue.id, *_between(table.day, first, last))
        for table in (QueueDay, Ticket)
    )
    of_queue = exists().where(Event.queue_id == Queue.id, Event.ticket_id.is_(None))
    used = select(Queue.id).where(Queue.id.in_([queue.id for queue in asked]), or_(*of_span, of_queue))
    ids = set(session.scalars(used))
    return [queue for queue in asked if queue.id in ids]


def _days_used(session: Session, queue: Queue, first: date, last: date, now: datetime) -> set[date]:
    """Those with a row or a ticket; of a queue that is not archived, also today and those with its events."""
    rows = select(QueueDay.day).where(QueueDay.queue_id == queue.id, *_between(QueueDay.day, first, last))
    used = {*session.scalars(rows), *days_with_tickets(session, queue.id, first, last + A_DAY)}
    if queue.archived_at is not None:
        return used
    today = queue.business.day_of(now)
    return used | days_of_queue(session, queue, first, last) | ({today} if first <= today <= last else set())


def _between(day: Any, first: date | None, last: date | None) -> list[Any]:
    return [*([day >= first] if first is not None else []), *([day <= last] if last is not None else [])]


def _month_by_month(first: date | None, last: date | None) -> Iterator[tuple[date | None, date | None]]:
    if first is None or last is None:
        yield first, last
        return
    while first <= last:
        until = min(last, last_day(first.replace(day=1)))
        yield first, until
        first = until + A_DAY


def _parts(
    session: Session, queue: Queue, first: date | None, last: date | None, now: datetime
) -> Iterator[Sums | StoredSums]:
    """Stored months, and the days before, between and after them."""
    since = first
    for month, kept in valid_months(session, queue.id, first, last).items():
        if since is None or since < month:
            yield from _of_days(session, queue, since, month - A_DAY, now)
        yield kept
        since = last_day(month) + A_DAY
    if since is None or last is None or since <= last:
        yield from _of_days(session, queue, since, last, now)


def _of_days(
    session: Session, queue: Queue, first: date | None, last: date | None, now: datetime
) -> Iterator[Sums]:
    sums = Sums()
    for day, figures in figures_by_day(session, queue, first, last, now).items():
        sums.add_day(day, figures)
    if not sums.is_empty:
        yield sums


def _sum_tallies(parts: Mapping[Any, Tally]) -> Tally:
    whole = Tally()
    for tally in parts.values():
        whole += tally
    return whole
