"""How commands fail: one line on standard error that says what was wrong, and a non-zero exit status.

Click prints three lines, SQLAlchemy a page. A bug of ours still shows its traceback. Log lines about what a
transaction did are muted: a command prints what it did.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup, ScriptInfo

from models.storage.done_log import lines_muted

BEFORE_A_COMMAND = "before a command"  # in app.extensions: what is done first, once its words are understood


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
            if not isinstance(self, click.Group):
                _do_first(ctx)
            return super().invoke(ctx)


class PlainGroup(PlainCommand, AppGroup):
    """A group whose commands fail in one line, as do unknown command names."""

    def command(self, *given: Any, **named: Any) -> Any:
        named.setdefault("cls", PlainCommand)
        return super().command(*given, **named)


class Commands(AppGroup):
    """All our commands under `flask`; Flask itself prints four lines for an unknown name."""

    names: Sequence[str] = ()

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        found = super().get_command(ctx, name)
        if found is not None:
            return found
        near = get_close_matches(name, self.names, n=1)
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
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        words = import_module("commands.command_line.database_errors").in_words(error)
        if words is None:
            raise
        raise Refused(words) from None


def _do_first(ctx: click.Context) -> None:
    app = ctx.ensure_object(ScriptInfo).load_app()
    if BEFORE_A_COMMAND in app.extensions:
        app.extensions[BEFORE_A_COMMAND]()


def _as_misuse(error: click.UsageError) -> Misused:
    words = " ".join(error.format_message().split())
    path = error.ctx.command_path if error.ctx else "flask"
    return Misused(f"{words} ({path} --help explains.)")


def refuse_differences(what: str, differs: Mapping[str, bool]) -> None:
    """Of what is there already, raises Refused with the options that have another value."""
    options = [option for option, is_so in differs.items() if is_so]
    if options:
        raise Refused(f"{what}, with another value for {', '.join(options)}. Nothing was changed.")
