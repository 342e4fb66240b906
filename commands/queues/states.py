"""`flask queue open|close|list`: what the buttons do, from a terminal or a script."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import click
from flask import current_app
from sqlalchemy.orm import Session

from commands.command_line.errors import Refused
from commands.command_line.groups import queue
from commands.command_line.which_business import BUSINESS_NAME, businesses, the_business
from commands.queues.hours import change_text, state_text
from commands.queues.which_queue import of_business, the_queue
from config.settings import Settings
from models.people.actors import By
from models.people.business import Business
from models.queueing.day_turn import turn_if_due
from models.queueing.line.queries import waiting_count
from models.queueing.opening import close_queue, open_queue, sends_away
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction


@queue.command("open")
@click.argument("keyword")
@of_business
def open_command(keyword: str, business: str | None) -> None:
    """Open a queue, like the button Open.

    This ends a pause or last call. Its hours, if any, close it again. Does nothing if it is open already.
    """
    if _changed(keyword, business, QueueState.OPEN, open_queue) is None:
        click.echo(f"{keyword.upper()} is open already: nothing to do.")
    else:
        click.echo(f"{keyword.upper()} is open.")


@queue.command("close")
@click.argument("keyword")
@of_business
@click.option("--yes", is_flag=True, help="Don't ask if people are waiting.")
def close_command(keyword: str, business: str | None, yes: bool) -> None:
    """Close a queue for the day, like the button Close.

    Everybody waiting loses their place and gets a text. On a terminal it asks first. Does nothing if it is
    closed already.
    """
    if not yes and is_terminal():
        _ask(keyword, business)
    sent_away = _changed(keyword, business, QueueState.CLOSED, close_queue)
    if sent_away is None:
        click.echo(f"{keyword.upper()} is closed already: nothing to do.")
        return
    click.echo(f"{keyword.upper()} is closed.")
    if sent_away:
        people = (
            "1 person who was waiting gets" if sent_away == 1 else f"{sent_away} people who were waiting get"
        )
        click.echo(f"{people} a text. Bring back, on its page, gives them their places again.")


def is_terminal() -> bool:
    return sys.stdin.isatty()


def _ask(keyword: str, business: str | None) -> None:
    with reading() as session:
        found = the_queue(session, keyword, business)
        count = 0 if found.state == QueueState.CLOSED else sends_away(session, found)
    if not count:
        return
    people = (
        "1 person is waiting and will lose their place"
        if count == 1
        else f"{count} people are waiting and will lose their places"
    )
    if not click.confirm(f"{people}. Close {keyword.upper()} anyway?", err=True):
        raise Refused("Nothing was changed.")


def _changed(
    keyword: str, business: str | None, state: QueueState, operation: Callable[..., int | None]
) -> int | None:
    """Does it under the queue's lock; gives how many were sent away, None if there was nothing to do."""

    def work(session: Session) -> int | None:
        now = datetime.now(UTC)
        found = the_queue(session, keyword, business).locked(session)
        turn_if_due(session, found, now)
        if found.state == state:
            return None
        if found.archived_at is not None:
            raise Refused(f"{found.keyword} is archived: bring it back at /manage first.")
        return operation(session, found, by=By.command(), now=now) or 0

    return transaction(work)


@queue.command("list")
@click.option("--business", type=BUSINESS_NAME, help="Only this business.  [default: all]")
def list_command(business: str | None) -> None:
    """List the queues, with state and addresses.

    Shows how many wait and when each opens or closes next. Archived queues are left out.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with reading() as session:
        owners = [the_business(session, business)] if business else businesses(session)
        lines = [line for owner in owners for line in _listed(session, owner, settings.public_url)]
    click.echo("\n".join(lines) or "No queues yet. Make one: flask queue add KEYWORD --name NAME")


def _listed(session: Session, owner: Business, public_url: str) -> Iterator[str]:
    """Four lines a queue."""
    now = datetime.now(UTC)
    for each in Queue.of_business(session, owner.id):
        waiting = f"{waiting_count(session, each)} waiting"
        yield f"{each.keyword} · {each.name} ({owner.name})"
        yield f"  {state_text(each)}, {waiting}{change_text(session, each, now)}"
        yield f"  Queue page      {public_url}/q/{each.address}"
        yield f"  Control page    {public_url}/control/{each.keyword}"
