"""Durations in figures: their distribution, and the median wait including people who gave up. Pure.

Somebody who leaves after 20 minutes would have waited longer than that: a censored wait. Leaving it out, or
counting it as 20 minutes, makes a counter where people give up look quicker than it is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

# With a tolerance for rounding of the product of fractions.
HALF = 0.5 + 1e-12


@dataclass(frozen=True)
class Distribution:
    """Seconds, computed from `n` durations; all None if there are none."""

    n: int = 0
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    max: float | None = None


def distribution(durations: Iterable[float]) -> Distribution:
    seconds = sorted(durations)
    if not seconds:
        return Distribution()
    return Distribution(
        n=len(seconds),
        mean=sum(seconds) / len(seconds),
        median=float(quantile(seconds, 0.5)),
        p90=float(quantile(seconds, 0.9)),
        max=float(seconds[-1]),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, with linear interpolation.

    Source: R-7 of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996).
    """
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median_wait(called: Sequence[float], gave_up: Sequence[float]) -> float | None:
    """The wait after which half of all people would have been called; None if half never were.

    `called` are waits that ended with the call, `gave_up` those that ended without one; both sorted.
    Source: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations (1958). Somebody who gives
    up at the moment of another's call counts as still waiting at that moment.
    """
    waiting, begun = 1.0, 0
    while begun < len(called):
        # Nobody leaves between these calls, so their factors (r-1)/r, (r-2)/(r-1) … multiply to one fraction.
        given_up = bisect_left(gave_up, called[begun])
        end = bisect_right(called, gave_up[given_up], begun) if given_up < len(gave_up) else len(called)
        at_risk = len(called) - begun + len(gave_up) - given_up
        if waiting * (at_risk - end + begun) / at_risk <= HALF:
            calls = ceil(at_risk * (1 - HALF / waiting))
            return called[begun + max(1, calls) - 1]
        waiting *= (at_risk - end + begun) / at_risk
        begun = end
    return None
