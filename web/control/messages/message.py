"""A message to everybody waiting, validated before it is put into their texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from bot.wording.contact_details import as_named, has_contact_details
from bot.wording.gsm7 import beyond_gsm, segments, to_gsm, with_code
from bot.wording.rendering import render
from models.queueing.messages.announcements import is_anybody_from_the_desk
from models.queueing.tables.queues import Queue
from models.texts.text_kinds import TextKind
from web.account.proof import PROVE_FIRST

LONGEST_NOTE = 140
MOST_SEGMENTS = 2
MOST_SIGNS_NAMED = 3


@dataclass
class Message:
    """The note as typed, on one line; `check` sets `problem`."""

    note: str = ""
    problem: str | None = field(default=None, init=False)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Message":
        return cls(as_named(form.get("note", "")))

    def check(self, session: Session, queue: Queue, *, may_text: bool = True) -> bool:
        if not may_text:
            self.problem = str(PROVE_FIRST)
        elif not self.note:
            self.problem = _("Write your message first.")
        elif (problem := why_not_text(self.note, text_before(queue), LONGEST_NOTE)) is not None:
            self.problem = problem
        elif has_contact_details(self.note) and is_anybody_from_the_desk(session, queue):
            self.problem = _(
                "Somebody waiting gave their phone number at the desk and has never texted you. While "
                "they wait, leave out web addresses, email addresses and phone numbers."
            )
        return self.problem is None


def text_before(queue: Queue) -> str:
    """The part of the text before the message."""
    return render(TextKind.ANNOUNCEMENT, {"queue": queue.name, "note": "."}, queue.business.language)[:-1]


def why_not_text(note: str, before: str, longest: int) -> str | None:
    """Why a text that begins with `before` can't carry this; None if it can."""
    if len(note) > longest:
        return _("That's %(count)d characters. Use at most %(most)d.", most=longest, count=len(note))
    if not to_gsm(note).strip():
        return _("A text can't show %(signs)s. Write it in words.", signs=_named(beyond_gsm(note)))
    if segments(before + to_gsm(note)) > MOST_SEGMENTS:
        return _("That takes more than two texts. Shorten it.")
    return None


def left_out(note: str) -> str | None:
    """Which signs an SMS with this goes without, for whoever has just sent it; None if it has them all."""
    signs = [sign for sign in beyond_gsm(note) if not to_gsm(sign).strip()]
    return _("An SMS leaves out %(signs)s.", signs=_named(signs)) if signs else None


def _named(signs: list[str]) -> str:
    return ", ".join(with_code(sign) for sign in signs[:MOST_SIGNS_NAMED])
