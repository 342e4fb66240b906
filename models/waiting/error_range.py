"""Learns the errors of past estimates, and derives the median and the 80 % range of new ones.
Numbers only, fed by `estimator.py`.

An error is z = ln((waited + g) / (estimated + g)), where g is the minutes of one advance of the line:
absolute differences near the front, proportions far back. A range comes from the quantiles of past errors
with about as many people ahead; both ends are adjusted until one in ten falls outside each (adaptive
conformal inference, Gibbs & Candès, NeurIPS 2021). Median and range are unbiased.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

BINS, LOWEST, WIDTH = 120, -4.0, 8.0 / 120  # a histogram of z from −4 to 4
HALF_LIFE = 2000.0  # calls, after which an error counts half
# Groups by people ahead begin at these; then come FREE, NOBODY and ALL.
FIRST_OF_GROUP = [0, 1, 3, 6, 11, 21]
TYPICAL = [0, 1, 4, 8, 15, 25, 0, 4, 4]  # people ahead in each group, for the prior
FREE, NOBODY, ALL = 6, 7, 8  # a servicer is free for this person; nobody is on duty
# The prior: a normal distribution with this variance, by people ahead, which counts as so many calls.
SPREAD_OF_ONE, SPREAD_OF_DAY = 0.7, 0.06
WEIGHT_OF_FIRST_THOUGHTS, WEIGHT_OF_ALL = 200.0, 80.0
STEP = 0.003  # by which one estimate moves the ends of the range
SOON = 0.17  # alerts use this quantile: five times in six the wait is at least that long

_KEPT = 0.5 ** (1 / HALF_LIFE)


def group_of(ahead: int) -> int:
    return bisect_right(FIRST_OF_GROUP, ahead) - 1


class Quantiles(NamedTuple):
    """Quantiles of z in one group."""

    low: float
    soon: float
    middle: float
    high: float


class Guess(NamedTuple):
    """The raw estimate for a person, before past errors are considered."""

    group: int
    minutes: float
    advance: float  # minutes of one advance of the line: g

    def at(self, z: float) -> float:
        """The minutes at error z."""
        return max(0.0, math.exp(z) * (self.minutes + self.advance) - self.advance)

    def error(self, waited: float) -> float:
        return math.log((waited + self.advance) / (self.minutes + self.advance))


class Errors:
    def __init__(self) -> None:
        self.counts = [[0.0] * BINS for _ in TYPICAL]
        self.totals = [0.0] * len(TYPICAL)
        self.low_level, self.high_level = 0.1, 0.9
        self._known: dict[int, Quantiles] = {}

    def learn(self, guess: Guess, waited: float, low: float, high: float) -> None:
        """Learn from somebody with this guess and range who has been called."""
        z = guess.error(waited)
        self._add(guess.group, z)
        if guess.group != FREE:
            self._add(ALL, z)
            self.low_level += STEP * (0.1 - (waited < low))
            self.high_level -= STEP * (0.1 - (waited > high))
            self.low_level = min(0.3, max(0.005, self.low_level))
            self.high_level = max(0.7, min(0.995, self.high_level))
        self._known.clear()

    def quantiles(self, group: int) -> Quantiles:
        if group not in self._known:
            shares = self._shares(group)
            levels = (self.low_level, SOON, 0.5, self.high_level)
            self._known[group] = Quantiles(*(_quantile(shares, level) for level in levels))
        return self._known[group]

    def estimate(self, guess: Guess) -> tuple[float, float, float]:
        """(expected, low, high) minutes; expected is the median."""
        z = self.quantiles(guess.group)
        middle = guess.at(z.middle)
        return middle, min(middle, guess.at(z.low)), max(middle, guess.at(z.high))

    def _add(self, group: int, z: float) -> None:
        counts = self.counts[group]
        for i, n in enumerate(counts):
            if n:
                counts[i] = n * _KEPT
        counts[min(BINS - 1, max(0, int((z - LOWEST) / WIDTH)))] += 1.0
        self.totals[group] = self.totals[group] * _KEPT + 1.0

    def _shares(self, group: int) -> list[float]:
        """The distribution of z: the group's errors, shrunk to all errors, and those to the prior."""
        first, everybody, mine = _FIRST_THOUGHTS[group], self.counts[ALL], self.counts[group]
        of_all = WEIGHT_OF_ALL / (self.totals[ALL] + WEIGHT_OF_FIRST_THOUGHTS)
        whole = self.totals[group] + WEIGHT_OF_ALL
        return [
            (mine[i] + of_all * (everybody[i] + WEIGHT_OF_FIRST_THOUGHTS * first[i])) / whole
            for i in range(BINS)
        ]


def _quantile(shares: list[float], level: float) -> float:
    sums = [0.0]
    for share in shares:
        sums.append(sums[-1] + share)
    wanted = level * sums[-1]
    i = min(BINS, max(1, bisect_left(sums, wanted)))
    return LOWEST + (i - 1 + (wanted - sums[i - 1]) / max(1e-12, sums[i] - sums[i - 1])) * WIDTH


def _first_thoughts(ahead: int) -> list[float]:
    spread = math.sqrt(SPREAD_OF_ONE / (ahead + 1) + SPREAD_OF_DAY)
    ends = [math.erfc(-(LOWEST + i * WIDTH) / spread / math.sqrt(2)) / 2 for i in range(BINS + 1)]
    return [after - before for before, after in pairwise(ends)]


_FIRST_THOUGHTS = [_first_thoughts(ahead) for ahead in TYPICAL]
