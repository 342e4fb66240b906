"""Statements that write columns in a transaction: without what objects need, or once, at its end."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.orm import Session

_LAST = "statements to run before the commit"


def write(
    session: Session, statement: Executable, values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """As `session.execute`, in half the calls; what was changed on objects is written before.

    The statement should be one that is kept: building it takes longer than running it.
    """
    session.flush()
    connection = session.bind
    assert isinstance(connection, Connection), "a session of a transaction"
    return connection.execute(statement, values)


def run_last(session: Session, statement: Executable, row_id: int) -> None:
    """Run it with this id as `of` before the commit, once however often it is asked for: a counter, say.

    The transaction must not read what it changes.
    """
    session.info.setdefault(_LAST, {})[statement, row_id] = None


def run_last_statements(session: Session) -> None:
    asked: dict[tuple[Executable, int], None] = session.info.pop(_LAST, {})
    for statement, row_id in asked:
        write(session, statement, {"of": row_id})
