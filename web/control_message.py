"""A message to everybody waiting: what the servicer typed, checked before it goes into anybody's text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from bot.fit_to_show import fit_to_show
from bot.wording import render, segments, to_gsm
from models.message import TextKind
from models.queues import Queue

LONGEST_NOTE = 140
MOST_SEGMENTS = 2


@dataclass
class Message:
    """The words as typed, in one line; `check` fills `problem`."""

    note: str = ""
    problem: str | None = field(default=None, init=False)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Message":
        return cls(fit_to_show(form.get("note", "")))

    def check(self, queue: Queue) -> bool:
        if not self.note:
            self.problem = _("Write what everybody should know.")
        elif len(self.note) > LONGEST_NOTE:
            self.problem = _(
                "At most %(most)d characters: it has %(count)d.", most=LONGEST_NOTE, count=len(self.note)
            )
        elif not to_gsm(self.note).strip():
            self.problem = _("A text can't carry these signs alone: write it in words.")
        elif segments(text_before(queue) + to_gsm(self.note)) > MOST_SEGMENTS:
            self.problem = _(
                "In letters that every phone can show, that is longer than two texts: shorten it."
            )
        return self.problem is None


def text_before(queue: Queue) -> str:
    """What stands before the message in the text."""
    return render(TextKind.ANNOUNCEMENT, {"queue": queue.name, "note": "."}, queue.business.language)[:-1]
