"""Reads phone numbers as people write them, and masks those that stand in a text.

phonenumbers reads what is typed, with its knowledge of every country's prefixes, lengths and scripts; never a
shortcut of ours.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

from models.people.phone_countries import calling_code_of, country_of
from models.people.phone_numbers import masked

# Digits of any script, whatever stands between them.
DIGITS = re.compile(r"[+＋]?\d(?:[\s().\-/‐-―·]{0,3}\d)+")
DATE = re.compile(r"(?:\d{4}([-./])\d{1,2}\1\d{1,2})|(?:(\d{1,2})([-./])(\d{1,2})\3(?:\d{4}|\d{2}))")
# So many digits are masked in any text; fewer where our own country's phones are shorter.
USUALLY_A_PHONE = 7
SHORTEST = 5


class UnreadablePhone(ValueError):
    """What was typed is no phone number; with `is_incomplete` it is a part of one."""

    def __init__(self, *, is_incomplete: bool) -> None:
        super().__init__("incomplete" if is_incomplete else "no phone number")
        self.is_incomplete = is_incomplete


def read_phone(typed: str, our_number: str = "") -> str:
    """A typed number as E.164, read as in the country of our own number. Raises UnreadablePhone.

    Without a number of ours it must begin with + and the country code. A name behind it is refused:
    phonenumbers would spell it on a dial pad, as the last digits of somebody else's number.
    """
    if phonenumbers.is_alpha_number(typed):
        raise UnreadablePhone(is_incomplete=False)
    try:
        parsed = phonenumbers.parse(typed, _region(our_number))
    except phonenumbers.NumberParseException:
        raise UnreadablePhone(is_incomplete=False) from None
    found = phonenumbers.is_possible_number_with_reason(parsed)
    if found != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise UnreadablePhone(is_incomplete=_is_short(found) and len(ascii_digits(typed)) > SHORTEST)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def ascii_digits(text: str) -> str:
    """The digits of a text, of any script, as 0 to 9."""
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


def without_phones(text: str, our_number: str = "") -> str:
    """The text with everything that looks like a phone number masked, so that it may be stored."""
    shortest = _shortest(our_number)

    def mask(found: re.Match[str]) -> str:
        digits, words = ascii_digits(found.group()), found.group()
        is_international = words[0] in "+＋" and len(digits) >= SHORTEST
        is_phone = is_international or (len(digits) >= shortest and not _is_date(words))
        return masked(digits) if is_phone else words

    return DIGITS.sub(mask, text)


def _region(our_number: str) -> str | None:
    """The country whose way of writing is understood."""
    home = country_of(our_number)
    return home or phonenumbers.region_code_for_country_code(calling_code_of(our_number) or 0)


def _is_short(found: int) -> bool:
    reasons = phonenumbers.ValidationResult
    return found in (reasons.IS_POSSIBLE_LOCAL_ONLY, reasons.TOO_SHORT)


def _is_date(words: str) -> bool:
    found = DATE.fullmatch(words)
    if found is None:
        return False
    day, month = found[2], found[4]
    return day is None or (min(int(day), int(month)) <= 12 and max(int(day), int(month)) <= 31)


@lru_cache(maxsize=256)
def _shortest(our_number: str) -> int:
    """How many digits the shortest mobile phone of our country has, if they are few."""
    home = country_of(our_number)
    known = phonenumbers.PhoneMetadata.metadata_for_region(home) if home else None
    mobile = known.mobile if known else None
    lengths = [length for length in (mobile.possible_length if mobile else ()) if length > 0]
    return max(SHORTEST, min([USUALLY_A_PHONE, *lengths]))
