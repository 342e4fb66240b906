"""How the commands fail: one line on standard error that says what was wrong, and a status that is not 0.

Click's own way is three lines, SQLAlchemy's a page. A fault of ours still shows its trace. What the log tells
of each verb stays unsaid here: a command prints what it did.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from models.log_lines import unsaid
from models.write_turn import TurnTimeout

NO_SUCH_TABLE = ("no such table", "no such column", "does not exist")


class Refused(click.ClickException):
    """Nothing was changed, and why: one line."""


class Misused(click.ClickException):
    """The command was not understood: one line."""

    exit_code = 2


class PlainCommand(click.Command):
    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with in_one_line():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with in_one_line(), unsaid():
            return super().invoke(ctx)


class PlainGroup(PlainCommand, AppGroup):
    """Its commands fail in one line, and so does a wrong name of one."""

    def command(self, *given: Any, **named: Any) -> Any:
        named.setdefault("cls", PlainCommand)
        return super().command(*given, **named)


class Commands(AppGroup):
    """All of ours under `flask`, whose own way with a name that it does not know is four lines."""

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
        raise  # a group without a command: its help is the answer
    except click.UsageError as error:
        raise _told(error) from None
    except IntegrityError:
        raise Refused("Somebody changed the same at this very moment: run the command again.") from None
    except DBAPIError as error:
        words = _words_of(error)
        if words is None:
            raise
        raise Refused(words) from None
    except TurnTimeout:
        raise Refused("The database is busy: another program holds it. Run the command again.") from None


def _told(error: click.UsageError) -> Misused:
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
