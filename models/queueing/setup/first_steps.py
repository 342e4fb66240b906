"""How far a new business has got on its way to a first customer. Reads only; the pages word the steps."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.mailed_links import invitations_of
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket

IN_USE = 20  # numbers taken: whoever has given so many knows which steps they need no more


class FirstSteps(NamedTuple):
    has_queue: bool
    has_number: bool
    has_text: bool  # somebody has joined by text
    has_scan: bool  # somebody has joined on the page that the poster leads to
    has_people: bool  # more than one, or invited

    @property
    def are_done(self) -> bool:
        return all((self.has_queue, self.has_number, self.has_text, self.has_scan, self.has_people))


def first_steps(session: Session, business: Business, now: datetime) -> FirstSteps | None:
    """None where they are done, or the business is in use without some of them."""
    tickets = select(Ticket.id).join(Queue).where(Queue.business_id == business.id)
    few = tickets.limit(IN_USE).subquery()
    if (session.scalar(select(func.count()).select_from(few)) or 0) >= IN_USE:
        return None
    queues = select(Queue.id).where(Queue.business_id == business.id, Queue.archived_at.is_(None))
    people = select(func.count()).where(Servicer.business_id == business.id, Servicer.left_at.is_(None))
    steps = FirstSteps(
        has_queue=_any(session, queues),
        has_number=bool(business.numbers),
        has_text=_any(session, tickets.where(Ticket.source == Source.TEXT)),
        has_scan=_any(session, tickets.where(Ticket.source == Source.WEB)),
        has_people=(session.scalar(people) or 0) > 1 or bool(invitations_of(session, business.id, now)),
    )
    return None if steps.are_done else steps


def _any(session: Session, found: Select[int]) -> bool:
    return bool(session.scalar(select(exists(found))))
