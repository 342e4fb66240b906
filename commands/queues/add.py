"""`flask queue add`: makes a queue. Like `flask setup` it never changes what is there (commands/setup.py)."""

from datetime import UTC, datetime, time

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.understanding import keyword_warning
from commands.command_line.errors import refuse_differences
from commands.command_line.groups import queue
from commands.command_line.parameter_types import Keyword, Minutes, Name, TimeOfDay
from commands.command_line.which_business import of_business, the_business
from models.queueing.hours.opening_hours import hours_of, set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.setup.new_queues import make_queue
from models.queueing.tables.queues import Queue
from models.storage.database import transaction

QUEUE_NAME = Name(60)


@queue.command("add")
@click.argument("keyword", type=Keyword())
@click.option("--name", required=True, type=QUEUE_NAME, help="The name that customers read.")
@of_business
@click.option(
    "--alert-ahead",
    type=click.IntRange(0, 99),
    help='Text "nearly up" at this place in line.  [default: 2]',
)
@click.option("--opens", type=TimeOfDay(), help="When it opens every day; needs --closes.")
@click.option("--closes", type=TimeOfDay(), help="When it closes every day; needs --opens.")
@click.option(
    "--minutes-per-customer",
    type=Minutes(),
    help="Your guess, until enough customers have been served.  [default: 5]",
)
def add_queue(
    keyword: str,
    name: str,
    business: str | None,
    alert_ahead: int | None,
    opens: time | None,
    closes: time | None,
    minutes_per_customer: float | None,
) -> None:
    """Make a queue that customers join by texting KEYWORD, and open it.

    If the same queue exists already, nothing changes and it says so. If it exists with other values,
    nothing changes and it fails. Options that you leave out are not compared.
    """
    if (opens is None) != (closes is None) or (opens is not None and opens == closes):
        raise click.UsageError("Give --opens and --closes together, and make them different.")
    asked = {"alert_ahead": alert_ahead, "minutes_per_customer": minutes_per_customer}
    given = {column: value for column, value in asked.items() if value is not None}

    def work(session: Session) -> list[str] | None:
        """The keywords of the business's other queues, if this one is new."""
        owner = the_business(session, business)
        there = Queue.named(session, owner.id, keyword)
        if there is not None:
            differs = {"--name": there.name != name}
            for column, value in given.items():
                differs[f"--{column.replace('_', '-')}"] = getattr(there, column) != value
            if opens is not None and closes is not None:
                hours = [(h.opens_at, h.closes_at) for h in hours_of(session, there.id).values()]
                differs["--opens and --closes"] = hours != [(opens, closes)] * 7
            refuse_differences(f"The queue {keyword} exists already", differs)
            return None
        others = list(session.scalars(select(Queue.keyword).where(Queue.business_id == owner.id)))
        now = datetime.now(UTC)
        made = make_queue(session, owner.id, keyword, name=name, now=now, **given)
        if opens is not None and closes is not None:
            set_hours(session, made, EVERY_DAY, (opens, closes), now=now)
        return others

    others = transaction(work)
    if others is not None:
        click.echo(f"Made the queue {keyword} ({name}). It is open.")
        if warning := keyword_warning(keyword, others):
            click.echo(warning, err=True)
        if opens and closes:
            click.echo(f"From now on it closes at {closes:%H:%M} and opens at {opens:%H:%M} by itself.")
    else:
        click.echo(f"The queue {keyword} exists already: nothing to do.")
