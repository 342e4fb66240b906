"""How long people waited, with those counted in who gave up: the Kaplan–Meier estimate.

Who leaves after 20 minutes would have waited longer than that: a censored wait. Leaving it out makes
a counter where people give up look quicker than it is; counting it as 20 minutes does so too. Pure.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, inf


def median_wait(called: Sequence[float], gave_up: Sequence[float]) -> float | None:
    """The wait after which half of all who came would have been called; None where it was never half.

    `called` are waits that ended with the call, `gave_up` those that ended without one; both ordered.
    Source: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations (1958). Who gives up
    at the very moment somebody else is called still waited at it.
    """
    waiting, begun = 1.0, 0
    for given_up, limit in enumerate([*gave_up, inf]):
        # Nobody leaves between these calls, so that their shares (r-1)/r, (r-2)/(r-1) … make one.
        end = bisect_right(called, limit, begun)
        at_risk = len(called) - begun + len(gave_up) - given_up
        if end > begun and waiting * (at_risk - end + begun) / at_risk <= HALF:
            calls = ceil(at_risk * (1 - HALF / waiting))
            return called[begun + max(1, calls) - 1]
        waiting *= (at_risk - end + begun) / at_risk if at_risk else 1
        begun = end
    return None


# Made of fractions it may come out as a little more.
HALF = 0.5 + 1e-12
