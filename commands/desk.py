"""`flask desk add`: adds desks, where a queue's customers are asked to come. Never renames or removes one."""

import click
from sqlalchemy.orm import Session

from commands.command_line.errors import PlainGroup, Refused
from commands.command_line.parameter_types import Name
from commands.queues.which_queue import of_business, the_queue
from models.queueing.setup.queue_settings import MOST_DESKS, add_desk
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import transaction

DESK_NAME = Name(30)

desk = PlainGroup("desk", help="Desks that customers are called to.")


@desk.command("add")
@click.argument("keyword")
@of_business
@click.argument("names", metavar="NAME...", type=DESK_NAME, nargs=-1, required=True)
def add_desks(keyword: str, business: str | None, names: tuple[str, ...]) -> None:
    """Add desks to the queue KEYWORD. Customers read: "Please come to NAME".

    Servicers choose their desk on their page. A desk that exists already stays as it is.
    """

    def work(session: Session) -> tuple[str, list[str]]:
        queue = Queue.lock(session, the_queue(session, keyword, business).id)
        return queue.keyword, [name for name in dict.fromkeys(names) if add_desk(session, queue, name)]

    try:
        made_for, new = transaction(work)
    except NotPossible:
        raise Refused(f"A queue has at most {MOST_DESKS} desks. Nothing was changed.") from None
    if new:
        click.echo(f"Added to {made_for}: {', '.join(new)}.")
    else:
        click.echo(f"{made_for} has these desks already: nothing to do.")
