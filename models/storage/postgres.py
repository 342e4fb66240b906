"""Engines for Postgres: what each transaction begins with, and what a pooler in front of the server needs.

A pooler (PgBouncer and the like) gives each transaction, or each connection, whichever server connection is
free. So nothing may be left on one: limits are set with each transaction, and statements are not prepared.
The server itself is told the limits once for each connection.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

from models.storage.error_values import hide_values

# Milliseconds.
LIMITS = {
    "statement_timeout": 15_000,
    "lock_timeout": 8_000,
    "idle_in_transaction_session_timeout": 20_000,
}
BEGINS = "begins"
COMMITTED, SNAPSHOT = "BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN ISOLATION LEVEL REPEATABLE READ"
NO_TRANSACTION = "each statement by itself"
ONE_STATEMENT = "a single statement, which needs no transaction"
POOLED = "a pooler is between us and the server"

# A server without a free connection says so only in words, as there is no session yet; so does PgBouncer.
NONE_FREE = (
    "too many clients already",
    "remaining connection slots are reserved",
    "too many connections for",
    "no more connections allowed",
    "query_wait_timeout",
)


def postgres_engine(url: str, connections: int, wait_seconds: float) -> Engine:
    """At most so many connections; whoever needs one more waits so long for it.

    Transactions read what is committed, unless `connect_and_begin` has asked for something else.
    """
    asked = {name: str(value) for name, value in make_url(url).query.items()}
    # A server that vanished without closing the connection is noticed while somebody waits (milliseconds).
    usual: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": 15_000}
    own = {name: value for name, value in usual.items() if name not in asked}
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args=own | {"autocommit": True},  # the driver would begin without limits
    )
    limits = {name: limit for name, limit in LIMITS.items() if name not in asked.get("options", "")}
    of_transaction = [f"SET LOCAL {name} = {limit}" for name, limit in limits.items()]
    of_connection = "; ".join(f"SET {name} = {limit}" for name, limit in limits.items())
    with_limits = {how: "; ".join([how, *of_transaction]) for how in (COMMITTED, SNAPSHOT)}
    with_limits |= {NO_TRANSACTION: "", ONE_STATEMENT: with_limits[COMMITTED]}
    limited_already = {COMMITTED: COMMITTED, SNAPSHOT: SNAPSHOT, NO_TRANSACTION: "", ONE_STATEMENT: ""}

    def begin(connection: PoolProxiedConnection) -> None:
        # One that was detached from the pool may have lost its info: limits in each transaction are right.
        begins = with_limits if connection.info.get(POOLED, True) else limited_already
        if how := begins[connection.info.pop(BEGINS, COMMITTED)]:
            connection.dbapi_connection.execute(how, prepare=False)  # type: ignore[union-attr]

    def limit(connection: Any, record: Any) -> None:
        if not record.info[POOLED] and of_connection:
            connection.execute(of_connection, prepare=False)

    # Not an event listener: with one, the engine checks for listeners at every statement.
    engine.dialect.do_begin = begin  # type: ignore[method-assign, assignment]
    event.listen(engine, "connect", _notice_pooler)
    event.listen(engine, "connect", limit)
    cursor_class = _with_lazy_description(engine.dialect.loaded_dbapi.Cursor)

    def use_cursor_class(connection: Any, _record: Any) -> None:
        connection.cursor_factory = cursor_class

    event.listen(engine, "connect", use_cursor_class)
    hide_values(engine)
    return engine


def _with_lazy_description(cursor_class: type[Any]) -> type[Any]:
    return type(cursor_class.__name__, (LazyDescription, cursor_class), {})


class LazyDescription:
    """A mixin for the driver's cursor: describes the columns of a result only when one is looked at.

    After each statement SQLAlchemy asks whether there are columns, and looks at them the first time only. The
    driver itself would make an object for each column of each result.
    """

    pgresult: Any

    @property
    def description(self) -> Any:
        by_driver: Any = super()
        result = self.pgresult
        if not result or not result.nfields:
            return by_driver.description
        return LazyColumns(result.nfields, lambda: by_driver.description)


class LazyColumns(Sequence[Any]):
    """The driver's description of a result's columns; ask only while the cursor still has that result."""

    def __init__(self, count: int, describe: Callable[[], list[Any]]) -> None:
        self._count, self._describe = count, describe

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    @cached_property
    def _all(self) -> list[Any]:
        return self._describe()


def _notice_pooler(connection: Any, record: Any) -> None:
    """A pooler makes up the process id that a connection is told; the server itself knows the real one."""
    real = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()[0]
    record.info[POOLED] = real != connection.info.backend_pid
    if record.info[POOLED]:
        connection.prepare_threshold = None


def is_pooled(engine: Engine) -> bool:
    """Whether a pooler is between us and the server. Asks it."""
    with engine.connect() as connection:
        return bool(connection.connection.info.get(POOLED))


def connect_and_begin(engine: Engine, begins: str) -> Connection:
    """A connection whose transaction has begun; `begins` is also its execution option BEGINS.

    SNAPSHOT: all statements read the same moment. NO_TRANSACTION: each is by itself, without limits behind a
    pooler. ONE_STATEMENT: the same for a single one, with limits.

    The first statement would begin it anyway, but at BEGIN a pooler says that it has no connection free.
    """
    connection = engine.connect().execution_options(**{BEGINS: begins})
    try:
        _begin(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def read_afresh(session: Session) -> None:
    """Of a session from `reading`: whatever it is asked next is as of now, also of rows it has read."""
    session.rollback()
    connection = session.bind
    assert isinstance(connection, Connection), "a session from `reading`"
    _begin(connection)


def _begin(connection: Connection) -> None:
    """As its execution option BEGINS says; whoever has the pool's connection next begins as usual."""
    connection.connection.info[BEGINS] = connection.get_execution_options()[BEGINS]
    connection.begin()


def has_none_free(error: DBAPIError) -> bool:
    """Whether a connection was refused only because all of the server, or of the pooler, are in use."""
    said = str(error.orig)
    return isinstance(error, OperationalError) and any(words in said for words in NONE_FREE)
