"""`flask desk add`: adds desks, where a queue's customers are asked to come. Never renames or removes one."""

import click
from sqlalchemy.orm import Session

from commands.errors import PlainGroup
from commands.parameter_types import Name
from commands.queues.which_queue import of_business, the_queue
from models.queueing.queue_settings import add_desk
from models.queueing.tables.queues import Queue
from models.storage.database import transaction

DESK_NAME = Name(30)

desk = PlainGroup("desk", help="Desks: where customers are asked to come to.")


@desk.command("add")
@click.argument("keyword")
@of_business
@click.argument("names", metavar="NAME...", type=DESK_NAME, nargs=-1, required=True)
def add_desks(keyword: str, business: str | None, names: tuple[str, ...]) -> None:
    """Give the queue KEYWORD desks of these names, as customers read them: "Please come to NAME".

    Servicers choose theirs on their page. A desk that is there already stays as it is.
    """

    def work(session: Session) -> tuple[str, list[str]]:
        queue = Queue.lock(session, the_queue(session, keyword, business).id)
        return queue.keyword, [name for name in dict.fromkeys(names) if add_desk(session, queue, name)]

    made_for, new = transaction(work)
    if new:
        click.echo(f"Made at {made_for}: {', '.join(new)}.")
    else:
        click.echo(f"{made_for} has them already: nothing to do.")
