"""The states of a ticket and every allowed transition between them (`MOVES`, which all operations obey)."""

import secrets
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, literal_column

from models.queueing.tables.events import EventKind


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    SERVED = "served"
    LEFT = "left"
    NO_SHOW = "no_show"
    REMOVED = "removed"


WAITING = (TicketState.WAITING,)
NOT_YET_SERVED = (TicketState.WAITING, TicketState.CALLED)
LIVE = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING)
PRESENT = (TicketState.CALLED, TicketState.SERVING)
MAY_RETURN = (TicketState.LEFT, TicketState.NO_SHOW, TicketState.REMOVED)  # brought back, or still coming


def among(column: Any, values: tuple[StrEnum, ...]) -> ColumnElement[bool]:
    """`state IN (…)` with literal values: with bound parameters no partial index would be used.

    And SQLAlchemy would assemble the statement at each execution.
    """
    literals: list[ColumnElement[str]] = [literal_column(f"'{each.value}'") for each in values]
    condition: ColumnElement[bool] = column == literals[0] if len(values) == 1 else column.in_(literals)
    return condition


# Reasons why a ticket ended.
DAY_ENDED = "day ended"  # it still waited
TRANSFERRED = "transferred"  # to another queue
FORGOTTEN = "forgotten"  # with everything else about them
UNDONE = "undone"  # it was created by a press that was undone: statistics ignore it


# No letters and digits that are easily confused, and no punctuation: it would not count as part of a link.
TOKEN_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TOKEN_LENGTH = 16


def new_token() -> str:
    """The unguessable part of the address of a ticket's page: 16 letters and digits (93 bits)."""
    # One random number for all letters: one for each would take ten times as long.
    drawn = secrets.randbelow(len(TOKEN_LETTERS) ** TOKEN_LENGTH)
    letters = []
    for _ in range(TOKEN_LENGTH):
        drawn, letter = divmod(drawn, len(TOKEN_LETTERS))
        letters.append(TOKEN_LETTERS[letter])
    return "".join(letters)


class Source(StrEnum):
    """How a ticket was taken."""

    TEXT = "text"
    WEB = "web"
    DESK = "desk"
    HISTORY = "history"  # imported later from a file


class Move(NamedTuple):
    to: TicketState
    event: EventKind


W, C, S = TicketState.WAITING, TicketState.CALLED, TicketState.SERVING
MOVES: dict[tuple[str, TicketState], Move] = {
    ("call", W): Move(TicketState.CALLED, EventKind.CALLED),
    ("start", C): Move(TicketState.SERVING, EventKind.STARTED),
    ("finish", C): Move(TicketState.SERVED, EventKind.SERVED),
    ("finish", S): Move(TicketState.SERVED, EventKind.SERVED),
    ("mark_no_show", C): Move(TicketState.NO_SHOW, EventKind.NO_SHOW),
    ("put_back", C): Move(TicketState.WAITING, EventKind.PUT_BACK),
    ("put_back", S): Move(TicketState.WAITING, EventKind.PUT_BACK),
    ("set_aside", C): Move(TicketState.WAITING, EventKind.SET_ASIDE),
    ("leave", W): Move(TicketState.LEFT, EventKind.LEFT),
    ("leave", C): Move(TicketState.LEFT, EventKind.LEFT),
    ("remove", W): Move(TicketState.REMOVED, EventKind.REMOVED),
    ("remove", C): Move(TicketState.REMOVED, EventKind.REMOVED),
    ("remove", S): Move(TicketState.REMOVED, EventKind.REMOVED),
    ("bring_back", TicketState.LEFT): Move(TicketState.WAITING, EventKind.BROUGHT_BACK),
    ("bring_back", TicketState.NO_SHOW): Move(TicketState.WAITING, EventKind.BROUGHT_BACK),
    ("bring_back", TicketState.REMOVED): Move(TicketState.WAITING, EventKind.BROUGHT_BACK),
}


class Numbered(Protocol):
    """A ticket, as far as words about it need one."""

    @property
    def number(self) -> int | None: ...

    @property
    def label(self) -> int | str | None: ...


class NotPossible(Exception):
    """The operation is not allowed in the present state; nothing was changed. Callers word the `reason`."""

    def __init__(self, reason: str, *, number: int | None = None, of: Numbered | None = None) -> None:
        """`of`: the ticket that it is about; `number`: another figure that the words need."""
        super().__init__(reason)
        self.reason = reason
        self.number = of.number if of is not None else number
        self.label = of.label if of is not None else number  # as people see it
