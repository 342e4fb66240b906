"""GSM-7, the letters of a cheap text: what a text costs in segments, and how others are transliterated.

Source: 3GPP TS 23.038, and https://www.twilio.com/docs/glossary/what-sms-character-limit for the billing.
"""

import re
import unicodedata
from collections.abc import Sequence

from anyascii import anyascii


def to_gsm(text: str) -> str:
    """The text in letters that cost no extra segments: á becomes a, quotes are straightened."""
    if GSM_TEXT.fullmatch(text):
        return text
    return "".join(_letter_in_gsm(c) for c in unicodedata.normalize("NFC", text))


def segments(text: str) -> int:
    """How many segments the carrier sends and bills: of 160 or 153 in GSM-7, of 70 or 67 in UCS-2."""
    if GSM_TEXT.fullmatch(text):
        if not any(c in text for c in GSM_EXTENSION):
            return -(-len(text) // (160 if len(text) <= 160 else 153))
        return _parts([2 if c in GSM_EXTENSION else 1 for c in text], alone=160, each=153)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], alone=70, each=67)


GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = "\f^{}\\[~]|€"
GSM_TEXT = re.compile("[" + re.escape(GSM_BASIC + GSM_EXTENSION) + "]*")
UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "So", "Sk"))


def _letter_in_gsm(letter: str) -> str:
    if letter in GSM_BASIC or letter in GSM_EXTENSION:
        return letter
    if letter.isspace():
        return " "
    if letter != "`" and unicodedata.category(letter) in UNSPOKEN:
        return ""  # an emoji's name in full would be longer than the person's
    return anyascii(letter).replace("`", "'")


def _parts(costs: Sequence[int], *, alone: int, each: int) -> int:
    """A letter that costs two is never split between two segments."""
    if sum(costs) <= alone:
        return 1 if costs else 0
    count, room = 1, each
    for cost in costs:
        if cost > room:
            count, room = count + 1, each
        room -= cost
    return count
