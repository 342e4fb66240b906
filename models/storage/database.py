"""The process's one database: engine, column types, transaction() and reading().

The only place that begins or commits a transaction. `transaction(work)` calls `work` with a session, commits,
and then returns its result. `work` may run more than once, so it must touch nothing but the session.
Knows no table.
"""

import atexit
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Enum, Executable, Integer, MetaData, Row, Table
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

from models.storage.after_commit_log import write_committed_lines
from models.storage.dialects import JsonOrJsonb, UtcDateTime, insert_into
from models.storage.doorbell import ring_if_asked
from models.storage.postgres import ONE_STATEMENT, SNAPSHOT, connect_and_begin, has_none_free, postgres_engine
from models.storage.spoilt_connections import ChangedMeanwhile, is_worth_another_try, spoils_connections
from models.storage.sqlite_file import (
    BEGIN_IMMEDIATE,
    NEXT_BEGIN,
    checkpoint,
    is_quickly_rewritten,
    rewrite,
    sqlite_engine,
    wal_size,
)
from models.storage.write_lock import WriteLock, WriteLockRefused, WriteLockTimeout
from models.storage.writes import run_deferred, write

T = TypeVar("T")

ATTEMPTS = 6
CONNECTIONS = 6
BUSY_SECONDS = 10.0
_TO_READ: Any = {"expire_on_commit": False, "autoflush": False}
# The database is unreachable, full, read-only or too busy; nothing is wrong with what was asked of it.
DATABASE_ERRORS = (OperationalError, InternalError, NoConnectionFree, WriteLockTimeout, WriteLockRefused)


BigId = BigInteger().with_variant(Integer(), "sqlite")
# No row has a larger id, and Postgres refuses to be asked for one that its column can't hold.
LARGEST_ID, LARGEST_BIG_ID = 2**31 - 1, 2**62
Json = JsonOrJsonb()


def stored_enum(kind: type[StrEnum]) -> TypeEngine[Any]:
    """A StrEnum kept as its value in a plain text column, so that adding a value needs no migration."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [m.value for m in members]
    )


class Base(DeclarativeBase):
    """Parent of every table; the naming convention makes constraints migratable on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: Json}


class Database:
    """One engine and, on SQLite, the write lock."""

    def __init__(self, url: str, *, connections: int = CONNECTIONS, doorbell_in: Path | None = None) -> None:
        self._doorbell_in = doorbell_in
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (
            sqlite_engine(url, BUSY_SECONDS)
            if self.is_sqlite
            else postgres_engine(url, connections, BUSY_SECONDS)
        )
        # Called after each commit of this process, in the thread that committed.
        self.after_commit: set[Callable[[], None]] = set()
        self.write_lock = WriteLock(f"{self.url.database}.turn", BUSY_SECONDS) if self.is_sqlite else None

    def transaction(self, work: Callable[[Session], T]) -> T:
        is_renewed = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(work)
            except (DBAPIError, ChangedMeanwhile) as error:
                may_renew = self._throw_away_if_spoilt(error) and not is_renewed
                if attempt == ATTEMPTS or not (may_renew or is_worth_another_try(error)):
                    raise
                is_renewed = is_renewed or may_renew
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    def _once(self, work: Callable[[Session], T]) -> T:
        with self.write_lock or nullcontext(), _when_one_is_free(self.engine.connect) as connection:
            session, answer = self._run_and_commit(connection, work)
        self._after_commit(session)
        return answer

    def transaction_on(self, connection: Connection, work: Callable[[Session], T]) -> T:
        """As `transaction`, on a connection that the caller keeps open, and without another attempt."""
        with self.write_lock or nullcontext():
            session, answer = self._run_and_commit(connection, work)
        self._after_commit(session)
        return answer

    def _after_commit(self, session: Session) -> None:
        for callback in tuple(self.after_commit):
            callback()
        write_committed_lines(session)
        if self._doorbell_in is not None:
            ring_if_asked(session, self._doorbell_in)

    def _run_and_commit(self, connection: Connection, work: Callable[[Session], T]) -> tuple[Session, T]:
        if self.is_sqlite:
            connection.connection.info[NEXT_BEGIN] = BEGIN_IMMEDIATE
        with Session(connection, expire_on_commit=False) as session, session.begin():
            session.connection()  # begins
            answer = work(session)
            run_deferred(session)
        return session, answer

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.reading_connection() as connection, Session(connection, **_TO_READ) as session:
            yield session

    @contextmanager
    def reading_connection(self, *, once: bool = False) -> Iterator[Connection]:
        begins = ONE_STATEMENT if once else SNAPSHOT  # which each transaction of SQLite has anyway
        try:
            with _when_one_is_free(lambda: connect_and_begin(self.engine, begins)) as connection:
                yield connection
        except DBAPIError as error:
            self._throw_away_if_spoilt(error)
            raise

    def _throw_away_if_spoilt(self, error: DBAPIError | ChangedMeanwhile) -> bool:
        """All connections of the pool: the others were opened when this one was, and would fail alike."""
        if is_spoilt := spoils_connections(error):
            self.engine.dispose()
        return is_spoilt

    def wal_size(self) -> int:
        """Bytes of what stands beside SQLite's file; 0 on Postgres."""
        return wal_size(self.url) if self.is_sqlite else 0

    def checkpoint(self) -> bool:
        """Make SQLite's file whole by itself; False if somebody reads, or nothing may be written."""
        return not self.is_sqlite or self._while_nobody_writes(checkpoint)

    def is_quickly_rewritten(self) -> bool:
        return not self.is_sqlite or is_quickly_rewritten(self.url)

    def rewrite(self) -> bool:
        """Write SQLite's file anew, so that nothing is left of what was erased; nobody else writes then."""
        return not self.is_sqlite or self._while_nobody_writes(rewrite)

    def _while_nobody_writes(self, work: Callable[[URL], bool]) -> bool:
        try:
            with self.write_lock or nullcontext():
                return work(self.url)
        except (WriteLockTimeout, WriteLockRefused):
            return False

    def close(self) -> None:
        """Nobody uses it any more: the file is left whole."""
        self.engine.dispose()
        if self.is_sqlite:
            self.checkpoint()
        if self.write_lock is not None:
            self.write_lock.close()


