"""When each place of a line comes up, seen from one moment: the expected calls, minute by minute.
Numbers only; `estimator.py` makes one for each moment.

The fluid limit of a many-server line with people leaving (Ibrahim & Whitt, Operations Research 57, 2009):
whoever has x calls to wait for sees x′ = −(pace · staff(t) + ν · x), so that the expected wait is the first
w at which ∫₀ʷ pace · staff(u) · e^(ν·u) du reaches x.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

# Minutes ahead at which the calls are summed up: fine steps first, where precision matters.
GRID = [0, 1, 2, 3, 4.5, 6, 8, 10, 12.5, 15, 20, 25, 30, 37.5, 45, 52.5, 60, 75, 90, 105, 120, 150, 180, 240]
GRID += [300, 360, 480, 600, 720]
WIDE = 16.0  # minutes: a wider step looks at each of its quarters
LEAST_OF_X = 0.25  # the head start of those who serve now never counts for more than the rest
SLOWEST_STEP = 0.2  # of the usual calls, if a servicer goes in the middle of a service


class Outlook:
    def __init__(
        self,
        *,
        pace: float,  # calls per minute of one present servicer
        leaving: float,  # per minute of one waiting person
        head_start: float,  # calls that those present now are ahead
        comes_with: float,  # calls that a newly arriving servicer is ahead
        staff: float,  # present now
        staff_in: Callable[[float], float],  # how many will be present in so many minutes
    ) -> None:
        self._pace, self._leaving, self._head_start = pace, leaving, head_start
        self._comes_with, self._staff, self._staff_in = comes_with, staff, staff_in
        self._calls = [0.0]  # expected by GRID, each weighed by e^(ν·u)

    def minutes_until(self, place: float) -> float:
        """Minutes until the person with so many others ahead is called."""
        x = place + 1.0
        x = max(LEAST_OF_X * x, x - self._head_start)
        while self._calls[-1] < x and len(self._calls) < len(GRID):
            self._look_further()
        if self._calls[-1] <= x:
            return GRID[len(self._calls) - 1]
        step = bisect_right(self._calls, x) - 1
        share = (x - self._calls[step]) / (self._calls[step + 1] - self._calls[step])
        return GRID[step] + share * (GRID[step + 1] - GRID[step])

    def _look_further(self) -> None:
        begin, end = GRID[len(self._calls) - 1], GRID[len(self._calls)]
        staff = self._mean_staff(begin, end)
        calls = staff * self._pace * (end - begin)
        calls = max(SLOWEST_STEP * calls, calls + (staff - self._staff) * self._comes_with)
        self._staff = staff
        self._calls.append(self._calls[-1] + calls * math.exp(self._leaving * (begin + end) / 2))

    def _mean_staff(self, begin: float, end: float) -> float:
        if end - begin <= WIDE:
            width = end - begin
            return (self._staff_in(begin + width / 4) + self._staff_in(end - width / 4)) / 2
        quarters = int((end - begin) // 15)
        return sum(self._staff_in(begin + 15 * i + 7.5) for i in range(quarters)) / quarters
