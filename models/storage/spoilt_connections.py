"""Which database errors are worth another try: as they are, or only with a new connection.

A connection may be spoilt while the database is well: SQLite opens a file that can't be written read-only,
and stays so when it can be again; after a failover connections stand to a server that only reads.
"""

from sqlalchemy.exc import DBAPIError

SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
OF_SQLITE = (
    "readonly database",
    "unable to open database file",
    "disk I/O error",
    "database disk image is malformed",
    "file is not a database",
    "locking protocol",
)
OF_POSTGRES = (
    "25006",  # a read-only server: it was the primary, or is not yet
    "26000",  # a prepared statement that a pooler gave to another connection
    "42P05",  # the same, the other way round
    "57P01",  # the server ends, or has ended this connection
    "57P02",
    "57P03",  # it begins
    "57P05",
    "58030",  # the server's files could not be read
)
PLAN_IS_OLD = "cached plan must not change result type"  # a migration ran under a prepared statement


class ChangedMeanwhile(Exception):
    """Raised by the work of a transaction if what it has read has changed since: it is to be run again."""


def is_worth_another_try(error: DBAPIError | ChangedMeanwhile) -> bool:
    """Every `work` can be run again, so a lost connection is retried even if COMMIT was under way."""
    if isinstance(error, ChangedMeanwhile) or error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state in (SERIALIZATION_FAILURE, DEADLOCK) or "database is locked" in str(error.orig)


def spoils_connections(error: DBAPIError | ChangedMeanwhile) -> bool:
    """Whether a new connection may not have this error."""
    if isinstance(error, ChangedMeanwhile):
        return False
    said = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    return state in OF_POSTGRES or PLAN_IS_OLD in said or any(words in said for words in OF_SQLITE)
