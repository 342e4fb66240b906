"""Finds people in a line that is too long to show: by number, name or the last four digits of the phone.

Reads only; uses no request. Phones are decrypted for the search but never shown. Exactly four digits: with
others, whoever tries all endings one by one would be given whole phones.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from models.people.customers import Customer
from models.people.phone_numbers import phone_keys
from models.people.typed_phones import ascii_digits
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, TicketState, among
from models.queueing.tables.tickets import Ticket
from web.account.current_servicer import in_threadpool
from web.control.ticket import status_text

MOST_FOUND = 50
LONGEST_WORDS = 60
PHONE_DIGITS = 4


class Found(NamedTuple):
    id: int
    number: int | str
    name: str | None
    party: int
    status_text: str


def phone_ending(words: str) -> str | None:
    """The four digits, if that is what the words are."""
    digits = ascii_digits(words)
    is_ending = len(digits) == PHONE_DIGITS and not any(letter.isalpha() for letter in words)
    return digits if is_ending else None


def find(session: Session, queue: Queue, words: str, *, looks_at_phones: bool = True) -> list[Found]:
    """Called and served tickets first, then the line in order; at most MOST_FOUND + 1."""
    words = words.strip().casefold()
    if (bare := words.removeprefix(queue.prefix.casefold())).isdecimal():
        words = bare  # A12
    ending = phone_ending(words) if looks_at_phones else None
    rows = session.execute(_live(), {"queue_id": queue.id}).all() if words else []
    # In a thread: decrypting thousands of phones takes a while and must not block other requests.
    places = in_threadpool(_matching, rows, words, ending)
    return list(_found(session, places))


def _found(session: Session, places: dict[int, int]) -> Iterator[Found]:
    for ticket_id, ahead in places.items():
        ticket = session.get_one(Ticket, ticket_id)
        stands = status_text(session, ticket, ahead)
        yield Found(ticket.id, ticket.label, ticket.name, ticket.party, stands)


def _matching(rows: Sequence[Row[Any]], words: str, ending: str | None) -> dict[int, int]:
    """The ids of the matching tickets, and how many wait before each."""
    found: dict[int, int] = {}
    ahead = 0
    for row in rows:
        if _matches(row, words, ending):
            found[row.id] = ahead
        if len(found) > MOST_FOUND:
            break
        ahead += row.state == TicketState.WAITING
    return found


def _matches(row: Row[Any], words: str, ending: str | None) -> bool:
    if words == str(row.number) or words in (row.name or "").casefold():
        return True
    if ending is None or row.phone_ciphertext is None:
        return False
    return (phone_keys().decrypt(row.phone_ciphertext) or "").endswith(ending)


@cache
def _live() -> "Select[int, int, str | None, TicketState, bytes | None]":
    return (
        select(Ticket.id, Ticket.number, Ticket.name, Ticket.state, Customer.phone_ciphertext)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, LIVE))
        .order_by(Ticket.state == TicketState.WAITING, Ticket.position, Ticket.id)
    )
