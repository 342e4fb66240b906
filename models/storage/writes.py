"""Writes without the ORM: statements executed at once, or once at the end of the transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.orm import Session

_DEFERRED = "statements to execute before the commit"


def write(
    session: Session, statement: Executable, values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """As `session.execute`, with half as many calls of functions. Flushes changed objects first.

    Build the statement once: building it takes longer than executing it.
    """
    session.flush()
    connection = session.bind
    assert isinstance(connection, Connection), "a session of a transaction"
    return connection.execute(statement, values)


def defer(session: Session, statement: Executable, row_id: int) -> None:
    """Execute a statement just before the commit, with this id as its parameter `row_id`.

    It is executed once for each id, however often it is deferred: for a counter, say. A transaction that
    reads what it changes calls `run_deferred` first.
    """
    session.info.setdefault(_DEFERRED, {})[statement, row_id] = None


def run_deferred(session: Session) -> None:
    deferred: dict[tuple[Executable, int], None] = session.info.pop(_DEFERRED, {})
    for statement, row_id in deferred:
        write(session, statement, {"row_id": row_id})
