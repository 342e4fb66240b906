"""SQLite's file and its log of changes, the -wal: how connections are set up, and how the file is made whole.

What was committed may stand in the -wal alone until it is copied into the file (a checkpoint). What was
erased is overwritten where it stood; copies may stay in unused parts of pages until the file is rewritten.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine

# After a checkpoint the -wal is cut to this; without it, it would stay as large as it ever was.
LARGEST_KEPT = 8 * 1024 * 1024
# From here on the clock makes a checkpoint of its own, and from the second it is worth a warning.
WORTH_A_CHECKPOINT = 16 * 1024 * 1024
LARGE = 64 * 1024 * 1024
CHECKPOINT_WAITS = 1.0  # seconds, for whoever reads
CONNECTIONS_KEPT = 8
# The key in a connection's `info` for the statement that begins its next transaction; one that writes has to
# begin with BEGIN IMMEDIATE.
NEXT_BEGIN, BEGIN_IMMEDIATE = "next begin", "BEGIN IMMEDIATE"
# Up to this size the file is rewritten in a moment that nobody notices.
QUICKLY_REWRITTEN = 16 * 1024 * 1024


def sqlite_engine(url: str, busy_seconds: float) -> Engine:
    """`busy_seconds`: how long to wait for a lock, and for a free connection of the pool."""
    engine = create_engine(
        url,
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_KEPT * 4,  # they cost a file handle each
        pool_timeout=busy_seconds,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        prepare(connection, busy_seconds)

    # Not an event listener: with one, the engine checks for listeners at every statement.
    engine.dialect.do_begin = _begin  # type: ignore[assignment,method-assign]
    return engine


def _begin(connection: Any) -> None:
    connection.dbapi_connection.execute(connection.info.pop(NEXT_BEGIN, "BEGIN DEFERRED"))


def prepare(connection: Any, busy_seconds: float) -> None:
    # We issue BEGIN ourselves: the driver's deferred BEGIN loses tickets.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={int(busy_seconds * 1000)}",
        f"journal_size_limit={LARGEST_KEPT}",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def wal_size(url: URL) -> int:
    """Bytes of the -wal; 0 if there is none."""
    return _size(Path(f"{url.database}-wal"))


def is_quickly_rewritten(url: URL) -> bool:
    return _size(Path(url.database or "")) <= QUICKLY_REWRITTEN


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def checkpoint(url: URL) -> bool:
    """Copy the -wal into the file and empty it. False while somebody reads what is in it, or nothing may be
    written; then the next one does it.
    """
    return _asked(url, "PRAGMA wal_checkpoint(TRUNCATE)") == 0


def rewrite(url: URL) -> bool:
    """Write the file anew, without what its pages do not use. False without room, or while others write."""
    return _asked(url, "VACUUM") is not None


def _asked(url: URL, statement: str) -> int | None:
    """The first value of its answer, 0 if it has none; None if it failed."""
    if not Path(url.database or "").exists():
        return None
    try:
        with closing(sqlite3.connect(url.database or "", timeout=CHECKPOINT_WAITS)) as connection:
            row = connection.execute(statement).fetchone()
    except sqlite3.Error:
        return None
    return int(row[0]) if row else 0
