"""The usual number of servicers in each quarter of an hour of the day, to predict later staffing.
Numbers only, fed by `estimator.py`. No other input improves the estimates as much."""

from __future__ import annotations

import math

QUARTER = 15.0  # minutes
QUARTERS = 96
KEPT_PER_DAY = 0.9  # the usual number adapts within some ten days
FEWEST_MINUTES = 3.0  # of evidence, before a quarter counts as known
FLOOR = 0.7  # share of those present now who stay, unless usually more than half of them go
# Time constants (minutes) of today's difference from the usual: extra people stay longer than missing ones.
FADES_ABOVE, FADES_BELOW, FADES_WITH_NOBODY = 10.0, 5.0, 5.0


class UsualStaff:
    """Mean number of servicers present per quarter of the day, over recent days.

    Minutes count only once somebody waits or is called: an empty hall before closing is no evidence.
    """

    def __init__(self) -> None:
        self.present = [0.0] * QUARTERS  # servicer-minutes
        self.minutes = [0.0] * QUARTERS
        self.pending: list[list[float]] = []  # quarter, servicer-minutes, minutes

    def add(self, quarter: int, present: float, minutes: float) -> None:
        self.pending.append([quarter % QUARTERS, present, minutes])

    def confirm(self) -> None:
        """The day has not ended yet: pending minutes count."""
        for quarter, present, minutes in self.pending:
            self.present[int(quarter)] += present
            self.minutes[int(quarter)] += minutes
        self.pending.clear()

    def new_day(self) -> None:
        self.pending.clear()
        self.present = [each * KEPT_PER_DAY for each in self.present]
        self.minutes = [each * KEPT_PER_DAY for each in self.minutes]

    def at(self, quarter: int) -> float | None:
        quarter %= QUARTERS
        if self.minutes[quarter] <= FEWEST_MINUTES:
            return None
        return self.present[quarter] / self.minutes[quarter]

    def ahead(self, quarter: int, minutes: float, now: float, usual_now: float) -> float | None:
        """How many will be present in so many minutes, in that quarter; None if it is not known.

        max(floor, usual + (now − usual now) · e^(−minutes / τ)), where the floor is 0.7 · now, or 0 when
        the counter usually empties: a lunch hour for all, the end of the day.
        """
        usual = self.at(quarter)
        if usual is None:
            return None
        more = now - usual_now
        fades = FADES_WITH_NOBODY if now == 0 else FADES_ABOVE if more > 0 else FADES_BELOW
        floor = FLOOR * now if usual >= usual_now / 2 else 0.0
        return max(floor, usual + more * math.exp(-minutes / fades))
