"""When it is best to come, by the days before: the quietest time left today, and the last safe time to join.

Pure. Each is told with how often it held on days like this one, and only where it did in three of four; from
fewer than three such days nothing is. Quarter hours are numbered as in quarters.py. docs/when-to-come.md says
it in full.
"""

from collections.abc import Sequence
from math import ceil
from statistics import mean, median
from typing import NamedTuple

from models.statistics.forecasts.quarters import SECONDS, Quarters, mean_service

FEWEST_LIKE_DAYS = 3
HELD = 0.75  # on as many of them
AN_HOUR = 4
LONGEST = 16  # quarter hours of one quiet time
FEWEST_LEFT = 6  # with less of the day left there is nothing to choose from
# As quiet as the quietest hour, and quieter than the rest: by so many seconds, or this share.
ALIKE_SECONDS, ALIKE_SHARE = 180, 0.25
STEP = 300  # in which the wait is told


class Quiet(NamedTuple):
    """The quarter hours from one to another, where who joined waited under so many minutes on average."""

    first: int
    end: int
    minutes: int
    held: int
    of: int


class LastSafe(NamedTuple):
    """Whoever joined by this quarter hour was called before closing."""

    quarter: int
    held: int
    of: int


def quietest(days: Sequence[Quarters], now: int, closes: int | None = None) -> Quiet | None:
    """From the quarter hour `now` on, up to closing; None if no time stands out, or none that held."""
    if len(days) < FEWEST_LIKE_DAYS:
        return None
    left = _worked(days, now, closes)
    hours = [hour for first in left if (hour := range(first, first + AN_HOUR)) and left.issuperset(hour)]
    waits = {hour: _usual(days, hour) for hour in hours}
    if len(left) < FEWEST_LEFT or not waits:
        return None
    best = min(hours, key=lambda hour: (waits[hour], hour.start))
    quiet = _extended(days, best, waits[best], left)
    rest = [number for number in left if number not in quiet]
    if not rest or not _is_less(waits[best], _usual(days, rest)):
        return None
    means = [_mean_wait(day, quiet) for day in days]
    told = ceil(sorted(m for m in means if m is not None)[ceil(HELD * len(days)) - 1] / STEP) * STEP or STEP
    held = sum(_held(day, quiet, rest, told) for day in days)
    if held < HELD * len(days):
        return None
    return Quiet(quiet.start, quiet.stop, told // 60, held, len(days))


def last_safe(days: Sequence[Quarters], now: int, closes: int | None = None) -> LastSafe | None:
    """The last quarter hour, from `now` on, in which it was safe to join; None if there was none."""
    if len(days) < FEWEST_LIKE_DAYS:
        return None
    ends = [max(day, default=now) for day in days]
    for number in range(min(max(ends), (closes or max(ends) + 1) - 1), now - 1, -1):
        held = sum(_was_safe(day, number) and not _unserved(day, now, number) for day in days)
        if held >= HELD * len(days):
            return LastSafe(number, held, len(days))
    return None


def _worked(days: Sequence[Quarters], now: int, closes: int | None) -> set[int]:
    """The quarter hours left whose wait is known on enough of the days."""
    numbers = {number for day in days for number in day if number >= now and number < (closes or number + 1)}
    return {n for n in numbers if sum(_wait(day, n) is not None for day in days) >= HELD * len(days)}


def _wait(day: Quarters, number: int) -> float | None:
    quarter = day.get(number)
    return quarter.wait if quarter is not None and quarter.is_worked else None


def _mean_wait(day: Quarters, numbers: Sequence[int]) -> float | None:
    known = [wait for number in numbers if (wait := _wait(day, number)) is not None]
    return mean(known) if known else None


def _usual(days: Sequence[Quarters], numbers: Sequence[int]) -> float:
    """The median of the days: one bad day changes nothing."""
    return median(wait for day in days if (wait := _mean_wait(day, numbers)) is not None)


def _is_less(wait: float, than: float) -> bool:
    return wait <= than - ALIKE_SECONDS and wait <= than * (1 - ALIKE_SHARE)


def _extended(days: Sequence[Quarters], best: range, wait: float, left: set[int]) -> range:
    """With the quarter hours before and after it that are as quiet."""
    most = wait + max(ALIKE_SECONDS, wait * ALIKE_SHARE)

    def is_alike(number: int) -> bool:
        return number in left and _usual(days, [number]) <= most

    first, end = best.start, best.stop
    while end - first < LONGEST and is_alike(end):
        end += 1
    while end - first < LONGEST and is_alike(first - 1):
        first -= 1
    return range(first, end)


def _held(day: Quarters, quiet: Sequence[int], rest: Sequence[int], told: float) -> bool:
    """Whether it was as quiet as is told, and quieter than the rest of that day."""
    inside, outside = _mean_wait(day, quiet), _mean_wait(day, rest)
    return inside is not None and outside is not None and inside <= told and inside < outside


def _was_safe(day: Quarters, number: int) -> bool:
    """Whether who joined then was called; where nobody did, whether there was time to call them."""
    quarter = day.get(number)
    if quarter is None or quarter.unserved or quarter.closed:
        return False
    if quarter.waits:
        return True
    if not quarter.on_duty or quarter.clears is None:
        return False
    later = day.get(number + int((quarter.clears + mean_service(day.values())) // SECONDS))
    return later is not None and later.on_duty > 0


def _unserved(day: Quarters, first: int, last: int) -> bool:
    return any(quarter.unserved for number, quarter in day.items() if first <= number <= last)
