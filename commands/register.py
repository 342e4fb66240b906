"""Gives `flask` the operator's commands. Not in `__init__.py`, which `make` imports with a bare Python.

They are imported only when a command runs, so that web processes start faster.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

import click
from flask import Flask
from flask.cli import FlaskGroup

from commands.errors import Commands

WIDTH = 78


class OurCommands(Commands):
    def list_commands(self, ctx: click.Context) -> list[str]:
        self._find()
        if isinstance(ctx.command, FlaskGroup):
            _list_in_groups(ctx.command, import_module("commands.command_list").GROUPS)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        self._find()
        return super().get_command(ctx, name)

    def _find(self) -> None:
        if not self.commands:
            for command in import_module("commands.command_list").COMMANDS:
                self.add_command(command)


def register_commands(app: Flask) -> None:
    app.cli = OurCommands(name=app.cli.name)


def _list_in_groups(flask: FlaskGroup, groups: Mapping[str, Sequence[click.Command]]) -> None:
    """`flask --help` lists ours in groups, in place of one column with Flask's own between them.

    Flask asks for our names only while it writes that column, so the groups go below it, where click writes
    an epilog; a command that is hidden still runs.
    """
    for command in (*flask.commands.values(), *(each for group in groups.values() for each in group)):
        command.hidden = True
    flask.epilog = "\n\n".join("\b\n" + "\n".join(_lines(name, group)) for name, group in groups.items())


def _lines(name: str, group: Sequence[click.Command]) -> Iterator[str]:
    yield f"{name}:"
    for command in group:
        yield f"  {command.name or '':10}{command.get_short_help_str(WIDTH - 12)}"
