"""The previous values of columns as an event keeps them, in JSON, and as they were again."""

from datetime import date, datetime
from typing import Any

from models.queueing.tables.ticket_states import TicketState


def values_before(before: dict[str, Any]) -> dict[str, Any]:
    """The previous column values that an event keeps as JSON, as Python values."""
    return {name: _from_json(name, value) for name, value in before.items()}


def as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _from_json(column: str, stored: Any) -> Any:
    if stored is None:
        return None
    if column.endswith(("_at", "_after", "_until")):
        return datetime.fromisoformat(stored)
    return TicketState(stored) if column == "state" else stored
