"""Whether anything was committed to the database, by whatever thread or process; it tells not what."""

from typing import Any

from models.storage.database import Database

# A counter, read in 5 microseconds.
ON_SQLITE = "PRAGMA data_version"
# Which transactions have ended and which still write: the end of any of them changes it, also of one in
# another database of the same server. It is one round trip, by itself, so that a pooler may stand between.
ON_POSTGRES = "SELECT pg_current_snapshot()::text"


class Commits:
    """Asks on a connection of its own, beside the pool. One thread asks; others read `seen`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._question = ON_SQLITE if database.is_sqlite else ON_POSTGRES
        self._connection: Any = None
        self._mark: int | str | None = None
        self.seen = 0
        """How often the answer was yes."""

    def any_since(self) -> bool:
        """Since this was asked before; True at first."""
        try:
            mark = self._answer()
        except self._database.engine.dialect.loaded_dbapi.Error:
            if self._connection is None:  # it could not be opened
                raise
            self.close()
            # After a failover, say: the server ended it, and those of the pool would fail one after another.
            self._database.engine.dispose()
            mark = self._answer()
        before, self._mark = self._mark, mark
        if mark == before:
            return False
        self.seen += 1
        return True

    def _answer(self) -> int | str:
        if self._connection is None:
            self._connection = self._database.engine.raw_connection()
            self._connection.detach()  # from the pool that all share
        mark: int | str
        ((mark,),) = self._connection.dbapi_connection.execute(self._question).fetchall()
        return mark

    def close(self) -> None:
        connection, self._connection, self._mark = self._connection, None, None
        if connection is not None:
            connection.dbapi_connection.close()  # no more: it may be broken
