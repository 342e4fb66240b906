"""Statements that a transaction runs last, each once however often it is asked for: of counters, say."""

from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

_LAST = "statements to run before the commit"


def run_last(session: Session, statement: Executable, row_id: int) -> None:
    """Run it with this id as `of`, before the commit. The transaction must not read what it changes."""
    session.info.setdefault(_LAST, {})[statement, row_id] = None


def run_last_statements(session: Session) -> None:
    asked: dict[tuple[Any, int], None] = session.info.pop(_LAST, {})
    for statement, row_id in asked:
        session.execute(statement, {"of": row_id})
