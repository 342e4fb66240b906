"""How long people waited, with those counted in who gave up: the Kaplan–Meier estimate.

Who leaves after 20 minutes would have waited longer than that: a censored wait. Leaving it out makes
a counter where people give up look quicker than it is; counting it as 20 minutes does so too. Pure.
"""

from collections.abc import Sequence


def median_wait(called: Sequence[float], gave_up: Sequence[float]) -> float | None:
    """The wait after which half of all who came would have been called; None where it was never half.

    `called` are waits that ended with the call, `gave_up` those that ended without one; both ordered.
    Source: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations (1958). Who gives up
    at the very moment somebody else is called still waited at it.
    """
    waiting = 1.0
    given_up = same = 0
    for index, wait in enumerate(called):
        same += 1
        if index + 1 < len(called) and called[index + 1] == wait:
            continue
        while given_up < len(gave_up) and gave_up[given_up] < wait:
            given_up += 1
        at_risk = len(called) - (index + 1 - same) + len(gave_up) - given_up
        waiting *= 1 - same / at_risk
        if waiting <= 0.5 + ROUNDING:
            return wait
        same = 0
    return None


# 0.5 made of fractions may come out as a little more.
ROUNDING = 1e-12
