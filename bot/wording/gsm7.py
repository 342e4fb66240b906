"""GSM-7, the letters of a cheap text: what a text costs in segments, and how others are transliterated.

Source: 3GPP TS 23.038, and https://www.twilio.com/docs/glossary/what-sms-character-limit for the billing.
"""

import re
import unicodedata
from collections.abc import Sequence

from anyascii import anyascii


def to_gsm(text: str) -> str:
    """The text in letters that cost no extra segments: á becomes a, quotes are straightened.

    What can't be said, such as an emoji, leaves no gap before the sign that follows it.
    """
    if GSM_TEXT.fullmatch(text):
        return text
    plain = "".join(_letter_in_gsm(c) for c in unicodedata.normalize("NFC", text))
    return _GAP.sub(_closed, plain) if UNSAID in plain else plain


def in_plain_words(signs: str) -> str:
    """What signs show, in English words: 💈 is "barber"."""
    return " ".join(anyascii(signs).replace(":", " ").split())


def beyond_gsm(text: str) -> list[str]:
    """The signs that would cut a text to 70 letters, each once; an emoji of several code points is one."""
    found = [sign for sign in _signs_of(text) if not GSM_TEXT.fullmatch(unicodedata.normalize("NFC", sign))]
    return list(dict.fromkeys(found))


def with_code(sign: str) -> str:
    """A sign and its code points, for whoever has no font that shows it: ✂️ (U+2702)."""
    codes = [f"U+{ord(c):04X}" for c in sign if c not in SELECTORS]
    return f"{sign} ({' '.join(codes)})" if codes else " ".join(f"U+{ord(c):04X}" for c in sign)


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
UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Me"))
SIGNS = frozenset(("So", "Sk"))
# Stands for a sign until the gap around it is closed; a control, which no text has.
UNSAID = "\x00"
JOINER = "\u200d"
SELECTORS = JOINER + "\ufe0e\ufe0f"  # choose how the sign before them is drawn, or join it to the next
SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))  # two make a flag
_GAP = re.compile(rf"[ (]*{UNSAID}[ {UNSAID}]*\)?")


def _signs_of(text: str) -> list[str]:
    """The text cut where a reader sees one sign end: marks, selectors and skin tones stay with theirs."""
    signs: list[str] = []
    for letter in text:
        goes_on = letter in SELECTORS or letter in SKIN_TONES or unicodedata.category(letter) in ("Mn", "Me")
        ends_flag = letter in FLAG_LETTERS and signs and signs[-1] in FLAG_LETTERS
        if signs and (goes_on or ends_flag or signs[-1].endswith(JOINER)):
            signs[-1] += letter
        else:
            signs.append(letter)
    return signs


def _letter_in_gsm(letter: str) -> str:
    if letter in GSM_BASIC or letter in GSM_EXTENSION:
        return letter
    if letter.isspace():
        return " "
    category = unicodedata.category(letter)
    if letter != "`" and category in SIGNS:
        return UNSAID  # an emoji's name in full would be longer than the person's
    if letter != "`" and category in UNSPOKEN:
        return ""
    said = anyascii(letter).replace("`", "'")
    # Many alphabets write their vowels as marks; accents and signs of sound are nothing by themselves.
    return said if category != "Mn" or said.isalpha() else ""


def _closed(gap: "re.Match[str]") -> str:
    """What stays where a sign was: a space between words, a bracket that holds more than the sign."""
    words, before, after = gap.group(), gap.string[: gap.start()], gap.string[gap.end() :]
    opens, closes = "(" in words, words.endswith(")")
    is_apart = " " in words or (before[-1:].isalnum() and after[:1].isalnum())
    space = " " if is_apart and before and after[:1] not in ("", *".,;:!?)]") else ""
    if opens == closes:
        return space
    return f"{space}(" if opens else ")"


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
