"""Many rows in one test, where collecting and reporting a test for each would take longer than the checks."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Row = TypeVar("Row")


def faults(rows: Iterable[Row], fault_of: Callable[[Row], str | None]) -> str:
    """The faults, one line for each faulty row; an exception is the fault of its row alone."""
    return "\n".join(filter(None, (_told(row, fault_of) for row in rows)))


def _told(row: Row, fault_of: Callable[[Row], str | None]) -> str | None:
    try:
        return fault_of(row)
    except Exception as error:
        return f"{row!r}: {error!r}"
