"""Blanks in the servicer's page for what belongs to one page alone, so that its parts can be cached.

They stand for the CSRF token, the id of each press, and the ticket that the servicer has called or serves.
They are random in each process, so that nobody can type one.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import randbelow, token_hex
from typing import NamedTuple

from web.http.csrf import masked_token, token_left_blank

TOKEN_BLANK, PRESS_BLANK = (f"blank{token_hex(16)}" for _ in range(2))
TICKET_BLANK = 10**30 + randbelow(10**30)  # a number, as it stands in addresses; far above any id
_PRESS = re.compile(PRESS_BLANK)


class AnyPresent(NamedTuple):
    """In place of `Present` in a part that is the same for whoever the servicer has called or serves."""

    id: int = TICKET_BLANK
    started: bool = False
    may_come_soon: bool = False
    coming: bool = False  # they said so


@contextmanager
def rendering_blanks() -> Iterator[None]:
    """Forms rendered meanwhile have blanks."""
    with token_left_blank(TOKEN_BLANK):
        yield


def blank_press_id() -> str:
    return PRESS_BLANK


def fill_blanks(page: str, new_press_id: Callable[[], str], ticket_id: int | None) -> str:
    """The page with this request's values. Each button gets its own press id, so that its press counts once.

    `ticket_id`: of the ticket that the servicer has called or serves.
    """
    filled = page.replace(TOKEN_BLANK, masked_token()).replace(str(TICKET_BLANK), str(ticket_id or ""))
    return _PRESS.sub(lambda _blank: new_press_id(), filled)
