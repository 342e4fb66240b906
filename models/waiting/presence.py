"""The probability that a signed-in servicer is really at the counter, judged by their inactivity.
Numbers only, fed by `estimator.py`.

Most people forget to press "away". A servicer who has ended a service while people wait is either about to
call or has gone: gaps between services are a mixture of short turnovers and long breaks, and the probability
that a gap is still a turnover is the probability that they are present (Bayes).
"""

from __future__ import annotations

import math
from typing import NamedTuple

PRIOR_GAPS = 20.0
PRIOR_BREAKS = 0.1  # of all gaps
PRIOR_TURNOVER = 0.3  # of the owner's minutes per customer, but at least half a minute
PRIOR_BREAK, PRIOR_BREAK_GAPS = 12.0, 6.0  # minutes, and the number of breaks that this counts as
MEMORY = 0.998  # some 500 gaps are remembered
LONGEST_GAP = 60.0  # minutes: a longer one was a lunch hour or a forgotten button
LONG_SERVICE = 5.0  # mean cycles; a longer service was probably forgotten
FORGOTTEN = 2.0  # further mean cycles, in which the probability falls to 1/e


class Silence(NamedTuple):
    """The probability of presence after `minutes` of inactivity: 1 / (1 + odds · e^(rate · minutes))."""

    odds: float  # of a break against a turnover, when a gap begins
    rate: float  # per minute, at which the odds of a break grow

    def presence(self, minutes: float) -> float:
        if minutes <= 0:
            return 1.0
        fading = math.exp(-self.rate * minutes)
        return fading / (fading + self.odds)

    def present_minutes(self, begin: float, end: float) -> float:
        """The integral of `presence` from begin to end, in minutes after the inactivity began."""
        certain = max(0.0, min(end, 0.0) - begin)
        begin, end = max(begin, 0.0), max(end, 0.0)
        first, last = math.exp(-self.rate * begin), math.exp(-self.rate * end)
        return certain + math.log((first + self.odds) / (last + self.odds)) / self.rate


class Gaps:
    """Turnovers and breaks as a mixture of two exponential distributions, learned gap by gap (online EM)."""

    def __init__(self, hint_minutes: float) -> None:
        self.turnovers = PRIOR_GAPS
        self.turnover_minutes = PRIOR_GAPS * max(0.5, PRIOR_TURNOVER * hint_minutes)
        self.breaks = PRIOR_BREAK_GAPS
        self.break_minutes = PRIOR_BREAK_GAPS * PRIOR_BREAK
        self.chance, self.gaps = PRIOR_GAPS * PRIOR_BREAKS, PRIOR_GAPS

    def mean_break(self) -> float:
        return self.break_minutes / self.breaks

    def silence(self, pace: float) -> Silence:
        turnover, away, chance = self._shape(pace)
        return Silence(chance / (1 - chance), 1 / turnover - 1 / away)

    def learn(self, minutes: float, pace: float) -> None:
        """A servicer called after so many minutes during which people waited."""
        turnover, away, chance = self._shape(pace)
        minutes = min(minutes, LONGEST_GAP)
        short = (1 - chance) * math.exp(-minutes / turnover) / turnover
        long = chance * math.exp(-minutes / away) / away
        was_break = long / (short + long)
        self.chance = self.chance * MEMORY + was_break
        self.gaps = self.gaps * MEMORY + 1
        self.turnovers = self.turnovers * MEMORY + 1 - was_break
        self.turnover_minutes = self.turnover_minutes * MEMORY + (1 - was_break) * minutes
        self.breaks = self.breaks * MEMORY + was_break
        self.break_minutes = self.break_minutes * MEMORY + was_break * minutes

    def _shape(self, pace: float) -> tuple[float, float, float]:
        """Mean turnover, mean break (always clearly longer), probability that a gap is a break."""
        turnover = max(0.03 / pace, self.turnover_minutes / self.turnovers)
        away = max(0.5 / pace, 2 * turnover, self.mean_break())
        return turnover, away, min(0.95, max(1e-6, self.chance / self.gaps))


def serving_presence(minutes: float, pace: float) -> float:
    """The probability that a servicer is present who has served one person for so long."""
    return math.exp(-max(0.0, minutes * pace - LONG_SERVICE) / FORGOTTEN)


def serving_minutes(begin: float, end: float, pace: float) -> float:
    """The integral of `serving_presence` from begin to end, in minutes after the service began."""
    long = LONG_SERVICE / pace
    fade = FORGOTTEN / pace
    certain = max(0.0, min(end, long) - begin)
    begin, end = max(begin, long), max(end, long)
    return certain + fade * (math.exp(-(begin - long) / fade) - math.exp(-(end - long) / fade))
