"""Finds people in a line too long to be shown whole: by number, by name, or by how their phone ends.

Reads only; knows no request. Phones are looked at here and shown nowhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from models.people import Customer
from models.phone import phone_keys
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import LIVE, TicketState, among
from web.control_ticket import how_it_stands
from web.signed_in import off_the_loop

MOST_FOUND = 50
LONGEST_WORDS = 60
PHONE_DIGITS = 4  # so many of its last ones at least


@dataclass(frozen=True)
class Found:
    id: int
    number: int
    name: str | None
    party: int
    how_it_stands: str


def find(session: Session, queue: Queue, words: str) -> list[Found]:
    """Those called or served first, then in the order of the line; no more than MOST_FOUND + 1."""
    words = words.strip().casefold()
    rows = session.execute(_live(), {"queue_id": queue.id}).all() if words else []
    # Thousands of phones take a while to decrypt, and no other page waits for it.
    places = off_the_loop(_fitting, rows, words)
    return list(_found(session, places))


def _found(session: Session, places: dict[int, int]) -> Iterator[Found]:
    for ticket_id, ahead in places.items():
        ticket = session.get_one(Ticket, ticket_id)
        stands = how_it_stands(session, ticket, ahead)
        yield Found(ticket.id, ticket.number, ticket.name, ticket.party, stands)


def _fitting(rows: Sequence[Row[Any]], words: str) -> dict[int, int]:
    """The tickets that fit, and how many wait before each."""
    found: dict[int, int] = {}
    digits = re.sub(r"[\s()+./-]", "", words)
    is_phone = digits.isdecimal() and len(digits) >= PHONE_DIGITS
    ahead = 0
    for row in rows:
        if _fits(row, words, digits if is_phone else None):
            found[row.id] = ahead
        if len(found) > MOST_FOUND:
            break
        ahead += row.state == TicketState.WAITING
    return found


def _fits(row: Row[Any], words: str, phone: str | None) -> bool:
    if words == str(row.number) or words in (row.name or "").casefold():
        return True
    if phone is None or row.phone_ciphertext is None:
        return False
    return (phone_keys().decrypt(row.phone_ciphertext) or "").endswith(phone)


@cache
def _live() -> "Select[int, int, str | None, TicketState, bytes | None]":
    return (
        select(Ticket.id, Ticket.number, Ticket.name, Ticket.state, Customer.phone_ciphertext)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, LIVE))
        .order_by(Ticket.state == TicketState.WAITING, Ticket.position)
    )
