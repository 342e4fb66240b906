"""What was unusual about a day or a week: plain rules that compare its figures with those before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.statistics.day_events import DayTexts
from models.statistics.distributions import Count, Tally

LONGER = 1.5  # times the usual median wait
MORE = 2.0  # times as many gave up, or came late
BUSIER = 1.5  # times as many came
LEAST_KEPT = 0.7
MANY_FAILED = 0.02  # of the texts; there is always somebody whose phone is off
# With fewer people a rule would give false alarms.
FEWEST_CALLED = 5
FEWEST_PROMISED = 10
MINUTES_LONGER = 3
FEWEST_GAVE_UP = 3
FEWEST_MORE = 10
FEWEST_SAVED = 5
FEWEST_UNHEARD = 5  # wrote to the counter
LEAST_ANSWERED = 0.5


class Unusual(StrEnum):
    LONG_WAIT = "long_wait"
    MANY_GAVE_UP = "many_gave_up"
    BROKEN_PROMISES = "broken_promises"
    FAILED_TEXTS = "failed_texts"
    UNHEARD = "unheard"
    CAME_LATE = "came_late"
    BUSY = "busy"


@dataclass(frozen=True)
class Usual:
    """The averages of the days before; None if nobody came on any of them."""

    wait: float | None = None  # seconds, the median of everybody
    joined: float | None = None  # on average
    gave_up: float | None = None
    saved: float | None = None  # by Coming

    def times(self, count: int) -> "Usual":
        """The usual of so many such days together."""
        return Usual(
            self.wait,
            None if self.joined is None else self.joined * count,
            None if self.gave_up is None else self.gave_up * count,
            None if self.saved is None else self.saved * count,
        )


def usual_of(before: Sequence[Tally]) -> Usual:
    """Averages over the days with customers: on the others the business was closed."""
    active = [tally for tally in before if tally[Count.JOINED]]
    if not active:
        return Usual()
    together = Tally()
    for tally in active:
        together += tally
    return Usual(
        wait=together.wait.median,
        joined=together[Count.JOINED] / len(active),
        gave_up=together[Count.GAVE_UP] / len(active),
        saved=together[Count.SAVED] / len(active),
    )


def unusual(tally: Tally, usual: Usual, texts: DayTexts) -> list[dict[str, Any]]:
    """Each unusual thing, with the figures that its sentence needs; the worst for customers first."""
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
    said, answered = tally[Count.SAID], tally.answer.n
    if said >= FEWEST_UNHEARD and answered < LEAST_ANSWERED * said:
        found.append((Unusual.UNHEARD, {"count": said, "answered": answered}))
    saved = tally[Count.SAVED]
    if usual.saved is not None and saved >= FEWEST_SAVED and saved > MORE * usual.saved:
        found.append((Unusual.CAME_LATE, {"count": saved, "usual": round(usual.saved)}))
    if usual.joined is not None and joined > BUSIER * usual.joined and joined - usual.joined >= FEWEST_MORE:
        found.append((Unusual.BUSY, {"count": joined, "usual": round(usual.joined)}))
    return [{"kind": str(kind)} | facts for kind, facts in found]


def _times(longer: float, usual: float) -> float | None:
    """How many times as long, to one decimal; None if the usual is less than a minute."""
    return round(longer / usual, 1) if usual >= 60 else None
