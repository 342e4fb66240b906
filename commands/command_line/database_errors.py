"""What a command says when the database refuses: one line in place of SQLAlchemy's page.

Imported when something went wrong only: SQLAlchemy takes longer to import than a command's help to print.
"""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from models.storage.write_lock import WriteLockRefused, WriteLockTimeout

NO_SUCH_TABLE = ("no such table", "no such column", "does not exist")


def in_words(error: Exception) -> str | None:
    """None if it is a bug of ours, which shows its traceback."""
    match error:
        case IntegrityError():
            return "Somebody changed the same thing at the same time: run the command again."
        case DBAPIError():
            return _words_of(error)
        case WriteLockRefused():
            return f"The database can't be written: {error.strerror}."
        case WriteLockTimeout():
            return "The database is busy: another program is using it. Run the command again."
    return None


def _words_of(error: DBAPIError) -> str | None:
    said = str(error.orig).partition("\n")[0]
    if isinstance(error, OperationalError | ProgrammingError) and any(sign in said for sign in NO_SUCH_TABLE):
        return "The database is not migrated to this version: run `flask migrate` first."
    if isinstance(error, OperationalError):
        return f"The database does not answer: {said}"
    return None
