"""Whether anything was committed to the database, by any thread or process; it does not say what."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from models.storage.database import Database
from models.storage.postgres import has_none_free

# A counter, read in 5 microseconds.
ON_SQLITE = "PRAGMA data_version"
# Which transactions have ended and which still write: the end of any of them changes it, also of one in
# another database of the same server. It is one round trip, by itself, so that a pooler may stand between.
ON_POSTGRES = "SELECT pg_current_snapshot()::text"

OUR_TRANSACTION = text("SELECT pg_current_xact_id()::text")

# Before a connection is tried again, where the server or the pool had none free.
SKIPPED_ASKS = 20


class Commits:
    """Asks on a connection of its own, outside of the pool.

    One thread asks; others read `seen`, or commit what is no news.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._question = ON_SQLITE if database.is_sqlite else ON_POSTGRES
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._mark: int | str | None = None
        self._asks_to_skip = 0
        self.seen = 0
        """How many times `any_since` has returned True."""

    def any_since(self) -> bool:
        """Since this was asked before; True at first, and while the server has no connection for us."""
        with self._lock:
            mark = self._mark_now()
            before, self._mark = self._mark, mark
            if mark is not None and mark == before:
                return False
            self.seen += 1
            return True

    def commit_unnoticed(self, work: Callable[[Session], object]) -> None:
        """Run a transaction that `any_since` does not report, unless somebody else commits meanwhile.

        SQLite does not report a connection's own commits to it. On Postgres the next answer is known if no
        other transaction is under way: its id is the one after ours.
        """
        with self._lock:
            if self._is_open():
                try:
                    return self._commit_here(work)
                except DBAPIError:
                    self._close()
        self._database.transaction(work)

    def _commit_here(self, work: Callable[[Session], object]) -> None:
        assert self._connection is not None
        if self._database.is_sqlite:
            self._database.transaction_on(self._connection, work)
            return
        ours = self._database.transaction_on(
            self._connection, lambda session: (work(session), session.scalar(OUR_TRANSACTION))[1]
        )
        if self._mark == _idle_snapshot(int(ours)) and self._query() == _idle_snapshot(int(ours) + 1):
            self._mark = _idle_snapshot(int(ours) + 1)

    def _mark_now(self) -> int | str | None:
        """None while there is no connection."""
        if not self._is_open():
            return None
        try:
            return self._query()
        except self._database.engine.dialect.loaded_dbapi.Error:
            self._close()
            # After a failover, say: the server ended it, and those of the pool would fail one after another.
            self._database.engine.dispose()
        return self._query() if self._is_open() else None

    def _is_open(self) -> bool:
        """Opens the connection if needed; False while the server or the pool has none free."""
        if self._connection is None and not self._asks_to_skip:
            try:
                self._connection = self._connect()
            except (DBAPIError, NoConnectionFree) as error:
                if isinstance(error, DBAPIError) and not has_none_free(error):
                    raise
                self._asks_to_skip = SKIPPED_ASKS
        elif self._asks_to_skip:
            self._asks_to_skip -= 1
        return self._connection is not None

    def _connect(self) -> Connection:
        connection = self._database.engine.connect()
        connection.detach()  # from the pool
        return connection

    def _query(self) -> int | str:
        mark: int | str
        assert self._connection is not None
        ((mark,),) = _driver_connection(self._connection).execute(self._question).fetchall()
        return mark

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        connection, self._connection, self._mark = self._connection, None, None
        if connection is not None and not connection.invalidated:  # then it would take one from the pool
            _driver_connection(connection).close()  # no more: it may be broken


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _idle_snapshot(transaction: int) -> str:
    """What Postgres answers while no transaction writes and the next one will have this id."""
    return f"{transaction}:{transaction}:"
