"""Gives `flask` the operator's commands. Not in `__init__.py`, which `make` imports with a bare Python.

They are imported only when a command runs, so that web processes start faster.
"""

from importlib import import_module

import click
from flask import Flask

from commands.errors import Commands


class OurCommands(Commands):
    def list_commands(self, ctx: click.Context) -> list[str]:
        self._find()
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
