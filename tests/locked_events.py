"""On Postgres an event of a queue is recorded under that queue's lock.

Else the ids of a queue's events could be committed out of their order, and whoever reads on from the newest
they know would miss one for good.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from models.storage.database import Database

# Of another connection: a row that somebody has locked is skipped, and so is one not yet committed.
NOT_LOCKED = "SELECT id FROM queues WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"
_LOCK = threading.Lock()
_BESIDE: dict[Engine, psycopg.Connection] = {}  # kept until the engine is disposed of


@contextmanager
def events_need_the_lock(made: Database) -> Iterator[None]:
    """Meanwhile each INSERT of an event fails whose queue nobody has locked."""
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
    """Of one row; or of several: a list, or one whose names are numbered."""
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
