"""Detects that the pace of calls has changed: soon, and with few false alarms.
Numbers only, fed by `pace.py`.

A two-sided CUSUM (Page, Biometrika 41, 1954) of the log-likelihood ratio between calls that take CHANGE
times as long (or as short) as expected and calls as expected. The minutes per call follow a gamma
distribution. After a false alarm the threshold rises, after a true one it falls.
"""

from __future__ import annotations

import math

CHANGE = 1.5
BELIEVED_AT = math.log(10_000)  # the threshold: log of how much likelier a change must be
FEWEST_CALLS = 3
PROOF_CALLS = 12  # after a detected change: they show whether it was real
HARDER, EASIER = 2.0, 0.5  # factors of the threshold after a false and a true detection
LONGEST = 3.0  # times the expected minutes: one long service is no change


class _Side:
    """The evidence for a change in one direction, and the calls since it began."""

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
        """Add one call after so many servicer-minutes; calls and minutes since the pace changed, if it did.

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
