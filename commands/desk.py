"""`flask desk add`: where customers of a queue are asked to come to. Never renames or removes a desk."""

import click
from sqlalchemy.orm import Session

from commands.failing import PlainGroup, Refused
from commands.values import Name
from models.database import transaction
from models.queues import Queue
from models.setting_up import add_desk

DESK_NAME = Name(30)

desk = PlainGroup("desk", help="Desks: where customers are asked to come to.")


@desk.command("add")
@click.argument("keyword")
@click.argument("names", metavar="NAME...", type=DESK_NAME, nargs=-1, required=True)
def add_desks(keyword: str, names: tuple[str, ...]) -> None:
    """Give the queue KEYWORD desks of these names, as customers read them: "Please come to NAME".

    Servicers choose theirs on their page. A desk that is there already stays as it is.
    """

    def work(session: Session) -> tuple[str, list[str]]:
        found = Queue.named(session, keyword)
        if found is None:
            raise Refused(f"There is no queue {keyword!r}.")
        queue = Queue.lock(session, found.id)
        return queue.keyword, [name for name in dict.fromkeys(names) if add_desk(session, queue, name)]

    made_for, new = transaction(work)
    if new:
        click.echo(f"Made at {made_for}: {', '.join(new)}.")
    else:
        click.echo(f"{made_for} has them already: nothing to do.")
