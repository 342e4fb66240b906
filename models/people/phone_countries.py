"""Which countries' phones may join: ALLOWED_COUNTRIES, or else the country of our own number with whatever
shares its phones.

Uses phonenumbers, as typed_phones.py does; stores nothing.
"""

from collections.abc import Collection
from functools import lru_cache

import phonenumbers

# Territories whose phones can't be told from those of the country, or that its people take for home. Other
# countries of a shared plan are asked for by name: texts to the Caribbean are a usual target of fraud.
TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"US", "PR", "VI", "GU", "AS", "MP"}),
    frozenset({"GB", "IM", "JE", "GG"}),
    frozenset({"FI", "AX"}),
    frozenset({"NO", "SJ"}),
    frozenset({"IT", "VA"}),
    frozenset({"AU", "CX", "CC"}),
    frozenset({"GP", "BL", "MF"}),
    frozenset({"MA", "EH"}),
)
NORTH_AMERICA = 1


def country_of(phone: str) -> str | None:
    """ISO country of a number ("PT"), or None if the numbering plan does not say (such as +1 555 …)."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None


def calling_code_of(phone: str) -> int | None:
    try:
        return phonenumbers.parse(phone).country_code
    except phonenumbers.NumberParseException:
        return None


def is_allowed(phone: str, our_number: str, allowed_countries: Collection[str]) -> bool:
    """Whether the allow-list of countries permits this phone; an empty list means the default.

    If a number has no known country, its calling code decides.
    """
    allowed, codes = _allowed(our_number, frozenset(allowed_countries))
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    country = phonenumbers.region_code_for_number(parsed)
    if country is not None and allowed:
        return country in allowed
    return parsed.country_code in codes


def allowed_by_default(our_number: str) -> frozenset[str]:
    """The countries whose phones may text this number; empty if its own is not known."""
    home = country_of(our_number)
    if home is None:
        return frozenset()
    together = next((group for group in TOGETHER if home in group), frozenset({home}))
    return together | {"CA"} if _is_north_american_toll_free(our_number) else together


def main_country_refused(our_number: str) -> str | None:
    """The country that most phones with our calling code belong to, if the default refuses it."""
    allowed, code = allowed_by_default(our_number), calling_code_of(our_number)
    main = phonenumbers.region_code_for_country_code(code or 0)
    return str(main) if allowed and main not in allowed | {"ZZ", "001"} else None


def _is_north_american_toll_free(our_number: str) -> bool:
    """The library says "US" of every one of them; they serve Canada too."""
    parsed = phonenumbers.parse(our_number)
    is_free = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE
    return parsed.country_code == NORTH_AMERICA and is_free


@lru_cache(maxsize=256)
def _allowed(our_number: str, allowed_countries: frozenset[str]) -> tuple[frozenset[str], frozenset[int]]:
    """The countries and calling codes that may text this number of ours."""
    allowed = allowed_countries or allowed_by_default(our_number)
    codes = frozenset(phonenumbers.country_code_for_region(region) for region in allowed) - {0}
    return allowed, codes or frozenset({calling_code_of(our_number) or 0})
