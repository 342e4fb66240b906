"""Checks on Postgres that each event is recorded while its queue is locked.

Otherwise the events of a queue could be committed in another order than that of their ids, and whoever reads
on from the newest one they know would miss an event for good.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from models.storage.database import Database

# Executed on another connection: it skips rows that somebody has locked, and rows not committed yet.
NOT_LOCKED = "SELECT id FROM queues WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"
_LOCK = threading.Lock()
_BESIDE: dict[Engine, psycopg.Connection] = {}  # kept until the engine is disposed of


@contextmanager
def events_need_the_lock(made: Database) -> Iterator[None]:
    """Meanwhile an INSERT of an event fails if nobody has locked its queue."""
    event.listen(made.engine, "before_cursor_execute", _check)
    try:
        yield
    finally:
        event.remove(made.engine, "before_cursor_execute", _check)


def _check(used: Any, _cursor: object, statement: str, values: Any, *_more: object) -> None:
    if not statement.startswith("INSERT INTO events"):
        return
    with _LOCK:
        found = _beside(used.engine).execute(NOT_LOCKED, [_queues_in(values)]).fetchall()
    assert not found, f"an event of the queues {found} is recorded without their lock"


def _queues_in(values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[int]:
    """The queues' ids in the values of one row, or of several: a list, or one mapping with numbered names."""
    rows = [values] if isinstance(values, Mapping) else values
    return sorted({value for row in rows for name, value in row.items() if name.startswith("queue_id")})


def _beside(engine: Engine) -> psycopg.Connection:
    if engine not in _BESIDE:
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        _BESIDE[engine] = psycopg.connect(address, autocommit=True)
        event.listen(engine, "engine_disposed", _close, once=True)
    return _BESIDE[engine]


def _close(engine: Engine) -> None:
    with _LOCK:
        if engine in _BESIDE:
            _BESIDE.pop(engine).close()
