"""The newest of what a customer and the counter said to each other, as it stands beside their number."""

from dataclasses import dataclass

from models.texts.remarks import Remark

LONGEST_SHOWN = 160  # the ticket's page has all of it


@dataclass(frozen=True)
class Bubble:
    remark_id: int
    words: str
    is_by_customer: bool
    unanswered: int  # how many of theirs nobody has answered

    @property
    def before(self) -> int:
        """How many unanswered ones came before the one that is shown."""
        return max(0, self.unanswered - 1) if self.is_by_customer else 0


def bubble_of(remark: Remark | None, unanswered: int) -> Bubble | None:
    if remark is None or not remark.words:  # erased
        return None
    words = remark.words
    shown = words if len(words) <= LONGEST_SHOWN else words[: LONGEST_SHOWN - 1].rstrip() + "…"
    return Bubble(remark.id, shown, remark.is_by_customer, unanswered)
