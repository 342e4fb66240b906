"""A servicer's message to everyone who waits, limited so that a full waiting room is not texted all day."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.queueing.line.queries import waiting_tickets
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, NotPossible, Source, among
from models.queueing.tables.tickets import Ticket
from models.storage.rate_limits import Limit, is_over
from models.texts.text_kinds import TextKind

MESSAGES_OF_QUEUE = Limit("messages of a queue", 10, timedelta(hours=1))
MESSAGES_OF_BUSINESS = Limit("messages of a business", 30, timedelta(hours=1))


def is_anybody_from_the_desk(session: Session, queue: Queue) -> bool:
    """Whether a message would go to somebody whose phone was given at the desk."""
    theirs = (Ticket.queue_id == queue.id, among(Ticket.state, WAITING), Ticket.source == Source.DESK)
    with_phone = exists().where(Customer.id == Ticket.customer_id, Customer.phone_hash.is_not(None))
    return session.scalar(select(exists().where(*theirs, with_phone))) or False


def announce(session: Session, queue: Queue, note: str, *, by: By, now: datetime) -> int:
    """Text this to everyone waiting. Gives how many texts it became.

    Raises NotPossible("too_many_messages"), with the minutes until there may be another.
    """
    for limit, whose in ((MESSAGES_OF_QUEUE, queue.id), (MESSAGES_OF_BUSINESS, queue.business_id)):
        if is_over(session, limit, whose, now):
            raise NotPossible("too_many_messages", number=limit.minutes_left(now))
    facts = {"note": note}
    event_id = record(session, EventKind.ANNOUNCED, queue_id=queue.id, by=by, now=now, facts=facts)
    waiting = waiting_tickets(session, queue)
    return sum(t.send(session, TextKind.ANNOUNCEMENT, event_id, now, note=note) for t in waiting)
