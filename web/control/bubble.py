"""What stands beside a number: the newest of what customer and counter said, the answer, the note."""

from dataclasses import dataclass

from models.queueing.tables.tickets import Ticket
from models.texts.remarks import Remark

# The ticket's page has all of it.
LONGEST_SHOWN = 160
LONGEST_NOTE_SHOWN = 80


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
    shown = _shortened(remark.words, LONGEST_SHOWN)
    return Bubble(remark.id, shown, remark.is_by_customer, unanswered)


def note_of(ticket: Ticket) -> str:
    """On a row; under Now serving there is room for all of it."""
    return _shortened(ticket.note or "", LONGEST_NOTE_SHOWN)


def answer_of(ticket: Ticket) -> str:
    """To the queue's question, on a row."""
    return _shortened(ticket.answer or "", LONGEST_NOTE_SHOWN)


def _shortened(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