def _when_one_is_free(connect: Callable[[], T]) -> T:
    """What `connect` gives; where the server has no connection left, once it has, or one of ours is free."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return connect()
        except DBAPIError as error:
            if not has_none_free(error) or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0.02, 0.08))


_database: Database | None = None


def connect(url: str, *, connections: int = CONNECTIONS, doorbell_in: Path | None = None) -> Database:
    """Set the process's database; called once at the start of each process, again only by tests.

    `connections`: how many to open to Postgres at most; SQLite has as many as it needs.
    `doorbell_in`: the folder of the clock's doorbell, rung after each commit whose transaction asked for it.

    It is closed when the process ends, after its threads.
    """
    global _database
    if _database is None:
        atexit.register(_close, os.getpid())
    else:
        _database.close()
    _database = Database(url, connections=connections, doorbell_in=doorbell_in)
    return _database


def _close(process: int) -> None:
    if _database is not None and os.getpid() == process:  # connections are not a forked child's to close
        _database.close()


def database() -> Database:
    if _database is None:
        raise RuntimeError("models.storage.database.connect(url) was not called")
    return _database


def transaction(work: Callable[[Session], T]) -> T:
    """Run `work(session)`, commit, and return its answer; a serialization failure runs it again.

    Raises what `work` raises, with nothing changed.
    """
    return database().transaction(work)


@contextmanager
def reading() -> Iterator[Session]:
    """A read-only session over one snapshot, which never waits for a writer."""
    with database().reading() as session:
        yield session


@contextmanager
def reading_connection(*, once: bool = False) -> Iterator[Connection]:
    """As `reading`, without the ORM, whose session takes three times as long as a small statement.

    `once`: for a single statement, which needs no snapshot.
    """
    with database().reading_connection(once=once) as connection:
        yield connection


def fetch_rows(session: Session, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """All rows of a SELECT of columns, without the ORM. Build the statement once: it takes long."""
    if session.autoflush:
        session.flush()  # as the session itself would
    return session.connection().execute(statement, parameters).all()


def insert_each_once(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, returning: Sequence[Any]
) -> list[Any]:
    """INSERT … ON CONFLICT DO NOTHING RETURNING for many rows: what is returned for those that are new."""
    return list(session.execute(_insert_new(table, _dialect(session), tuple(returning)), list(rows)))


def insert_once(session: Session, table: Table, values: dict[str, Any], *, returning: Any) -> Any | None:
    """INSERT … ON CONFLICT DO NOTHING RETURNING: the new value, or None if the row exists already."""
    statement = _insert_new(table, _dialect(session), (returning,))
    return write(session, statement, values).scalar_one_or_none()


def is_only_writer(session: Session) -> bool:
    """On SQLite, in a transaction that writes: nobody else changes anything before it ends."""
    return _dialect(session) == "sqlite"


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _insert_new(table: Table, dialect: str, returning: tuple[Any, ...]) -> Any:
    return insert_into(table, dialect).on_conflict_do_nothing().returning(*returning)
