"""The waiting line as the servicer sees it: one row per ticket, read in one question. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from models.message import OutboundMessage, TextState
from models.people import Customer, OptOut
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import PRESENT, WAITING, among
from models.waiting import WaitState
from models.waits import Wait
from web.clock_words import Moment, moment, span
from web.text_trouble import Texting, texting_of_waiting
from web.ticket_page import between
from web.times import time_range

SHOWN_AT_MOST = 50  # whoever stands behind them is found by web/control_find


@dataclass(frozen=True)
class Promise:
    """When they were told that they would be called: on the business's clock."""

    between: str
    is_late: bool  # it is later than that


@dataclass(frozen=True)
class Waiting:
    """A row of the line."""

    id: int
    number: int
    name: str | None
    party: int
    joined: Moment
    waited: str
    promise: Promise | None
    texting: Texting | None
    is_here: bool
    lead_minutes: int | None  # how long before their turn they want to be told
    held_by: str | None  # the queue in which they are called or served now: until then not called here


def waiting_line(session: Session, queue: Queue, zone: ZoneInfo, now: datetime) -> Iterator[Waiting]:
    for row in session.execute(_line(), {"queue_id": queue.id, "most": SHOWN_AT_MOST}):
        ticket: Ticket = row.Ticket
        yield Waiting(
            id=ticket.id,
            number=ticket.number,
            name=ticket.name,
            party=ticket.party,
            joined=moment(ticket.joined_at, zone),
            waited=span(now - ticket.joined_at),
            promise=_promise(ticket, now),
            texting=_texting(row),
            is_here=ticket.arrived_at is not None,
            lead_minutes=ticket.lead_minutes,
            held_by=row.held_by,
        )


def _promise(ticket: Ticket, now: datetime) -> Promise | None:
    low, high = ticket.promised_low, ticket.promised_high
    if low is None or high is None:
        return None
    told = Wait(low, high, expected=high, state=WaitState.OK)
    is_late = now > ticket.joined_at + timedelta(minutes=high)
    return Promise(time_range(between(told, ticket.joined_at)), is_late)


def _texting(row: Row) -> Texting | None:
    return texting_of_waiting(row.can_be_texted, row.has_failed, row.newest_text)


@cache  # made once: to make this statement costs more than to run it
def _line() -> Select[Any]:
    """The line; whether each can be texted (can_be_texted, in one question for all), how far the newest
    text to them has come, and in which other queue they are called or served."""
    opted_out = (OptOut.phone_hash == Customer.phone_hash) & (OptOut.our_number_id == Ticket.our_number_id)
    reachable = Ticket.our_number_id.is_not(None) & Customer.phone_ciphertext.is_not(None)
    reachable = reachable & Customer.unreachable_at.is_(None) & OptOut.phone_hash.is_(None)
    there, elsewhere = aliased(Ticket), aliased(Queue)
    held_by = (
        select(elsewhere.name)
        .join(there, there.queue_id == elsewhere.id)
        .where(there.customer_id == Ticket.customer_id, among(there.state, PRESENT))
        .scalar_subquery()
    )
    newest_text = (
        select(OutboundMessage.state)
        .where(OutboundMessage.ticket_id == Ticket.id, OutboundMessage.state != TextState.EXPIRED)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Ticket,
            reachable.label("can_be_texted"),
            Customer.text_failed_at.is_not(None).label("has_failed"),
            newest_text.label("newest_text"),
            held_by.label("held_by"),
        )
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(OptOut, opted_out)
        .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, WAITING))
        .order_by(Ticket.position)
        .limit(bindparam("most"))
    )
