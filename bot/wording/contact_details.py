"""Names that would make a megaphone of our mails and texts: with an address of a site or a phone in them.

Asked of every name that we mail or text to people who did not write to us first. Pure.
"""

import re

from bot.sanitizing import sanitized
from bot.wording.gsm7 import to_gsm

# A dot with letters on both sides, or four numbers with dots; "Dr. Ana", "J.R." and "S.L." stay names.
_ADDRESS = re.compile(r"://|\bwww\.|@|[\w-]\.[^\W\d_]{2,}|\d(\.\d{1,3}){3}", re.IGNORECASE)
MOST_DIGITS = 6  # in a row, whatever stands between them: "Studio 54", "Route 66, 2nd floor"
_DIGITS = re.compile(rf"(?:\d[\W_]*){{{MOST_DIGITS + 1}}}")
# Before a name, in the languages of our texts: "St.Mary" is no address, and a phone makes none of "St. Mary".
_ABBREVIATED = re.compile(
    r"\b(?:ste?|st[ao]|dra?|mrs?|ms|mx|profa?|sra?|srta|jr|fr|br|mme|mlle|hr|ing|dipl|lic|arq|rev|mt|ft)"
    r"\.(?=[^\W\d_])",
    re.IGNORECASE,
)


def as_named(typed: str) -> str:
    """Sanitized, and with a space after an abbreviation's dot: so it stays no link, whatever follows."""
    return _ABBREVIATED.sub(r"\g<0> ", sanitized(typed))


def has_contact_details(name: str) -> bool:
    """As it is typed, and as a text says it: its other dots and digits become plain ones there."""
    return any(_ADDRESS.search(said) or _DIGITS.search(said) for said in (name, to_gsm(name)))
