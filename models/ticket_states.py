"""The life of a ticket: its states, and every move between them. The table that the verbs obey."""

import secrets
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column

from models.event import EventKind


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    SERVED = "served"
    LEFT = "left"
    NO_SHOW = "no_show"
    REMOVED = "removed"


LIVE = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING)
PRESENT = (TicketState.CALLED, TicketState.SERVING)


def among(column: Any, states: tuple[TicketState, ...]) -> ColumnElement[bool]:
    """`state IN (…)` with the values written out: a bound parameter can't use a partial index."""
    literals: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in states]
    condition: ColumnElement[bool] = column == literals[0] if len(states) == 1 else column.in_(literals)
    return condition


WAITING = (TicketState.WAITING,)


# Reasons why a ticket ended.
DAY_ENDED = "day ended"  # it still waited
TRANSFERRED = "transferred"  # to another queue
UNDONE = "undone"  # the reason of a ticket that a press made and Undo took back: it never was


# Without letters and digits that are taken for one another; signs would break a link at its end.
TOKEN_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TOKEN_LENGTH = 16


def new_token() -> str:
    """The address of a ticket's page: 16 letters and digits that nobody guesses (93 bits)."""
    drawn = secrets.randbelow(
        len(TOKEN_LETTERS) ** TOKEN_LENGTH
    )  # once: a draw for each letter costs ten times it
    letters = []
    for _ in range(TOKEN_LENGTH):
        drawn, letter = divmod(drawn, len(TOKEN_LETTERS))
        letters.append(TOKEN_LETTERS[letter])
    return "".join(letters)


class Source(StrEnum):
    """The door a ticket came in by."""

    TEXT = "text"
    WEB = "web"
    DESK = "desk"
    HISTORY = "history"  # told afterwards, by a file


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
    ("leave", W): Move(TicketState.LEFT, EventKind.LEFT),
    ("leave", C): Move(TicketState.LEFT, EventKind.LEFT),
    ("remove", W): Move(TicketState.REMOVED, EventKind.REMOVED),
    ("remove", C): Move(TicketState.REMOVED, EventKind.REMOVED),
    ("remove", S): Move(TicketState.REMOVED, EventKind.REMOVED),
}


class NotPossible(Exception):
    """The verb does not fit what is so now; nothing was changed. Doors put `reason` in words."""

    def __init__(self, reason: str, *, number: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.number = number
