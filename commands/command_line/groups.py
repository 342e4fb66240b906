"""The groups `flask queue` and `flask servicer`: each command of theirs is imported only when it is used."""

from collections.abc import Mapping

import click

from commands.command_line.command_list import OF_QUEUES, OF_SERVICERS, Listed
from commands.command_line.errors import PlainGroup
from config.importing import import_much


class ListedGroup(PlainGroup):
    """Its commands join it when their module is imported; until then it knows where they are."""

    def __init__(self, name: str, listed: Mapping[str, Listed], *, help: str) -> None:
        super().__init__(name, help=help)
        self.listed = listed

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.listed)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self.listed:
            import_much(self.listed[name].module)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.listed[name].help) for name in self.list_commands(ctx)])


queue = ListedGroup("queue", OF_QUEUES, help="Queues that people wait in.")
servicer = ListedGroup("servicer", OF_SERVICERS, help="People who serve or manage.")
