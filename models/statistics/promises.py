"""How good the promised waits were: each promise compared with the actual wait, by people ahead.

Pure: from a visit to counts that add up over hours and days, and from counts to figures. Minutes; None if
nothing is known.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.statistics.timelines import Visit

# Bands of people ahead begin at these.
AHEAD_FROM = (0, 1, 3, 6, 11, 21)


class PromiseCount(StrEnum):
    """What is counted of promises, in a tally once for each of AHEAD_FROM."""

    CALLED = "promise_called"
    HELD = "promise_held"  # called within the range
    MEASURED = "promise_measured"  # called, and what was expected is known
    OFF = "promise_off"  # the sum of the absolute errors, in seconds
    TOO_MUCH = "promise_too_much"  # the sum of expected minus actual wait, in seconds
    GAVE_UP = "promise_gave_up"  # left before they were called: unknown
    NOT_CALLED = "promise_not_called"  # still waiting, or removed, or the day ended


class ChangeCount(StrEnum):
    """What is counted of promises that were taken back in time."""

    TOLD = "told_again"  # how often somebody was
    CALLED = "told_again_called"  # who were, and then called while the new range was still a promise
    HELD = "told_again_held"  # of these, called within it


class Promises(NamedTuple):
    """Of those who got a range, kept their place and were called; the others are only counted."""

    called: int = 0
    held: int = 0
    error: float | None = None  # mean absolute error, in minutes
    bias: float | None = None  # mean error, in minutes; positive: the promises were too long
    gave_up: int = 0
    not_called: int = 0

    @property
    def share_held(self) -> float | None:
        return self.held / self.called if self.called else None

    @property
    def total_count(self) -> int:
        return self.called + self.gave_up + self.not_called


def band_of(ahead: int) -> int:
    """The band of AHEAD_FROM in which so many ahead are."""
    return AHEAD_FROM[bisect(AHEAD_FROM, max(0, ahead)) - 1]


def promise_counts(visit: Visit) -> Iterator[tuple[str, int]]:
    """The counts of one visit. A promise is void for tickets that were moved in line since."""
    low, high, ahead = visit.low, visit.high, visit.ahead
    if low is None or high is None or ahead is None or visit.is_moved:
        return
    band = band_of(ahead)

    def counted(count: PromiseCount, amount: int = 1) -> tuple[str, int]:
        return f"{count}_{band}", amount

    if visit.called_at is None:
        gave_up = visit.state == TicketState.LEFT and visit.reason != DAY_ENDED
        yield counted(PromiseCount.GAVE_UP if gave_up else PromiseCount.NOT_CALLED)
        return
    seconds = (visit.called_at - visit.joined_at).total_seconds()
    yield counted(PromiseCount.CALLED)
    if low * 60 <= seconds <= high * 60:
        yield counted(PromiseCount.HELD)
    if visit.expected is not None:
        too_much = round(visit.expected * 60 - seconds)
        yield counted(PromiseCount.MEASURED)
        yield counted(PromiseCount.OFF, abs(too_much))
        yield counted(PromiseCount.TOO_MUCH, too_much)


def change_counts(visit: Visit) -> dict[str, int]:
    """What this visit adds, without zeros. Only the last range that somebody was told is compared."""
    counts: dict[str, int] = {ChangeCount.TOLD: visit.told_again} if visit.told_again else {}
    new, called_at = visit.new_promise, visit.called_at
    if new is not None and called_at is not None and new.low is not None and new.high is not None:
        counts[ChangeCount.CALLED] = 1
        if new.low * 60 <= (called_at - new.at).total_seconds() <= new.high * 60:
            counts[ChangeCount.HELD] = 1
    return counts


def promises_in(counts: Mapping[str, int]) -> Promises:
    """All of them, however many were ahead."""
    return _figures(
        {count: sum(_of_band(counts, band)[count] for band in AHEAD_FROM) for count in PromiseCount}
    )


def promises_by_ahead(counts: Mapping[str, int]) -> dict[str, Promises]:
    """By "0", "1-2" … "21+" people ahead; only bands with promises."""
    names = [str(a) if b - a == 1 else f"{a}-{b - 1}" for a, b in pairwise(AHEAD_FROM)] + [
        f"{AHEAD_FROM[-1]}+"
    ]
    found = {name: _figures(_of_band(counts, band)) for name, band in zip(names, AHEAD_FROM, strict=True)}
    return {name: promises for name, promises in found.items() if promises.total_count}


def plain(promises: Promises) -> dict[str, Any]:
    """For JSON; minutes rounded to hundredths."""
    return {
        "called": promises.called,
        "held": promises.held,
        "share_held": promises.share_held,
        "error_minutes": None if promises.error is None else round(promises.error, 2),
        "bias_minutes": None if promises.bias is None else round(promises.bias, 2),
        "gave_up": promises.gave_up,
        "not_called": promises.not_called,
    }


def _of_band(counts: Mapping[str, int], band: int) -> dict[PromiseCount, int]:
    return {count: counts.get(f"{count}_{band}", 0) for count in PromiseCount}


def _figures(counts: Mapping[PromiseCount, int]) -> Promises:
    n = counts[PromiseCount.MEASURED] * 60
    return Promises(
        called=counts[PromiseCount.CALLED],
        held=counts[PromiseCount.HELD],
        error=counts[PromiseCount.OFF] / n if n else None,
        bias=counts[PromiseCount.TOO_MUCH] / n if n else None,
        gave_up=counts[PromiseCount.GAVE_UP],
        not_called=counts[PromiseCount.NOT_CALLED],
    )
