"""Gives `flask` the operator's commands. Not in `__init__.py`, which `make` imports with a bare Python.

They are imported only when a command runs, and only the one that does: others may need much more.
"""

from collections.abc import Callable, Iterator, Mapping

import click
from flask import Flask
from flask.cli import FlaskGroup

from commands.command_line.command_list import COMMANDS, GROUPS, Listed
from commands.command_line.errors import BEFORE_A_COMMAND, Commands
from config.importing import import_much

WIDTH = 78


class OurCommands(Commands):
    names = tuple(COMMANDS)

    def list_commands(self, ctx: click.Context) -> list[str]:
        if isinstance(ctx.command, FlaskGroup):
            _list_in_groups(ctx.command)
            return []
        return list(self.names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        if name in COMMANDS and name not in self.commands:
            self.add_command(getattr(import_much(COMMANDS[name].module), name))
        return super().get_command(ctx, name)


def register_commands(app: Flask) -> None:
    app.cli = OurCommands(name=app.cli.name)


def run_first(app: Flask, work: Callable[[], object]) -> None:
    """Do `work` before a command is run, and not for its help or a word that is wrong."""
    app.extensions[BEFORE_A_COMMAND] = work


def _list_in_groups(flask: FlaskGroup) -> None:
    """`flask --help` lists ours in groups, in place of one column with Flask's own between them.

    Flask asks for our names only while it writes that column, so the groups go below it, where click writes
    an epilog; a command that is hidden still runs.
    """
    for command in flask.commands.values():
        command.hidden = True
    flask.epilog = "\n\n".join("\b\n" + "\n".join(_lines(name, group)) for name, group in GROUPS.items())


def _lines(name: str, group: Mapping[str, Listed]) -> Iterator[str]:
    yield f"{name}:"
    for command, listed in group.items():
        line = listed.help if len(listed.help) <= WIDTH - 12 else f"{listed.help[: WIDTH - 15]}..."
        yield f"  {command:10}{line}"
