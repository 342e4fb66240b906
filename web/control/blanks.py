"""The servicer's page is made with blanks for what belongs to one page alone, so that its parts can be kept.

These are the CSRF token, the id of each press, and whom its servicer has called or serves. Nobody can know or
type a blank: each process draws its own.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import randbelow, token_hex
from typing import NamedTuple

from web.http.csrf import masked_token, token_left_blank

TOKEN, PRESS = (f"blank{token_hex(16)}" for _ in range(2))
PRESENT = 10**30 + randbelow(10**30)  # far above any id, and a number, as it stands in addresses
OF_A_PRESS = re.compile(PRESS)


class Whoever(NamedTuple):
    """Whom the servicer has called or serves, in a part that is alike for all of them."""

    id: int = PRESENT
    started: bool = False
    may_come_soon: bool = False
    coming: bool = False  # they said so


@contextmanager
def blanks_left() -> Iterator[None]:
    with token_left_blank(TOKEN):
        yield


def blank_press_id() -> str:
    return PRESS


def filled_in(page: str, new_press_id: Callable[[], str], present: int | None) -> str:
    """`present`: their ticket's id. Each button gets an id of its own, by which its press counts once."""
    alike = page.replace(TOKEN, masked_token()).replace(str(PRESENT), str(present or ""))
    return OF_A_PRESS.sub(lambda _blank: new_press_id(), alike)
