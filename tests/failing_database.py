"""Databases that fail as they do in life: read-only, full, or away; after the block all is well."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine

from models.storage.database import Database


@contextmanager
def read_only(db: Database) -> Iterator[None]:
    if db.is_sqlite:
        with _pragma(db, "query_only=ON", "query_only=OFF"):
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
            db.engine.dispose()


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
        import sqlite3  # noqa: PLC0415

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
