"""Which queue a command means by a keyword: several businesses may have the same one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.command_line.errors import Refused
from commands.command_line.which_business import BUSINESS_NAME, the_business, told_apart
from models.people.business import Business
from models.queueing.setup.keywords import queues_once_named
from models.queueing.tables.queues import Queue

of_business: Callable[[Any], Any] = click.option(
    "--business", type=BUSINESS_NAME, help="Which business; needed if several have the keyword."
)


def the_queue(session: Session, keyword: str, business: str | None) -> Queue:
    """The one queue with this keyword, or the one of this business. Raises Refused.

    As of the business: one that has no number is meant only by who names it, or where it is the only one.
    """
    owner = the_business(session, business) if business is not None else None
    named = select(Queue).where(Queue.keyword == keyword.upper()).order_by(Queue.id)
    found = [queue for queue in session.scalars(named) if owner in (None, queue.business)]
    found = [queue for queue in found if queue.business.numbers] or found
    if len(found) > 1:
        names = told_apart([queue.business for queue in found])
        raise Refused(f"Several businesses have a queue {keyword!r}. Say which with --business: {names}.")
    if not found:
        raise _no_such_queue(session, keyword, owner)
    return found[0]


def _no_such_queue(session: Session, keyword: str, owner: Business | None) -> Refused:
    """Of an old keyword, which it is now."""
    once = queues_once_named(session, keyword, datetime.now(UTC))
    now = [queue.keyword for queue in once if owner in (None, queue.business)]
    if len(now) == 1:
        return Refused(f"The keyword {keyword!r} has changed: it is {now[0]} now.")
    of = f" of {owner.name!r}" if owner is not None else ""
    return Refused(f"There is no queue {keyword!r}{of}.")
