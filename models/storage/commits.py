"""Whether anything was committed to the database, by whatever thread or process; it tells not what."""

from typing import Any

from sqlalchemy.exc import DBAPIError, TimeoutError as NoConnectionFree

from models.storage.database import Database
from models.storage.postgres import has_none_free

# A counter, read in 5 microseconds.
ON_SQLITE = "PRAGMA data_version"
# Which transactions have ended and which still write: the end of any of them changes it, also of one in
# another database of the same server. It is one round trip, by itself, so that a pooler may stand between.
ON_POSTGRES = "SELECT pg_current_snapshot()::text"

# Before a connection is tried again, where the server or the pool had none free.
SKIPPED_ASKS = 20


class Commits:
    """Asks on a connection of its own, beside the pool. One thread asks; others read `seen`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._question = ON_SQLITE if database.is_sqlite else ON_POSTGRES
        self._connection: Any = None
        self._mark: int | str | None = None
        self._asks_to_skip = 0
        self.seen = 0
        """How often the answer was yes."""

    def any_since(self) -> bool:
        """Since this was asked before; True at first, and while the server has no connection for us."""
        mark = self._asked()
        before, self._mark = self._mark, mark
        if mark is not None and mark == before:
            return False
        self.seen += 1
        return True

    def _asked(self) -> int | str | None:
        """None while there is no connection."""
        if not self._is_open():
            return None
        try:
            return self._answer()
        except self._database.engine.dialect.loaded_dbapi.Error:
            self.close()
            # After a failover, say: the server ended it, and those of the pool would fail one after another.
            self._database.engine.dispose()
        return self._answer() if self._is_open() else None

    def _is_open(self) -> bool:
        """It is opened if need be; False where the server or the pool has none free."""
        if self._connection is None and not self._asks_to_skip:
            try:
                self._connection = self._beside_pool()
            except (DBAPIError, NoConnectionFree) as error:
                if isinstance(error, DBAPIError) and not has_none_free(error):
                    raise
                self._asks_to_skip = SKIPPED_ASKS
        elif self._asks_to_skip:
            self._asks_to_skip -= 1
        return self._connection is not None

    def _beside_pool(self) -> Any:
        connection = self._database.engine.connect()
        connection.detach()
        return connection.connection

    def _answer(self) -> int | str:
        mark: int | str
        ((mark,),) = self._connection.dbapi_connection.execute(self._question).fetchall()
        return mark

    def close(self) -> None:
        connection, self._connection, self._mark = self._connection, None, None
        if connection is not None:
            connection.dbapi_connection.close()  # no more: it may be broken
