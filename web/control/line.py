"""The waiting line as the servicer sees it: one row per ticket, read with one query. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import get_template_attribute
from sqlalchemy import Row, Select, String, bindparam, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing.line.waits import Wait
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark
from models.texts.text_states import TextState
from models.waiting.estimator import WaitState
from web.control.bubble import Bubble, answer_of, bubble_of, note_of, visit_of
from web.control.text_trouble import READ, Texting, texting_of_waiting
from web.customer.ticket_page import between
from web.http.clock_words import Moment, moment, span
from web.http.times import current_reader, time_range

ROWS_KEPT = 2_000
SHOWN_AT_MOST = 50  # those behind them are found by web/control/find
# Columns and not the ticket: making an object of each row would cost more than the statement.
SHOWN: tuple[InstrumentedAttribute[Any], ...] = (
    Ticket.id,
    Ticket.number,
    Ticket.name,
    Ticket.party,
    Ticket.joined_at,
    Ticket.promised_low,
    Ticket.promised_high,
    Ticket.arrived_at,
    Ticket.lead_minutes,
    Ticket.unanswered_remarks,
    Ticket.note,
    Ticket.answer,
    Ticket.visit,
    Ticket.set_aside_at,
)


@dataclass(frozen=True)
class Promise:
    """The time of the call that the customer was told, in the business's time zone."""

    between: str
    is_late: bool  # that time has passed


@dataclass(frozen=True)
class Held:
    """The other queue that has called or serves them, by whom and for how long; their ticket there."""

    queue: str
    keyword: str
    ticket_id: int
    servicer: str
    so_far: str


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
    lead_minutes: int | None  # how long before their turn they want to be alerted
    bubble: Bubble | None
    note: str  # the beginning of it
    answer: str  # the beginning of it
    visit: str
    is_on_hold: bool  # others are called before them
    held: Held | None  # while another queue has them they can't be called here


def waiting_line(session: Session, queue: Queue, zone: ZoneInfo, now: datetime) -> Iterator[Waiting]:
    for row in session.execute(_line(), {"queue_id": queue.id, "most": SHOWN_AT_MOST}):
        yield Waiting(
            id=row.id,
            number=row.number,
            name=row.name,
            party=row.party,
            joined=moment(row.joined_at, zone, now),
            waited=span(now - row.joined_at),
            promise=_promise(row, now),
            texting=_texting(row),
            is_here=row.arrived_at is not None,
            lead_minutes=row.lead_minutes,
            bubble=bubble_of(row.Remark, row.unanswered_remarks),
            note=note_of(row.note),
            answer=answer_of(row.answer),
            visit=visit_of(row.visit),
            is_on_hold=row.set_aside_at is not None,
            held=_held(row, now),
        )


def _promise(row: Row, now: datetime) -> Promise | None:
    low, high = row.promised_low, row.promised_high
    if low is None or high is None:
        return None
    told = Wait(low, high, expected=high, state=WaitState.OK)
    is_late = now > row.joined_at + timedelta(minutes=high)
    return Promise(time_range(between(told, row.joined_at)), is_late)


def _held(row: Row, now: datetime) -> Held | None:
    if row.held_id is None:
        return None
    so_far = span(now - row.held_since)
    return Held(row.held_queue, row.held_keyword, row.held_id, row.held_by, so_far)


def _texting(row: Row) -> Texting | None:
    return texting_of_waiting(row.can_be_texted, row.has_failed, row.newest_text)


@cache  # compiled once: building the statement costs more than running it
def _line() -> Select[Any]:
    """The line. For each ticket: whether it can be texted (by the rule of can_be_texted, in one query), the
    state of its newest text (or READ), and the other queue that has called it."""
    opted_out = (OptOut.phone_hash == Customer.phone_hash) & (OptOut.our_number_id == Ticket.our_number_id)
    reachable = Ticket.our_number_id.is_not(None) & Customer.phone_ciphertext.is_not(None)
    reachable = reachable & Customer.unreachable_at.is_(None) & OptOut.phone_hash.is_(None)
    # At most one each: nobody is called or served in two queues at once.
    there, elsewhere = aliased(Ticket), aliased(Queue)
    has_them = (there.customer_id == Ticket.customer_id) & among(there.state, PRESENT)
    newest_text = (
        select(case((OutboundMessage.read_at.is_not(None), READ), else_=cast(OutboundMessage.state, String)))
        .where(OutboundMessage.ticket_id == Ticket.id, OutboundMessage.state != TextState.EXPIRED)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *SHOWN,
            Remark,
            reachable.label("can_be_texted"),
            Customer.text_failed_at.is_not(None).label("has_failed"),
            newest_text.label("newest_text"),
            there.id.label("held_id"),
            func.coalesce(there.started_at, there.called_at).label("held_since"),
            elsewhere.name.label("held_queue"),
            elsewhere.keyword.label("held_keyword"),
            Servicer.name.label("held_by"),
        )
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(OptOut, opted_out)
        .outerjoin(Remark, Remark.id == Ticket.last_remark_id)
        .outerjoin(there, has_them)
        .outerjoin(elsewhere, elsewhere.id == there.queue_id)
        .outerjoin(Servicer, Servicer.id == there.servicer_id)
        .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, WAITING))
        .order_by(Ticket.position, Ticket.id)
        .limit(bindparam("most"))
    )


def kept_row(ticket: Waiting, keyword: str) -> str:
    """A row as HTML, made once for all pages that show it, as from press to press few rows change.

    All that a row shows is in its `Waiting`, so a kept one is never out of date. What is erased is no longer
    shown, and is in the memory of the process until newer rows replace it.
    """
    return _row(ticket, keyword, current_reader().locale)


@lru_cache(ROWS_KEPT)
def _row(ticket: Waiting, keyword: str, locale: str) -> str:
    """What a macro gives is HTML to the page that shows it."""
    row: str = get_template_attribute("web/control/kept_row.html", "row")(ticket, keyword)
    return row
