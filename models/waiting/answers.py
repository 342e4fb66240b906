"""What the estimator answers, and what it keeps of its answers."""

from enum import StrEnum
from typing import NamedTuple

from models.waiting.error_range import Guess
from models.waiting.outlook import Outlook

Estimate = tuple[float, float, float]


class WaitState(StrEnum):
    """Whether an estimate may be shown as it is."""

    OK = "ok"
    STALLED = "stalled"  # people wait, servicers are on duty, and nobody has been called for long
    UNSTAFFED = "unstaffed"  # nobody is on duty


class Told(NamedTuple):
    """The estimate that somebody got on joining."""

    at: float
    guess: Guess
    low: float
    high: float


class Moment(NamedTuple):
    """What is computed once for all questions asked at one moment."""

    now: float
    minutes_per_call: float
    outlook: Outlook
