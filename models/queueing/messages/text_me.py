"""A ticket taken without a phone gets the phone that texts the code on its page.

The code is derived from the ticket and the time, so that looking at the page stores nothing and ends no code
shown before. It is good for at most an hour, and once: a ticket that has a phone has no code.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.queueing.line.visits import count_visit_anew
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, PRESENT, among
from models.queueing.tables.tickets import Ticket
from models.storage.hashes import keyed_hash
from models.texts.remarks import Remark

# No vowels, so that no code is a word, and nothing that is read as something else.
LETTERS = "CDFGHJKMNPQRTVWXY"
DIGITS = "23456789"
LENGTH = 6
SHAPE = re.compile(r"\b(?=(?:[A-Z]*[2-9]){2})(?=[2-9]*[A-Z])[A-HJ-NP-Z2-9]{6}\b")
# As people write down what they read; only of signs that codes have, as licence plates look alike.
HYPHENATED = re.compile(
    rf"\b([{LETTERS}{DIGITS}]{{3}})[-\u2010-\u2015]([{LETTERS}{DIGITS}]{{3}})\b", re.IGNORECASE
)
SLOT = timedelta(minutes=10)
SLOTS = 6  # of the last hour


def code_in(text: str | None) -> str | None:
    """The first word of this text that looks like a code, right or wrong."""
    found = SHAPE.search("".join(map(_plain, text.upper()))) if text else None
    return found.group() if found else None


def hyphenated_in(text: str) -> str | None:
    """The first piece of this text that looks like a code with a hyphen in it, as "2pm-3pm" does, too."""
    looks = (found for found in HYPHENATED.finditer(text) if SHAPE.fullmatch((found[1] + found[2]).upper()))
    first = next(looks, None)
    return first.group() if first else None


def _plain(sign: str) -> str:
    """A digit of any script as ours."""
    return str(unicodedata.decimal(sign, sign))


def code_of(ticket: Ticket, now: datetime) -> str:
    """The code that its page shows now."""
    return _code(ticket.token, slot_of(now))


def ticket_with_code(
    session: Session, queues: Sequence[Queue], code: str, customer: Customer, now: datetime
) -> Ticket | None:
    """The live ticket of these queues with this code: one without a phone, or the customer's own already."""
    has_no_phone = and_(Customer.phone_hash.is_(None), Customer.forgotten_at.is_(None))
    candidates = (
        select(Ticket.id, Ticket.token)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.queue_id.in_([queue.id for queue in queues]), among(Ticket.state, LIVE))
        .where(or_(has_no_phone, Ticket.customer_id == customer.id))
    )
    slots = range(slot_of(now), slot_of(now) - SLOTS, -1)
    matching = (
        row.id
        for row in session.execute(candidates.order_by(Ticket.id))
        if any(_code(row.token, slot) == code for slot in slots)
    )
    ticket_id = next(matching, None)
    return session.get(Ticket, ticket_id) if ticket_id is not None else None


def bind_phone(
    session: Session, ticket: Ticket, customer: Customer, *, our_number_id: int, now: datetime
) -> Ticket | None:
    """The ticket, and all else of whoever took it, is this customer's, whose phone it is.

    Changes nothing if that phone has a number of its own in such a queue, or is called elsewhere at the same
    time: that number is returned.
    """
    web = ticket.customer
    theirs = _live_tickets(session, web.id)
    for each in theirs:
        Ticket.lock(session, each.id)
    in_the_way = _in_the_way(theirs, _live_tickets(session, customer.id))
    if in_the_way is not None or ticket.customer_id != web.id:
        return in_the_way
    for each in theirs:
        kind, by = EventKind.PHONE_BOUND, By.customer()
        each.change(session, kind, by, now, customer_id=customer.id, our_number_id=our_number_id)
        session.expire(each, ["customer", "our_number"])
    for table in (Ticket, Remark):
        mine = update(table).where(table.customer_id == web.id)
        session.execute(mine.values(customer_id=customer.id))
    count_visit_anew(session, customer.id)
    web.became_id = customer.id
    return None


def was_bound(session: Session, ticket: Ticket, taken_by: int | None = None) -> bool:
    """Whether its phone came to it by a code; if given, from this customer of the web."""
    bound = select(Event.before).where(Event.ticket_id == ticket.id, Event.kind == EventKind.PHONE_BOUND)
    before = [(each or {}).get("customer_id") for each in session.scalars(bound)]
    return bool(before) if taken_by is None else taken_by in before


def _live_tickets(session: Session, customer_id: int) -> list[Ticket]:
    """In the order in which queues may be locked."""
    mine = select(Ticket).where(Ticket.customer_id == customer_id, among(Ticket.state, LIVE))
    return list(session.scalars(mine.order_by(Ticket.queue_id)))


def _in_the_way(theirs: list[Ticket], own: list[Ticket]) -> Ticket | None:
    queues = {each.queue_id for each in theirs}
    is_called = any(each.state in PRESENT for each in theirs)
    blocking = (each for each in own if each.queue_id in queues or (is_called and each.state in PRESENT))
    return next(blocking, None)


def slot_of(now: datetime) -> int:
    """The ten minutes for which a code is shown; it is good for an hour."""
    return int(now.timestamp() // SLOT.total_seconds())


def _code(token: str, slot: int) -> str:
    return drawn_code(f"text me {token} {slot}")


def drawn_code(words: str) -> str:
    """From the words' keyed hash: two digits at least, and a letter: digits alone are read otherwise."""
    drawn = int(keyed_hash(words), 16)
    letters = []
    for _ in range(LENGTH):
        drawn, one = divmod(drawn, len(LETTERS + DIGITS))
        letters.append((LETTERS + DIGITS)[one])
    drawn, first = divmod(drawn, LENGTH)
    drawn, step = divmod(drawn, LENGTH - 1)
    digits = (first, (first + 1 + step) % LENGTH)
    for place in digits:
        drawn, one = divmod(drawn, len(DIGITS))
        letters[place] = DIGITS[one]
    one_more = next(place for place in range(LENGTH) if place not in digits)
    letters[one_more] = LETTERS[drawn % len(LETTERS)]
    return "".join(letters)
