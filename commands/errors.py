"""How commands fail: one line on standard error that says what was wrong, and a non-zero exit status.

Click prints three lines, SQLAlchemy a page. A bug of ours still shows its traceback. Log lines about what a
transaction did are muted: a command prints what it did.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from models.storage.after_commit_log import lines_muted
from models.storage.write_lock import WriteLockRefused, WriteLockTimeout

NO_SUCH_TABLE = ("no such table", "no such column", "does not exist")


class Refused(click.ClickException):
    """Why nothing was changed, in one line."""


class Misused(click.ClickException):
    """Why the command line is wrong, in one line."""

    exit_code = 2


class PlainCommand(click.Command):
    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with in_one_line():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with in_one_line(), lines_muted():
            return super().invoke(ctx)


class PlainGroup(PlainCommand, AppGroup):
    """A group whose commands fail in one line, as do unknown command names."""

    def command(self, *given: Any, **named: Any) -> Any:
        named.setdefault("cls", PlainCommand)
        return super().command(*given, **named)


class Commands(AppGroup):
    """All our commands under `flask`; Flask itself prints four lines for an unknown name."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        found = super().get_command(ctx, name)
        if found is not None:
            return found
        near = get_close_matches(name, self.list_commands(ctx), n=1)
        meant = f" Did you mean `flask {near[0]}`?" if near else ""
        raise Misused(f"No such command {name!r}.{meant} (flask --help lists them.)")


@contextmanager
def in_one_line() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError:
        raise  # a group without a command prints its help
    except click.UsageError as error:
        raise _as_misuse(error) from None
    except IntegrityError:
        raise Refused("Somebody changed the same thing at the same time: run the command again.") from None
    except DBAPIError as error:
        words = _words_of(error)
        if words is None:
            raise
        raise Refused(words) from None
    except WriteLockRefused as error:
        raise Refused(f"The database can't be written: {error.strerror}.") from None
    except WriteLockTimeout:
        raise Refused("The database is busy: another program is using it. Run the command again.") from None


def _as_misuse(error: click.UsageError) -> Misused:
    words = " ".join(error.format_message().split())
    path = error.ctx.command_path if error.ctx else "flask"
    return Misused(f"{words} ({path} --help explains.)")


def _words_of(error: DBAPIError) -> str | None:
    said = str(error.orig).partition("\n")[0]
    if isinstance(error, OperationalError | ProgrammingError) and any(sign in said for sign in NO_SUCH_TABLE):
        return "The database is not migrated to this version: run `flask migrate` first."
    if isinstance(error, OperationalError):
        return f"The database does not answer: {said}"
    return None
