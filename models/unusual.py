"""What of a day or a week was not as usual: plain rules over figures, its own and those before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.day_events import DayTexts
from models.statistics import Count, Tally

LONGER = 1.5  # times the usual median wait
MORE = 2.0  # times as many gave up
BUSIER = 1.5  # times as many came
LEAST_KEPT = 0.7
MANY_FAILED = 0.02  # of the texts; there is always somebody whose phone is off
# A rule about a handful of people would cry wolf.
FEWEST_CALLED = 5
FEWEST_PROMISED = 10
MINUTES_LONGER = 3
FEWEST_GAVE_UP = 3
FEWEST_MORE = 10


class Unusual(StrEnum):
    LONG_WAIT = "long_wait"
    MANY_GAVE_UP = "many_gave_up"
    BROKEN_PROMISES = "broken_promises"
    FAILED_TEXTS = "failed_texts"
    BUSY = "busy"


@dataclass(frozen=True)
class Usual:
    """What the times before were like; None where there was none with anybody."""

    wait: float | None = None  # seconds, the median of everybody
    joined: float | None = None  # on average
    gave_up: float | None = None

    def times(self, count: int) -> "Usual":
        """Of so many such times together."""
        return Usual(
            self.wait,
            None if self.joined is None else self.joined * count,
            None if self.gave_up is None else self.gave_up * count,
        )


def usual_of(before: Sequence[Tally]) -> Usual:
    """Times at which nobody came were closed, and are no measure."""
    lively = [tally for tally in before if tally[Count.JOINED]]
    if not lively:
        return Usual()
    together = Tally()
    for tally in lively:
        together += tally
    return Usual(
        wait=together.wait.median,
        joined=together[Count.JOINED] / len(lively),
        gave_up=together[Count.GAVE_UP] / len(lively),
    )


def unusual(tally: Tally, usual: Usual, texts: DayTexts) -> list[dict[str, Any]]:
    """Each thing that stands out, with the figures that its sentence needs; the worst for people first."""
    found: list[tuple[Unusual, dict[str, Any]]] = []
    wait, gave_up, joined, kept = tally.wait, tally[Count.GAVE_UP], tally[Count.JOINED], tally.kept_share
    if (
        wait.median is not None
        and usual.wait is not None
        and wait.n >= FEWEST_CALLED
        and wait.median > LONGER * usual.wait
        and wait.median - usual.wait >= MINUTES_LONGER * 60
    ):
        found.append((Unusual.LONG_WAIT, {"times": _times(wait.median, usual.wait)}))
    if usual.gave_up is not None and gave_up >= FEWEST_GAVE_UP and gave_up > MORE * usual.gave_up:
        found.append((Unusual.MANY_GAVE_UP, {"count": gave_up, "usual": round(usual.gave_up)}))
    scored = tally[Count.KEPT] + tally[Count.EARLY] + tally[Count.LATE]
    if kept is not None and scored >= FEWEST_PROMISED and kept < LEAST_KEPT:
        facts = {"percent": int(kept * 100), "late": tally[Count.LATE], "early": tally[Count.EARLY]}
        found.append((Unusual.BROKEN_PROMISES, facts))
    if texts.failed > MANY_FAILED * texts.sent:
        found.append((Unusual.FAILED_TEXTS, {"count": texts.failed}))
    if usual.joined is not None and joined > BUSIER * usual.joined and joined - usual.joined >= FEWEST_MORE:
        found.append((Unusual.BUSY, {"count": joined, "usual": round(usual.joined)}))
    return [{"kind": str(kind)} | facts for kind, facts in found]


def _times(longer: float, usual: float) -> float | None:
    """How many times as long, to one digit; None where the usual is next to nothing."""
    return round(longer / usual, 1) if usual >= 60 else None
