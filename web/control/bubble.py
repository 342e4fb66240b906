"""What stands beside a number: what was said last, the answer, the note, and which visit it is."""

from typing import NamedTuple

from flask_babel import gettext as _

# The ticket's page has all of it.
LONGEST_SHOWN = 160
LONGEST_NOTE_SHOWN = 80


class Bubble(NamedTuple):
    remark_id: int
    words: str
    is_by_customer: bool
    unanswered: int  # how many of theirs nobody has answered

    @property
    def before(self) -> int:
        """How many unanswered ones came before the one that is shown."""
        return max(0, self.unanswered - 1) if self.is_by_customer else 0


def bubble(remark_id: int, words: str, is_by_customer: bool, unanswered: int) -> Bubble:
    return Bubble(remark_id, _shortened(words, LONGEST_SHOWN), is_by_customer, unanswered)


def note_of(note: str | None) -> str:
    """On a row; under Now serving there is room for all of it."""
    return _shortened(note or "", LONGEST_NOTE_SHOWN)


def answer_of(answer: str | None) -> str:
    """To the queue's question, on a row."""
    return _shortened(answer or "", LONGEST_NOTE_SHOWN)


def visit_of(visit: int | None) -> str:
    """As in: 3rd visit. Nothing of the first, which may only be the first that we know of."""
    if visit is None or visit == 1:
        return ""
    is_teen = visit % 100 in (11, 12, 13)
    match 0 if is_teen else visit % 10:
        case 1:
            return _("%(count)sst visit", count=visit)
        case 2:
            return _("%(count)snd visit", count=visit)
        case 3:
            return _("%(count)srd visit", count=visit)
    return _("%(count)sth visit", count=visit)


def _shortened(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
