"""Many rows in one test, where a test for each would cost more to collect and report than what it asks."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Row = TypeVar("Row")


def faults(rows: Iterable[Row], fault_of: Callable[[Row], str | None]) -> str:
    """What is wrong, a line for each such row; one that raises is among them, and hides no other."""
    return "\n".join(filter(None, (_told(row, fault_of) for row in rows)))


def _told(row: Row, fault_of: Callable[[Row], str | None]) -> str | None:
    try:
        return fault_of(row)
    except Exception as error:
        return f"{row!r}: {error!r}"
