"""How many will come on a day, and in which hour, by the days before it: in a range for four days in five.

Pure. Counts of people who come one by one scatter at least as Poisson's law says, and often more, as days
differ; how much more is measured on all days. docs/tomorrow.md says it in full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import exp, lgamma, log, sqrt
from statistics import mean, median
from typing import NamedTuple

HELD = 0.8  # so often the count shall lie within the range
FEWEST_LIKE_DAYS = 3
# A day so many times further from the median than usual is left out: a strike, a street fair.
FARTHEST = 4.0
MAD_TO_DEVIATION = 1.4826  # of the normal distribution
# A trend is believed only over so many days, if it is so unlikely to be chance, and up to so much a week.
FEWEST_FOR_TREND = 15
UNLIKELY = 3.0  # standard deviations of Kendall's statistic
STEEPEST = 0.1
# So many days of Poisson's law are taken for known, so that three days do not decide how much days scatter.
PRIOR_DAYS = 2
STANDS_OUT = 1.5  # times the mean hour
MOST = 10_000  # people


class DayCount(NamedTuple):
    """How many came in each hour, from midnight at the beginning of the day on."""

    day: date
    by_hour: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.by_hour.values())


@dataclass(frozen=True)
class Range:
    """How many are expected, and from how few to how many it will be four times in five."""

    expected: float
    low: int
    high: int

    def __contains__(self, count: int) -> bool:
        return self.low <= count <= self.high


class Arrivals(NamedTuple):
    whole: Range
    by_hour: Mapping[int, Range]  # of the hours in which anybody came on a like day
    like_days: int

    @property
    def busiest_hour(self) -> int | None:
        """The one that stands out; None if none does."""
        if len(self.by_hour) < 2:
            return None
        best = max(self.by_hour, key=lambda hour: (self.by_hour[hour].expected, -hour))
        others = mean(of.expected for hour, of in self.by_hour.items() if hour != best)
        return best if self.by_hour[best].expected >= STANDS_OUT * others else None


def forecast_arrivals(days: Sequence[DayCount], day: date) -> Arrivals | None:
    """By the days before it; None with fewer than three of the same weekday."""
    if sum(each.day.weekday() == day.weekday() for each in days) < FEWEST_LIKE_DAYS:
        return None
    usual = {weekday: _median_of(days, weekday) for weekday in {each.day.weekday() for each in days}}
    slope = _trend(days, usual)
    levels = {each.day: _level(slope, each.day, day) for each in days}
    kept = _without_outliers(days, levels)
    like = [each for each in kept if each.day.weekday() == day.weekday()]
    if len(like) < FEWEST_LIKE_DAYS:
        return None
    scatter = _scatter(kept, levels)
    whole = mean(each.total * levels[each.day] for each in like)
    hours = sorted({hour for each in like for hour, count in each.by_hour.items() if count})
    by_hour = {
        hour: _range(
            mean(each.by_hour.get(hour, 0) * levels[each.day] for each in like), whole, scatter, len(like)
        )
        for hour in hours
    }
    return Arrivals(_range(whole, whole, scatter, len(like)), by_hour, len(like))


def _median_of(days: Sequence[DayCount], weekday: int) -> float:
    return median(each.total for each in days if each.day.weekday() == weekday)


def _trend(days: Sequence[DayCount], usual: Mapping[int, float]) -> float:
    """Growth in a week, as a share: the median slope between two days (Theil and Sen), 0 unless it is sure
    (Kendall)."""
    points = [
        (each.day.toordinal() / 7, each.total / usual[each.day.weekday()])
        for each in days
        if usual[each.day.weekday()] > 0
    ]
    n = len(points)
    if n < FEWEST_FOR_TREND:
        return 0.0
    slopes = [(later[1] - sooner[1]) / (later[0] - sooner[0]) for sooner, later in combinations(points, 2)]
    surely = sum((slope > 0) - (slope < 0) for slope in slopes)
    if abs(surely) < UNLIKELY * sqrt(n * (n - 1) * (2 * n + 5) / 18):
        return 0.0
    return max(-STEEPEST, min(STEEPEST, median(slopes)))


def _level(slope: float, of: date, target: date) -> float:
    """What a count of that day would be on the target's, as a factor."""
    return exp(slope * (target - of).days / 7)


def _without_outliers(days: Sequence[DayCount], levels: Mapping[date, float]) -> list[DayCount]:
    counts = {each.day: each.total * levels[each.day] for each in days}
    usual = {
        weekday: median(count for of, count in counts.items() if of.weekday() == weekday)
        for weekday in {of.weekday() for of in counts}
    }
    off = {
        of: abs(count - usual[of.weekday()]) / sqrt(max(1.0, usual[of.weekday()]))
        for of, count in counts.items()
    }
    most = FARTHEST * max(1.0, MAD_TO_DEVIATION * median(off.values()))
    return [each for each in days if off[each.day] <= most]


def _scatter(days: Sequence[DayCount], levels: Mapping[date, float]) -> float:
    """How many times as much as by Poisson's law days scatter about the mean of their weekday; at least 1.

    With the standard error of that measure on top: from few days it is rather taken too large.
    """
    squares, degrees = float(PRIOR_DAYS), float(PRIOR_DAYS)
    for weekday in {each.day.weekday() for each in days}:
        counts = [each.total * levels[each.day] for each in days if each.day.weekday() == weekday]
        usual = mean(counts)
        if len(counts) > 1 and usual > 0:
            squares += sum((count - usual) ** 2 for count in counts) / usual
            degrees += len(counts) - 1
    return max(1.0, squares / degrees * (1 + 1 / sqrt(2 * degrees)))


def _range(expected: float, whole: float, scatter: float, days: int) -> Range:
    """`expected` of an hour, or of the whole day; an hour shares in how much its day differs from others.

    The variance of the count, and that of a mean of so many days.
    """
    shared = (scatter - 1) * expected / whole if whole else 0.0
    low, high = _middle(expected, expected * (1 + shared) * (1 + 1 / days))
    return Range(expected, low, high)


def _middle(expected: float, variance: float) -> tuple[int, int]:
    """The likeliest counts of a negative binomial distribution (or Poisson's) that hold HELD, as nearly as
    whole numbers allow."""
    if expected <= 0:
        return 0, 0
    low = high = min(MOST, int(expected))
    held = _share(low, expected, variance)
    while held < HELD and high - low < MOST:
        below = _share(low - 1, expected, variance) if low else 0.0
        above = _share(high + 1, expected, variance)
        more = max(below, above)
        if held + more > HELD and held + more - HELD > HELD - held:
            break
        held += more
        low, high = (low - 1, high) if below > above else (low, high + 1)
    return low, high


def _share(count: int, expected: float, variance: float) -> float:
    """How likely this count is."""
    if variance <= expected * 1.0001:
        return exp(count * log(expected) - expected - lgamma(count + 1))
    size = expected**2 / (variance - expected)
    chance = size / (size + expected)
    ways = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
    return exp(ways + size * log(chance) + count * log(1 - chance))
