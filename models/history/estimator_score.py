"""Scores the wait estimator on recorded history, next to the plain average.
Pure: replays the events in order of time and compares each estimate on joining with the actual wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.history.records import HistoryEvent, Record, completed, events_of, sort_events
from models.queueing.tables.events import EventKind
from models.waiting.estimator import Estimate, WaitEstimator


@dataclass
class Score:
    """Estimates against actual waits, in minutes."""

    errors: list[float] = field(default_factory=list)  # estimated minus waited
    held: int = 0
    widths: float = 0.0

    def add(self, told: Estimate, waited: float) -> None:
        expected, low, high = told
        self.errors.append(expected - waited)
        self.held += low <= waited <= high
        self.widths += high - low

    @property
    def count(self) -> int:
        return len(self.errors)

    @property
    def error(self) -> float:
        return sum(map(abs, self.errors)) / self.count

    @property
    def bias(self) -> float:
        """Positive: the estimates were too long."""
        return sum(self.errors) / self.count

    @property
    def share_held(self) -> float:
        return self.held / self.count

    @property
    def width(self) -> float:
        return self.widths / self.count


class PlainAverage:
    """What most systems show: mean service time so far × people ahead ÷ servicers, ± 50 %."""

    def __init__(self, hint_minutes: float) -> None:
        self.services, self.minutes = 4.0, 4.0 * hint_minutes

    def estimate(self, ahead: int, servicers: int) -> Estimate:
        expected = (ahead + 1) * self.minutes / self.services / max(1, servicers)
        return expected, expected * 0.5, expected * 1.5 + 1.0


def evaluate(records: Iterable[Record], hint_minutes: float) -> tuple[Score, Score]:
    """The scores of the estimator and of the plain average, over all who waited and were called.

    People who found a free servicer are left out: there was no wait to estimate. Both know only the past.
    """
    played = _Replay(hint_minutes)
    for event in _all_events(records):
        played.play(event)
    return played.ours, played.plain


class _Replay:
    def __init__(self, hint_minutes: float) -> None:
        self.estimator, self.average = WaitEstimator(hint_minutes), PlainAverage(hint_minutes)
        self.ours, self.plain = Score(), Score()
        self._first: HistoryEvent | None = None
        self._waiting: dict[int, tuple[float, Estimate, Estimate] | None] = {}  # by line of the record
        self._called_at: dict[int, float] = {}

    def play(self, event: HistoryEvent) -> None:
        t, ticket = self._minutes(event), event.record.line
        servicer = event.servicer or "somebody"
        match event.kind:
            case EventKind.JOINED:
                self._join(t, ticket)
            case EventKind.CALLED:
                self.estimator.called(t, ticket, servicer)
                self._called_at[ticket] = t
                self._score(t, ticket)
            case EventKind.DUTY_BEGAN:
                self.estimator.servicer_on(t, servicer)
            case EventKind.DUTY_ENDED:
                self.estimator.servicer_off(t, servicer)
            case EventKind.SERVED | EventKind.NO_SHOW if ticket in self._called_at:
                minutes = t - self._called_at.pop(ticket)
                if event.kind == EventKind.SERVED:
                    self.average.services, self.average.minutes = (
                        self.average.services + 1,
                        self.average.minutes + minutes,
                    )
                    self.estimator.finished(t, ticket, servicer)
                else:
                    self.estimator.no_show(t, ticket, servicer)
            case EventKind.LEFT | EventKind.REMOVED:
                self._waiting.pop(ticket, None)
                self.estimator.left(t, ticket)

    def _join(self, t: float, ticket: int) -> None:
        ahead, counter = len(self._waiting), self.estimator.counter
        is_free = ahead == 0 and bool(counter.idle)
        plain = self.average.estimate(ahead, len(counter.on))
        self.estimator.joined(t, ticket)
        self._waiting[ticket] = None if is_free else (t, self.estimator.estimate(ticket, t), plain)

    def _score(self, t: float, ticket: int) -> None:
        told = self._waiting.pop(ticket, None)
        if told is not None:
            self.ours.add(told[1], t - told[0])
            self.plain.add(told[2], t - told[0])

    def _minutes(self, event: HistoryEvent) -> float:
        self._first = self._first or event
        begin = self._first.at.replace(hour=0, minute=0, second=0, microsecond=0)
        return (event.at - begin).total_seconds() / 60


def _all_events(records: Iterable[Record]) -> Sequence[HistoryEvent]:
    by_day: dict[date, list[Record]] = defaultdict(list)
    for record in records:
        by_day[record.joined_at.date()].append(record)
    return sort_events(each for of_day in by_day.values() for each in events_of(completed(of_day)))
