"""Keeps the values of rows (names, e-mails, keys) out of the database's errors, and so out of the log."""

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext


def hide_values(engine: Engine) -> None:
    """Postgres quotes the row in its DETAIL, after the first line, which `hide_parameters` does not hide."""
    event.listen(engine, "handle_error", _keep_first_line)


def _keep_first_line(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\n")[0], *error.args[1:])
