"""Databases that fail as they do in life: read-only, full, or away; after the block all is well."""

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine

from models.storage.database import Database

# From <linux/capability.h>
CAPABILITIES_VERSION = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextmanager
def read_only(db: Database) -> Iterator[None]:
    """The rights to write are taken away. Connections opened meanwhile are still there when they are back."""
    if db.is_sqlite:
        with _without_rights(db):
            yield
        return
    name = db.url.database
    with _as_admin(db) as run:
        run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        db.engine.dispose()
        try:
            yield
        finally:
            run(f"ALTER DATABASE {name} RESET default_transaction_read_only")


@contextmanager
def demoted(db: Database) -> Iterator[None]:
    """A failover: connections that stand lead to a server that only reads, new ones to the new primary."""
    raws: list[Any] = [db.engine.raw_connection() for _ in range(4)]
    for raw in raws:
        raw.driver_connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        raw.driver_connection.commit()
    for raw in raws:
        raw.close()
    yield


@contextmanager
def full(db: Database) -> Iterator[None]:
    """SQLite's file may not grow by a page; Postgres refuses each text and ticket as a full disk makes it."""
    if db.is_sqlite:
        raw: Any = db.engine.raw_connection()
        raw.execute("VACUUM")
        raw.close()
        with _pragma(db, "max_page_count=1", "max_page_count=1073741823"):
            yield
        return
    with db.engine.begin() as connection:
        connection.execute(text(NO_SPACE))
        for table in ("inbound_messages", "tickets", "presses"):
            connection.execute(
                text(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION no_space()")
            )
    try:
        yield
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("DROP FUNCTION no_space CASCADE"))


@contextmanager
def away(db: Database) -> Iterator[None]:
    """Connections are broken and no new one is let in; SQLite's file can't be opened."""
    if db.is_sqlite:
        with _refusing_connections(db.engine):
            yield
        return
    name = db.url.database
    with _as_admin(db) as run:
        run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            yield
        finally:
            run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


NO_SPACE = """
CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""


@contextmanager
def _without_rights(db: Database) -> Iterator[None]:
    """As after a wrong `chown`, or on a volume mounted read-only. The clock still has the file open."""
    file = Path(db.url.database or "")
    other = sqlite3.connect(file, check_same_thread=False)
    other.execute("SELECT count(*) FROM alembic_version").fetchone()
    db.close()
    files = [one for one in file.parent.iterdir() if one.name.startswith(file.name)]
    rights = {one: one.stat().st_mode for one in [*files, file.parent]}
    for one in rights:
        one.chmod(0o555 if one.is_dir() else 0o444)
    try:
        with _rights_count():
            yield
    finally:
        for one, mode in rights.items():
            one.chmod(mode)
        other.close()


@contextmanager
def _rights_count() -> Iterator[None]:
    """Root may write whatever the rights say: this thread lays that down, and is as any user."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    asked = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice
    assert libc.capget(asked, held) == 0
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~(CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH)
    assert libc.capset(asked, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(asked, held) == 0


@contextmanager
def _pragma(db: Database, wrong: str, right: str) -> Iterator[None]:
    def apply(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA {wrong}")

    event.listen(db.engine, "checkout", apply)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", apply)
        raw: Any = db.engine.raw_connection()
        raw.execute(f"PRAGMA {right}")
        raw.close()
        db.engine.dispose()


@contextmanager
def _refusing_connections(engine: Engine) -> Iterator[None]:
    def refuse(*_: Any) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    engine.dispose()
    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)


@contextmanager
def _as_admin(db: Database) -> Iterator[Any]:
    admin = create_engine(db.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield lambda statement: connection.execute(text(statement))
    admin.dispose()
