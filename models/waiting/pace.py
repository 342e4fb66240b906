"""How fast a counter calls people: pace per servicer, differences in speed, regularity, and abandonment.
Numbers only, fed by `estimator.py`; knows neither tickets nor the time of day.

Pace, not service time, decides how fast a line moves: calls per servicer-minute *while somebody was waiting*
include the walk to the counter, small breaks and no-shows.
"""

from __future__ import annotations

import math

from models.waiting.change_detection import ChangeWatch

Servicer = int | str

OWNERS_GUESS = 4.0  # the owner's minutes per customer count as so many customers
CALLS_TO_KNOW = 40.0  # of which on the guess is a tenth of the estimate at most
# Prior weight of the long-run pace, in calls; lower once a change was detected, as then it proves little.
SHRINK, SHRINK_AFTER_CHANGE = 90.0, 6.0
LONG_HALF_LIFE, RECENT_HALF_LIFE = 3000.0, 60.0  # calls, after which evidence counts half
KEPT_OVERNIGHT = 0.2  # share of the recent evidence: yesterday says little about today
FASTEST = 60.0  # calls per servicer-minute; only a mistake is faster


class Pace:
    """Calls per servicer-minute: (n + recent calls) / (n / long-run pace + recent servicer-minutes).

    An empirical Bayes estimate, with a Gamma prior of weight n (SHRINK) centred on the long run, which
    itself begins as the owner's guess. A service while nobody waits may take its time: its length can only
    show that the guess was too high.
    """

    def __init__(self, hint_minutes: float) -> None:
        self.hint = hint_minutes
        self.long_calls = self.long_minutes = 0.0
        self.recent_calls = self.recent_minutes = 0.0
        self.shrink = SHRINK
        self.minutes_since_call = 0.0
        self.watch = ChangeWatch()
        self.quiet_services, self.quiet_minutes = OWNERS_GUESS, OWNERS_GUESS * hint_minutes

    def rate(self, more_minutes: float = 0.0) -> float:
        """The pace, if `more_minutes` servicer-minutes have passed without a call."""
        guess = min(self.hint, self.quiet_minutes / self.quiet_services)
        long_minutes = OWNERS_GUESS * guess + self.long_minutes + more_minutes
        long_run = min(FASTEST, (OWNERS_GUESS + self.long_calls) / long_minutes)
        return (self.shrink + self.recent_calls) / (
            self.shrink / long_run + self.recent_minutes + more_minutes
        )

    def learned_minutes(self) -> float | None:
        """Minutes from one call to the next while people waited; None while the owner's guess weighs much."""
        return 1 / self.rate() if self.long_calls >= CALLS_TO_KNOW else None

    def work(self, minutes: float) -> None:
        """So many servicer-minutes passed while somebody waited."""
        self.long_minutes += minutes
        self.recent_minutes += minutes
        self.minutes_since_call += minutes

    def call(self, variation: float) -> None:
        """Somebody who had waited was called; `variation` as in ChangeWatch."""
        changed = self.watch.add(self.minutes_since_call, 1 / self.rate(), variation)
        self.minutes_since_call = 0.0
        self.long_calls = self.long_calls * _LONG + 1.0
        self.long_minutes *= _LONG
        self.recent_calls = self.recent_calls * _RECENT + 1.0
        self.recent_minutes *= _RECENT
        if changed:
            self.recent_calls, self.recent_minutes = changed
            self.shrink = SHRINK_AFTER_CHANGE

    def serve_in_quiet(self, minutes: float) -> None:
        """A service took so long while nobody waited."""
        self.quiet_services = self.quiet_services * _RECENT + 1.0
        self.quiet_minutes = self.quiet_minutes * _RECENT + minutes

    def sleep(self) -> None:
        """A night passed."""
        self.recent_calls *= KEPT_OVERNIGHT
        self.recent_minutes *= KEPT_OVERNIGHT
        self.shrink = SHRINK


_LONG, _RECENT = 0.5 ** (1 / LONG_HALF_LIFE), 0.5 ** (1 / RECENT_HALF_LIFE)

SPEED_SHRINK = 30.0  # calls: every servicer is assumed to be like the others at first
SPEED_MEMORY = 600.0  # expected calls, after which a servicer's past counts half


class Speeds:
    """How much quicker than the others each servicer is: (n + calls made) / (n + calls expected)."""

    def __init__(self) -> None:
        self.made: dict[Servicer, float] = {}
        self.expected: dict[Servicer, float] = {}

    def of(self, servicer: Servicer) -> float:
        made, expected = self.made.get(servicer, 0.0), self.expected.get(servicer, 0.0)
        return (SPEED_SHRINK + made) / (SPEED_SHRINK + expected)

    def expect(self, servicer: Servicer, calls: float) -> None:
        self.expected[servicer] = self.expected.get(servicer, 0.0) + calls

    def call(self, servicer: Servicer) -> None:
        self.made[servicer] = self.made.get(servicer, 0.0) + 1.0
        if self.expected.get(servicer, 0.0) > SPEED_MEMORY:
            self.expected[servicer] *= 0.5
            self.made[servicer] *= 0.5


class Cycles:
    """How irregular a servicer's times from one call to the next are, while people waited throughout.

    The squared coefficient of variation of cycles measured in mean cycles, remembering some 500 of them.
    """

    MEMORY = 0.998
    LONGEST = 5.0  # mean cycles: beyond that it was a break
    PRIOR_CYCLES, PRIOR_CV = 20.0, 0.8  # services of most counters vary a little less than exponentially

    def __init__(self) -> None:
        self.count = self.sum = self.PRIOR_CYCLES
        self.squares = self.PRIOR_CYCLES * (1 + self.PRIOR_CV**2)

    def add(self, cycle: float) -> None:
        """One cycle, in mean cycles."""
        cycle = min(self.LONGEST, cycle)
        self.count = self.count * self.MEMORY + 1
        self.sum = self.sum * self.MEMORY + cycle
        self.squares = self.squares * self.MEMORY + cycle * cycle

    def variation(self) -> float:
        """The squared coefficient of variation, limited to 0.05 (nearly regular) … 1.5 (exponential is 1)."""
        mean = self.sum / self.count
        return min(1.5, max(0.05, self.squares / self.count / mean**2 - 1))

    def about_to_call(self) -> float:
        """Calls that a servicer who calls next is ahead of one met at a random moment: (1 + cv²) / 2.

        Renewal theory (Cox, Renewal Theory, 1962, chapter 4): n calls take (n − that) mean cycles then.
        """
        return (1 + self.variation()) / 2

    def head_start(self, served_for: float) -> float:
        """The same for a servicer who has served somebody for so many mean cycles.

        Just begun: (cv² − 1) / 2; long since begun: (1 − cv²) / 2; in between by an exponential.
        """
        variation = self.variation()
        return (1 - variation) / 2 - (1 - variation) * math.exp(-1.3 * served_for)


class Patience:
    """The abandonment rate: people who leave per minute of waiting, at most one in two minutes."""

    def __init__(self) -> None:
        self.left = 0.2  # the prior: one leaves in five hours of waiting
        self.minutes = 60.0

    def rate(self) -> float:
        return min(0.5, self.left / self.minutes)
