"""Names that would make a megaphone of our mails and texts: with an address of a site or a phone in them.

Asked of every name that we mail or text to people who did not write to us first. Pure.
"""

import re

# A dot with letters on both sides, as in shop.example; "Dr. Ana", "J.R." and "S.L." stay names.
_ADDRESS = re.compile(r"://|\bwww\.|@|[\w-]\.[^\W\d_]{2,}", re.IGNORECASE)
MOST_DIGITS = 6  # in a row, whatever stands between them: "Studio 54", "Route 66, 2nd floor"
_DIGITS = re.compile(rf"(?:\d[\s().,/-]*){{{MOST_DIGITS + 1}}}")


def has_contact_details(name: str) -> bool:
    return bool(_ADDRESS.search(name) or _DIGITS.search(name))
