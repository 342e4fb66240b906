"""Notices that the pace has really changed: soon, and seldom in vain.
Numbers only, fed by `waiting_pace.py`.

A two-sided CUSUM (Page, Biometrika 41, 1954) of the log-likelihood that calls take CHANGE times as long, or
as short, as expected against that they don't. The minutes of a call follow a gamma distribution. Where
changes that were believed turned out to be none, more must come together before the next is believed.
"""

from __future__ import annotations

import math

CHANGE = 1.5
BELIEVED_AT = math.log(10_000)  # the logarithm of how much likelier a change must be
FEWEST_CALLS = 3
PROOF_CALLS = 12  # after a change, that show whether it was one
HARDER, EASIER = 2.0, 0.5  # the factors by which to believe the next, after a wrong and a right one
LONGEST = 3.0  # expected times: one long service is no change


class _Side:
    """The calls that speak for a change to one side, since the first that did."""

    def __init__(self) -> None:
        self.evidence = self.calls = self.minutes = 0.0

    def add(self, evidence: float, minutes: float) -> None:
        self.evidence = max(0.0, self.evidence + evidence)
        self.calls, self.minutes = (self.calls + 1, self.minutes + minutes) if self.evidence else (0.0, 0.0)


class _Trial:
    """Whether the calls after a change fit the new minutes per call better than the old."""

    def __init__(self) -> None:
        self.calls_left, self.old, self.new, self.for_new = 0, 1.0, 1.0, 0.0

    def add(self, minutes: float) -> None:
        self.calls_left -= 1
        self.for_new += math.log(self.old / self.new) + minutes / self.old - minutes / self.new


class ChangeWatch:
    def __init__(self) -> None:
        self.slower, self.quicker, self.trial = _Side(), _Side(), _Trial()
        self.believed_at = BELIEVED_AT

    def add(self, minutes: float, expected: float, variation: float) -> tuple[float, float] | None:
        """One call after so many servicer-minutes; all calls and minutes since the pace changed, if it has.

        `variation` is the usual squared coefficient of variation of the minutes of a call.
        """
        minutes = min(minutes, LONGEST * expected)
        self._prove(minutes)
        share = minutes / expected
        step = math.log(CHANGE)
        self.slower.add((share * (1 - 1 / CHANGE) - step) / variation, minutes)
        self.quicker.add((step - share * (CHANGE - 1)) / variation, minutes)
        for side in (self.slower, self.quicker):
            if side.evidence > self.believed_at and side.calls >= FEWEST_CALLS and side.minutes:
                self._believe(expected, side.minutes / side.calls)
                self.slower, self.quicker = _Side(), _Side()
                return side.calls, side.minutes
        return None

    def _believe(self, old: float, new: float) -> None:
        if self.trial.calls_left == 0:
            self.trial.calls_left, self.trial.for_new = PROOF_CALLS, 0.0
            self.trial.old, self.trial.new = old, new

    def _prove(self, minutes: float) -> None:
        if self.trial.calls_left == 0:
            return
        self.trial.add(minutes)
        if self.trial.calls_left == 0:
            factor = EASIER if self.trial.for_new > 0 else HARDER
            self.believed_at = min(1000.0, max(BELIEVED_AT, self.believed_at * factor))
