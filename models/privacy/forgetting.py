"""Forgets a customer: phone, names, words are erased; counts stay, and an opt-out, to protect them."""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from models.people.actors import Actor, By
from models.people.business import Business
from models.people.customers import Customer
from models.people.phone_numbers import phone_keys
from models.people.privacy_requests import Request, RequestKind, record_request
from models.people.programs.api_answers import erase_names_in_answers
from models.queueing import ending
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import FORGOTTEN, LIVE, NOT_YET_SERVED, among
from models.queueing.tables.tickets import Ticket
from models.storage.hashes import keyed_hash
from models.texts.inbox import InboundMessage
from models.texts.open_questions import close_question
from models.texts.outbox import OutboundMessage
from models.texts.pretend_phones import erase_pretend_texts, silent_pretend_phones
from models.texts.remarks import Remark
from models.texts.text_states import TextState
from models.webhooks.deliveries import erase_answers
from models.webhooks.forgotten import lock_where_known, record_forgotten

ERASED = "(erased)"
LAST_ANSWER_SHOWN = timedelta(hours=1)


def forget(session: Session, customer: Customer, *, by: By, now: datetime) -> list[int]:
    """Leave every queue and erase phone, names and texts. Returns the ticket numbers that were given up."""
    given_up = []
    is_told = lock_where_known(session, customer)  # before any other lock, so that all are taken in order
    mine = select(Ticket.id).where(Ticket.customer_id == customer.id, among(Ticket.state, LIVE))
    for ticket_id in session.scalars(mine.order_by(Ticket.queue_id)).all():
        ticket = Ticket.lock(session, ticket_id)
        if ticket is not None and ticket.state in NOT_YET_SERVED:
            ending.leave(session, ticket, by=by, now=now, reason=FORGOTTEN)
            given_up.append(ticket.number)
    theirs = Ticket.customer_id == customer.id
    # The only change an event may ever get: an earlier name is erased.
    session.execute(
        update(Event)
        .where(Event.kind == EventKind.NAMED, Event.ticket_id.in_(select(Ticket.id).where(theirs)))
        .values(before=None)
    )
    session.execute(update(Ticket).where(theirs).values(name=None, note=None, answer=None, visit=None))
    tickets = session.scalars(select(Ticket.id).where(theirs)).all()
    erase_names_in_answers(session, tickets)
    erase_answers(session, tickets)
    if is_told:
        record_forgotten(session, customer, by=by, now=now)
    texts = OutboundMessage.customer_id == customer.id
    session.execute(
        update(OutboundMessage)
        .where(texts, OutboundMessage.state == TextState.WAITING)
        .values(state=TextState.EXPIRED, obsolete_at=now)
    )
    session.execute(update(OutboundMessage).where(texts).values(facts={}, body=None))
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.customer_id == customer.id)
        .values(body=ERASED, reply=None)  # answers call people by their names
    )
    session.execute(update(Remark).where(Remark.customer_id == customer.id).values(words=""))
    close_question(session, customer.id)
    if customer.phone is not None:
        erase_pretend_texts(session, customer.phone)
    customer.phone_ciphertext = customer.phone_hash = None
    customer.language = customer.wrote_language = None
    customer.forgotten_at = now
    if by.actor != Actor.CLOCK:  # what it does in time, it does after a restore too
        asked = Request(now, RequestKind.FORGOTTEN, row_key(customer), str(customer.id))
        record_request(session, asked)
    return given_up


def row_key(customer: Customer) -> str:
    """Tells this customer's row from one of the same id in another copy of the database."""
    return keyed_hash(f"customer {customer.id} {customer.created_at.isoformat()}")


def erase_pretend_phones_of_nobody(session: Session, now: datetime) -> None:
    """The answer to FORGET reaches a pretend phone after everything was erased; it goes a while later."""
    for phone in silent_pretend_phones(session, now - LAST_ANSWER_SHOWN):
        known = select(Customer.id).where(Customer.phone_hash == phone_keys().hash(phone))
        if session.scalar(known.limit(1)) is None:
            erase_pretend_texts(session, phone)


def due_to_be_forgotten(session: Session, business: Business, now: datetime, limit: int) -> list[int]:
    """Customers whose last visit is longer ago than the business keeps them, the oldest first."""
    last = now - timedelta(days=business.forget_after_days)
    since = (
        exists().where(
            Ticket.customer_id == Customer.id, func.coalesce(Ticket.ended_at, Ticket.joined_at) > last
        ),
        exists().where(Ticket.customer_id == Customer.id, among(Ticket.state, LIVE)),
        exists().where(InboundMessage.customer_id == Customer.id, InboundMessage.received_at > last),
    )
    over = select(Customer.id).where(
        Customer.business_id == business.id,
        Customer.forgotten_at.is_(None),
        Customer.created_at <= last,
        *(~recently for recently in since),
    )
    return list(session.scalars(over.order_by(Customer.created_at, Customer.id).limit(limit)))
