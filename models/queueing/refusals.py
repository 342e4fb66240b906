"""When nobody can take a number: the queue is closed, in last call, full or busy, they took too many, they
text by a channel that may not join, or bring no door code."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.queueing.line.queries import waiting_count
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket

MOST_JOINS_A_MINUTE = 10_000
MOST_JOINS_A_MINUTE_IN_ALL = 20_000
MOST_NUMBERS_AN_HOUR = 30  # of one customer, in all queues


def require_room(
    session: Session,
    queue: Queue,
    source: Source,
    *,
    by: By,
    now: datetime,
    our_number_id: int | None = None,
    brings_code: bool = False,
) -> None:
    """Raises NotPossible("closed" | "last_call" | "busy" | "full" | "other_channel" | "door_code"). Who was
    turned away is recorded."""
    texted = session.get(OurNumber, our_number_id) if source == Source.TEXT and our_number_id else None
    reason = refuses(session, queue, source, now, channel=texted.channel if texted else None)
    if reason is None and queue.door_code and source != Source.DESK and not brings_code:
        reason = "door_code"
    if reason in ("busy", "door_code"):
        raise NotPossible(reason)  # an attack would write an event each time
    if reason is not None:
        facts = {"reason": reason}
        record(session, EventKind.TURNED_AWAY, queue_id=queue.id, by=by, now=now, facts=facts)
        raise NotPossible(reason)


def refuses(
    session: Session,
    queue: Queue,
    source: Source,
    now: datetime,
    many: int = 1,
    channel: Channel | None = None,
) -> str | None:
    """Why so many may not take a number now (the reasons of `require_room`); None when they may."""
    if not queue.takes_numbers:
        return queue.state.value
    if channel is not None and not queue.may_be_joined_by(channel):
        return "other_channel"
    if source == Source.DESK:
        return None
    if _is_over_rate_limit(session, queue, now, many):
        return "busy"
    if queue.capacity is None:
        return None
    return "full" if waiting_count(session, queue) + many > queue.capacity else None


def took_too_many(session: Session, customer_ids: Sequence[int], now: datetime) -> set[int]:
    """Those of these customers who have taken as many numbers in the last hour as one may."""
    taken = (
        select(Ticket.customer_id)
        .where(Ticket.customer_id.in_(customer_ids), Ticket.joined_at > now - timedelta(hours=1))
        .group_by(Ticket.customer_id)
        .having(func.count() >= MOST_NUMBERS_AN_HOUR)
    )
    return set(session.scalars(taken))


def minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _is_over_rate_limit(session: Session, queue: Queue, now: datetime, many: int) -> bool:
    """More joins within a minute, here or in all queues of the business, than any crowd of people makes.

    Counted on the queue's own row, which every join updates anyway; the other queues are counted only when
    this one is busy itself.
    """
    minute = minute_of(now)
    here = queue.minute_joins if queue.counted_minute == minute else 0
    if here + many > MOST_JOINS_A_MINUTE:
        return True
    if here < MOST_JOINS_A_MINUTE // 10:
        return False
    in_all = session.scalar(_JOINS_IN_ALL, {"business": queue.business_id, "minute": minute})
    return (in_all or 0) + many > MOST_JOINS_A_MINUTE_IN_ALL


_QUEUES = Queue.__table__
_JOINS_IN_ALL = select(func.sum(_QUEUES.c.minute_joins)).where(
    _QUEUES.c.business_id == bindparam("business"), _QUEUES.c.counted_minute == bindparam("minute")
)
