"""That a customer was forgotten is told to the programs that know their tickets: they have to forget too."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.webhooks.endpoints import has_endpoint


def lock_where_known(session: Session, customer: Customer) -> bool:
    """Whether any program is to be told, now or once it is on; then their queues are locked, by id."""
    if not has_endpoint(session, customer.business_id):
        return False
    theirs = select(Ticket.queue_id).where(Ticket.customer_id == customer.id).distinct()
    for queue_id in sorted(session.scalars(theirs)):
        Queue.lock(session, queue_id)
    return True


def record_forgotten(session: Session, customer: Customer, *, by: By, now: datetime) -> None:
    """An event for each of their tickets; the queues must be locked."""
    theirs = select(Ticket.queue_id, Ticket.id).where(Ticket.customer_id == customer.id).order_by(Ticket.id)
    for queue_id, ticket_id in session.execute(theirs).all():
        record(session, EventKind.FORGOTTEN, queue_id=queue_id, ticket_id=ticket_id, by=by, now=now)
