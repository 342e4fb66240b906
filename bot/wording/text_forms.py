"""How a text is written for what carries it: as an SMS, in segments of GSM-7, or as a message of a chat.

A chat (WhatsApp, RCS) shows every letter and any length; its own words, templates/chat/, are longer.
"""

import re
import unicodedata
from typing import NamedTuple

from bot.wording.gsm7 import UNSPOKEN, segments, to_gsm
from models.people.addresses import Channel

MOST_SEGMENTS = 2
MOST_LETTERS = 1_000  # the carrier takes 1,600
# Where a chat's templates begin a new line; an SMS has none.
NEW_LINE = "¶"
JOINERS = "\u200c\u200d\ufe0f"  # hold an emoji or a script's letters together


class TextForm(NamedTuple):
    """What differs between the forms. `folder` is that of the words, before those of an SMS."""

    folder: str
    has_segments: bool

    def spelt(self, text: str) -> str:
        """In the letters that this form can carry."""
        if self.has_segments:
            return to_gsm(text)
        written = unicodedata.normalize("NFC", text)
        if written.isascii() and written.isprintable():  # as most texts, and nothing of them unspoken
            return written
        return "".join(c for c in written if c.isspace() or c in JOINERS or not _is_unspoken(c))

    def laid_out(self, rendered: str) -> str:
        """The rendered template without its own line breaks and gaps."""
        if self.has_segments:
            return " ".join(rendered.split())
        lines = (" ".join(line.split()) for line in rendered.split(NEW_LINE))
        return "\n".join(line for line in lines if line)

    def fits(self, text: str) -> bool:
        return segments(text) <= MOST_SEGMENTS if self.has_segments else len(text) <= MOST_LETTERS

    def billed(self, text: str) -> int:
        """How often the carrier bills it: each segment of an SMS, or one message."""
        return segments(text) if self.has_segments else 1


AS_SMS = TextForm("sms", has_segments=True)
AS_CHAT = TextForm("chat", has_segments=False)


def form_for(channel: Channel) -> TextForm:
    return AS_SMS if channel.has_segments else AS_CHAT


def _is_unspoken(letter: str) -> bool:
    return unicodedata.category(letter) in UNSPOKEN


def without_phrase(text: str, phrase: re.Pattern[str], instead: str) -> str:
    """The text without a phrase, however it is spelt: with curly quotes, accents, wide letters."""
    folded = to_gsm(text)
    return phrase.sub(instead, folded) if phrase.search(folded) else text
