"""Records of a history, as read from a file: all of one Tuesday."""

from datetime import datetime

from models.history.records import Record
from models.queueing.tables.ticket_states import TicketState


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-10T{clock}+00:00")


def record(
    number: int,
    joined: str,
    called: str | None = None,
    ended: str | None = None,
    outcome: TicketState = TicketState.SERVED,
    servicer: str | None = "Rosa",
    started: str | None = None,
) -> Record:
    moments = [None if clock is None else at(clock) for clock in (called, started, ended)]
    return Record(number, at(joined), *moments, outcome, servicer if called else None, 1, line=number)
