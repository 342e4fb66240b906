"""What stands for a queue in web addresses: its keyword, and for the second with this keyword CET236-2.

Pure. No keyword has a hyphen, so no address is another's keyword.
"""

import re

FIRST = 1
_LATER = re.compile(r"([^-]+)-([2-9]|[1-9][0-9]{1,3})", re.ASCII)


def address_of(keyword: str, namesake: int) -> str:
    return keyword if namesake == FIRST else f"{keyword}-{namesake}"


def parts_of(address: str) -> tuple[str, int]:
    """The keyword of an address, and which of those with it is meant."""
    later = _LATER.fullmatch(address.upper())
    return (later[1], int(later[2])) if later else (address.upper(), FIRST)
