"""The figures of a span of days and queues, added up from those of each day by whatever one asks for. Pure,
but for the one function that reads the days.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from models.daily import DayFigures, GaveUp, Place, figures_by_day
from models.day_events import DayTexts
from models.queues import Queue
from models.statistics import Count, Tally

K = TypeVar("K", bound=Hashable)


class QueueOnDay(NamedTuple):
    queue_id: int
    day: date
    figures: DayFigures


@dataclass(frozen=True)
class Span:
    days: Sequence[QueueOnDay]
    _added_up: dict[str, dict[Any, Tally]] = field(default_factory=dict, compare=False, repr=False)

    def by(self, key: Callable[[QueueOnDay, Place], K]) -> dict[K, Tally]:
        """A tally for each key; together they are the whole, whatever the key."""
        found: dict[K, Tally] = defaultdict(Tally)
        for one in self.days:
            for place, tally in one.figures.tallies.items():
                found[key(one, place)] += tally
        return dict(found)

    @property
    def whole(self) -> Tally:
        whole = Tally()
        for tally in self.by_hour().values():
            whole += tally
        return whole

    def _once(self, name: str, key: Callable[[QueueOnDay, Place], K]) -> dict[K, Tally]:
        """A page asks for the same several times."""
        if name not in self._added_up:
            self._added_up[name] = self.by(key)
        return self._added_up[name]

    def by_hour(self) -> dict[int, Tally]:
        return dict(sorted(self._once("hour", lambda _, place: place.hour).items()))

    def by_weekday(self) -> dict[int, Tally]:
        """0 is Monday."""
        return dict(sorted(self.by(lambda one, _: one.day.weekday()).items()))

    def by_day(self) -> dict[date, Tally]:
        return dict(sorted(self.by(lambda one, _: one.day).items()))

    def by_queue(self) -> dict[int, Tally]:
        return dict(sorted(self.by(lambda one, _: one.queue_id).items()))

    def by_servicer(self) -> dict[str, Tally]:
        """Of whoever was called, by who called them last."""
        found = self._once("servicer", lambda _, place: place.servicer)
        return {servicer: found[servicer] for servicer in sorted(key for key in found if key is not None)}

    def by_desk(self) -> dict[int, Tally]:
        found = self.by(lambda _, place: place.desk_id)
        return {desk: found[desk] for desk in sorted(key for key in found if key is not None)}

    def joined_by_weekday_and_hour(self) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = defaultdict(int)
        for one in self.days:
            for place, tally in one.figures.tallies.items():
                found[one.day.weekday(), place.hour] += tally[Count.JOINED]
        return {key: joined for key, joined in sorted(found.items()) if joined}

    def busiest_hour(self) -> int | None:
        """The hour in which most joined, the first of them if several; None if nobody did."""
        joined: dict[int, int] = defaultdict(int)
        for (_, hour), count in self.joined_by_weekday_and_hour().items():
            joined[hour] += count
        return min(joined, key=lambda hour: (-joined[hour], hour), default=None)

    def gave_up(self) -> list[GaveUp]:
        return [each for one in self.days for each in one.figures.gave_up]

    def duties(self) -> dict[str, tuple[float, float]]:
        """Seconds on duty and seconds idle, by servicer."""
        found: dict[str, tuple[float, float]] = {}
        for one in self.days:
            for servicer, (on_duty, idle) in one.figures.duties.items():
                before = found.get(servicer, (0.0, 0.0))
                found[servicer] = (before[0] + on_duty, before[1] + idle)
        return dict(sorted(found.items()))

    def texts(self) -> DayTexts:
        return DayTexts(*map(sum, zip(*(one.figures.texts for one in self.days), strict=True)))


def span_of(
    session: Session, queues: Iterable[Queue], first: date | None, last: date | None, now: datetime
) -> Span:
    """The days from first to last, both included; None: no limit on that side."""
    return Span(
        [
            QueueOnDay(queue.id, day, figures)
            for queue in queues
            for day, figures in figures_by_day(session, queue, first, last, now).items()
        ]
    )
