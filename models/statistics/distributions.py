"""Service statistics: distributions of durations, and the tally from which every span is summed.

Pure. A tally holds counts and all single durations, so that tallies of hours, servicers and days add up
exactly. No data is None, never 0; a duration may exceed 24 hours.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.queueing.tables.ticket_states import DAY_ENDED, LIVE, TRANSFERRED, TicketState
from models.statistics.durations import Distribution, distribution, median_wait
from models.statistics.promises import (
    Promises,
    change_counts,
    promise_counts,
    promises_by_ahead,
    promises_in,
)
from models.statistics.timelines import Visit


class Count(StrEnum):
    """What is counted, per ticket, except for the last group."""

    JOINED = "joined"
    SERVED = "served"
    LEFT = "left"
    NO_SHOW = "no_show"
    REMOVED = "removed"
    LIVE = "live"  # still waiting, or called and not done
    GAVE_UP = "gave_up"  # of LEFT: by themselves, before or after the call
    UNSERVED = "unserved"  # of LEFT: still waiting when the day ended
    TRANSFERRED = "transferred"  # of REMOVED: moved to another queue
    BY_TEXT = "by_text"
    BY_WEB = "by_web"
    BY_DESK = "by_desk"
    BY_HISTORY = "by_history"
    PUT_BACK = "put_back"  # how often
    LATER = "later"  # how often
    SAID = "said"  # wrote to the counter in their own words
    SAVED = "saved_by_coming"  # served, and no no-show only because they were coming
    PROMISED = "promised"  # got a range and kept their place
    KEPT = "kept"  # called within it
    EARLY = "early"  # called before it
    LATE = "late"  # called after it, or gave up after it
    PROMISED_LOW = "promised_low"  # the sum of the lower ends, in minutes
    PROMISED_HIGH = "promised_high"  # the sum of the upper ends
    # People who were turned away and have no ticket.
    CLOSED = "turned_away_closed"
    FULL = "turned_away_full"
    OTHERWISE = "turned_away_otherwise"  # too many from one phone, and the like


class Measure(StrEnum):
    """What is measured, in seconds; a rating in points."""

    WAIT = "wait"  # joined to called, of everybody who was called
    UNANSWERED = "unanswered"  # joined to the end, of those never called: a censored wait
    STARTED_SERVICE = "started_service"  # Start to Done
    CALLED_SERVICE = "called_service"  # call to Done, if nobody pressed Start
    TOTAL = "total"  # joined to Done
    RATING = "rating"
    ANSWER = "answer"  # from what they wrote first to the first answer


@dataclass(frozen=True)
class Statistics:
    """The figures in the documented output of `flask stats`."""

    joined: int
    served: int
    left: int
    no_show: int
    removed: int
    wait: Distribution
    service: Distribution
    total: Distribution


class Tally:
    """Counts and durations of some visits; tallies of the parts add up to the tally of the whole."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.durations: defaultdict[str, list[float]] = defaultdict(list)

    @classmethod
    def of(cls, visits: Iterable[Visit], now: datetime | None = None) -> "Tally":
        tally = cls()
        for visit in visits:
            tally.add_visit(visit, now)
        return tally

    def add_visit(self, visit: Visit, now: datetime | None = None) -> None:
        """Add a visit. With `now`, people who still wait count with their wait so far."""
        counts = self.counts
        counts[Count.JOINED] += 1
        counts[Count.LIVE if visit.state in LIVE else visit.state.value] += 1
        if visit.source is not None:
            counts[f"by_{visit.source}"] += 1
        if visit.state == TicketState.LEFT:
            counts[Count.UNSERVED if visit.reason == DAY_ENDED else Count.GAVE_UP] += 1
        if visit.state == TicketState.REMOVED and visit.reason == TRANSFERRED:
            counts[Count.TRANSFERRED] += 1
        for name, times in ((Count.PUT_BACK, visit.put_back), (Count.LATER, visit.later)):
            if times:
                counts[name] += times
        self._measure(visit, now)
        self._score_promise(visit)

    def add(self, counts: Mapping[str, int], durations: Mapping[str, Sequence[float]]) -> None:
        for name, count in counts.items():
            self.counts[name] += count
        for measure, values in durations.items():
            self.durations[measure] += values

    def __iadd__(self, other: "Tally") -> "Tally":
        self.add(other.counts, other.durations)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]

    def as_json(self) -> dict[str, Any]:
        """Without zeros, durations sorted: the same visits always give the same JSON."""
        return {
            "counts": {str(name): count for name, count in sorted(self.counts.items()) if count},
            "durations": {
                str(name): sorted(values) for name, values in sorted(self.durations.items()) if values
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Tally":
        """Uses the stored values without copies, as a year is read at once."""
        tally = cls()
        tally.counts.update(stored["counts"])
        tally.durations.update(stored["durations"])
        return tally

    # Figures -------------------------------------------------------------------------------------------

    def __getitem__(self, count: str) -> int:
        return self.counts[count]

    @property
    def turned_away(self) -> int:
        return self[Count.CLOSED] + self[Count.FULL] + self[Count.OTHERWISE]

    @property
    def wait(self) -> Distribution:
        return distribution(self._ordered(Measure.WAIT))

    @property
    def service(self) -> Distribution:
        return distribution(self.durations[Measure.STARTED_SERVICE] + self.durations[Measure.CALLED_SERVICE])

    @property
    def total(self) -> Distribution:
        return distribution(self._ordered(Measure.TOTAL))

    @property
    def rating(self) -> Distribution:
        return distribution(self.durations[Measure.RATING])

    @property
    def answer(self) -> Distribution:
        return distribution(self.durations[Measure.ANSWER])

    @property
    def wait_with_gave_up(self) -> float | None:
        """The median wait with people who were never called counted as censored waits."""
        return median_wait(self._ordered(Measure.WAIT), self._ordered(Measure.UNANSWERED))

    @property
    def kept_share(self) -> float | None:
        scored = self[Count.KEPT] + self[Count.EARLY] + self[Count.LATE]
        return self[Count.KEPT] / scored if scored else None

    @property
    def promises(self) -> Promises:
        return promises_in(self.counts)

    @property
    def promises_by_ahead(self) -> dict[str, Promises]:
        return promises_by_ahead(self.counts)

    @property
    def promised_range(self) -> tuple[float, float] | None:
        """The average range that people got, in minutes."""
        n = self[Count.PROMISED]
        return (self[Count.PROMISED_LOW] / n, self[Count.PROMISED_HIGH] / n) if n else None

    def statistics(self) -> Statistics:
        return Statistics(
            self[Count.JOINED],
            self[Count.SERVED],
            self[Count.LEFT],
            self[Count.NO_SHOW],
            self[Count.REMOVED],
            self.wait,
            self.service,
            self.total,
        )

    # Internals -----------------------------------------------------------------------------------------

    def _ordered(self, measure: Measure) -> list[float]:
        """Sorted in place; sorting a sorted list is fast."""
        values = self.durations[measure]
        values.sort()
        return values

    def _measure(self, visit: Visit, now: datetime | None) -> None:
        if visit.called_at is not None:
            self.add_duration(Measure.WAIT, visit.joined_at, visit.called_at)
        else:
            until = visit.ended_at or now
            # Without the time of leaving (an imported history) the wait is unknown.
            if until is not None and not visit.forgotten:
                self.add_duration(Measure.UNANSWERED, visit.joined_at, max(until, visit.joined_at))
        if visit.served_at_all and visit.ended_at is not None:
            if visit.started_at is not None:
                self.add_duration(Measure.STARTED_SERVICE, visit.started_at, visit.ended_at)
            elif visit.called_at is not None:
                self.add_duration(Measure.CALLED_SERVICE, visit.called_at, visit.ended_at)
            self.add_duration(Measure.TOTAL, visit.joined_at, visit.ended_at)
        if visit.said_at is not None:
            self.counts[Count.SAID] += 1
            if visit.answered_at is not None:
                self.add_duration(Measure.ANSWER, visit.said_at, max(visit.said_at, visit.answered_at))
        if visit.is_saved_by_coming:
            self.counts[Count.SAVED] += 1
        if visit.rating is not None:
            self.durations[Measure.RATING].append(visit.rating)

    def add_duration(self, measure: Measure, since: datetime, until: datetime) -> None:
        seconds = (until - since).total_seconds()
        self.durations[measure].append(int(seconds) if seconds.is_integer() else seconds)

    def _score_promise(self, visit: Visit) -> None:
        self.counts.update(change_counts(visit))
        if visit.low is None or visit.high is None or visit.is_moved:
            return
        self.counts[Count.PROMISED] += 1
        self.counts[Count.PROMISED_LOW] += visit.low
        self.counts[Count.PROMISED_HIGH] += visit.high
        verdict = _verdict(visit, visit.low, visit.high)
        if verdict is not None:
            self.counts[verdict] += 1
        for name, amount in promise_counts(visit):
            self.counts[name] += amount


def _verdict(visit: Visit, low: int, high: int) -> Count | None:
    """Whether the wait was within the range; None if unknown."""
    until = visit.called_at or (None if visit.forgotten else visit.ended_at)
    if until is None:
        return None
    minutes = (until - visit.joined_at).total_seconds() / 60
    if minutes > high:
        return Count.LATE
    if visit.called_at is None:
        return None  # left within the range: the call might have come in time
    return Count.EARLY if minutes < low else Count.KEPT
