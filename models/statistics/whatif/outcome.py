"""The figures of a day as it was and as it would have been, with the range they are likely in. Pure."""

import random
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace

from models.statistics.durations import quantile
from models.statistics.whatif.changes import Change, Result, replay
from models.statistics.whatif.counter import SECOND, Counter, counter_of
from models.statistics.whatif.intervals import length, within
from models.statistics.whatif.recording import Recording

RUNS = 200
SEED = 1  # the same day always gives the same figures
BAND = (0.1, 0.9)


@dataclass(frozen=True)
class Figures:
    """Of everybody who was called on that day; seconds, None if nobody was."""

    median: float | None
    p90: float | None
    gave_up: int
    idle: float  # of all servicers together


@dataclass(frozen=True)
class Outcome:
    called: int
    was: Figures
    would_be: Figures
    low: Figures
    """Four in five runs lie between these: other services for what nobody can know."""
    high: Figures


def outcome_of(recording: Recording, idle: float, change: Change, *, runs: int = RUNS) -> Outcome:
    """`idle`: seconds that servicers were idle on that day; `runs` 0 leaves the range out."""
    day = _Day(recording, counter_of(recording), idle, change)
    would_be = day.figures(replay(day.counter, change))
    drawn = [would_be]
    chance = random.Random(SEED)
    if day.counter.services and change.servicers:
        run = day.with_another_helper if change.servicers > 0 else day.with_other_services
        drawn += [run(chance) for _ in range(runs)]
    low, high = (_at(drawn, would_be, share, choose) for share, choose in zip(BAND, (min, max), strict=True))
    return Outcome(day.called, day.was(), would_be, low, high)


def _at(drawn: Sequence[Figures], would_be: Figures, share: float, choose: Callable[..., float]) -> Figures:
    found: list[float | None] = []
    for values in zip(*map(astuple, drawn), strict=True):
        known = sorted(value for value in values if value is not None)
        found.append(quantile(known, share) if known else None)
    whole = [
        None if edge is None or value is None else choose(edge, value)
        for edge, value in zip(found, astuple(would_be), strict=True)
    ]
    return Figures(whole[0], whole[1], round(whole[2] or 0), whole[3] or 0.0)


def _with_services(counter: Counter, chance: random.Random) -> Counter:
    """The same counter, at which everybody who was served takes as long as some customer of that day."""
    stays, keeps = list(counter.stays), list(counter.keeps)
    for index, stay in enumerate(stays):
        if stay.served and stay.called_at is not None and stay.until is not None:
            takes = chance.choice(counter.services)
            keeps[index] += takes - (stay.until - stay.called_at)
            stays[index] = replace(stay, until=stay.called_at + takes)
    return replace(counter, stays=stays, keeps=keeps)


class _Day:
    def __init__(self, recording: Recording, counter: Counter, idle: float, change: Change) -> None:
        self.recording, self.counter, self.idle, self.change = recording, counter, idle, change
        self.recorded = [stay.called_at for stay in counter.stays]
        in_the_end = [(each, self.recorded[each.last_stay]) for each in recording.customers]
        self.waited = [each for each, called_at in in_the_end if called_at is not None]
        self.called = len(self.waited)
        self.last_end = max(
            (stay.until or 0 for stay in counter.stays if stay.called_at is not None), default=0
        )

    def was(self) -> Figures:
        return self._figures(self.recorded, self.idle)

    def figures(self, result: Result) -> Figures:
        return self._figures(
            result.calls, max(0.0, self.idle + self._more_idle(result, self.last_end) / SECOND)
        )

    def with_another_helper(self, chance: random.Random) -> Figures:
        """Whoever would have helped might have been quicker or slower with each customer."""
        services = self.counter.services
        return self.figures(replay(self.counter, self.change, lambda _: chance.choice(services)))

    def with_other_services(self, chance: random.Random) -> Figures:
        """What the same change does where other customers take as long; added to the day as it was."""
        counter = _with_services(self.counter, chance)
        before, after = (replay(counter, each) for each in (replace(self.change, servicers=0), self.change))
        was, idle = self.was(), self._more_idle(after, before.last_end) / SECOND
        one, other = self._figures(before.calls, 0.0), self._figures(after.calls, 0.0)
        median = (was.median or 0.0) + (other.median or 0.0) - (one.median or 0.0)
        p90 = (was.p90 or 0.0) + (other.p90 or 0.0) - (one.p90 or 0.0)
        return Figures(median, p90, was.gave_up, max(0.0, self.idle + idle))

    def _figures(self, calls: Sequence[int | None], idle: float) -> Figures:
        waits = sorted(((calls[each.last_stay] or 0) - each.joined_at) / SECOND for each in self.waited)
        gave_up = sum(
            each.gave_up and (self.recorded[each.last_stay] is not None or calls[each.last_stay] is None)
            for each in self.recording.customers
        )
        median, p90 = (quantile(waits, share) if waits else None for share in (0.5, 0.9))
        return Figures(median, p90, gave_up, idle)

    def _more_idle(self, result: Result, last_end: int) -> int:
        """By how much longer (or shorter) servicers were on duty, less what more they had to do.

        `last_end`: when the last customer went without the change.
        """
        change = self.change
        if change.servicers >= 0:
            on_duty = sum(gone - change.since for gone in result.added_until)
        else:
            shifts = [within(each, change.since, change.until) for each in self.recording.on_duty.values()]
            there = [length(shift) for shift in shifts if shift]
            on_duty = change.servicers * sum(there) // len(there) if there else 0
            on_duty += max(0, result.last_end - last_end)
        return on_duty - result.more_work
