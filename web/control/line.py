"""The waiting line as the servicer sees it: one row per ticket, read with one query. Reads only."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from flask import get_template_attribute
from sqlalchemy import Executable, String, bindparam, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing.line.waits import Wait
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark
from models.texts.text_states import TextState
from models.waiting.estimator import WaitState
from web.control.bubble import Bubble, answer_of, bubble, note_of, visit_of
from web.control.text_trouble import READ, Texting, texting_of_waiting
from web.customer.ticket_page import between
from web.http.clock_words import Moment, moment, span
from web.http.times import Reader, current_reader, time_range

ROWS_KEPT = 2_000
SHOWN_AT_MOST = 50  # those behind them are found by web/control/find
SHOWN_IN_SHORT = 12  # as many as counter.css shows on a wide screen until all are asked for
MINUTE = timedelta(minutes=1)


class Shown(NamedTuple):
    """What is read of a ticket: columns, as making objects of each row would cost more than the statement."""

    id: int
    number: int
    name: str | None
    party: int
    joined_at: datetime
    promised_low: int | None
    promised_high: int | None
    told_at: datetime | None
    told_after: datetime | None
    told_until: datetime | None
    arrived_at: datetime | None
    lead_minutes: int | None
    note: str | None
    answer: str | None
    visit: int | None
    set_aside_at: datetime | None
    remark_id: int | None
    remark: str | None
    remark_by: int | None
    unanswered: int
    can_be_texted: bool
    has_failed: bool
    newest_text: str | None  # its state, or READ
    held_id: int | None  # the ticket by which another queue has called its customer
    held_since: datetime | None
    held_queue: str | None
    held_keyword: str | None
    held_by: str | None


class Promise(NamedTuple):
    """The time of the call that the customer was told last, in the business's time zone."""

    between: str
    is_late: bool  # that time has passed


class Held(NamedTuple):
    """The other queue that has called or serves them, by whom and for how long; their ticket there."""

    queue: str
    keyword: str
    ticket_id: int
    servicer: str
    so_far: str


class Waiting(NamedTuple):
    """A row of the line."""

    id: int
    number: int | str  # as people see it: 12, or A12
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


def line_length(waiting: int) -> int:
    """How many rows the line has, with so many waiting, if it is not in short."""
    return min(waiting, SHOWN_AT_MOST)


def waiting_line(session: Session, queue: Queue, now: datetime, *, in_short: bool) -> Iterator[Waiting]:
    """A row tells how long they have waited in minutes, and is as it was when the last of these was full.

    In short: the first ones, and whoever among the others has said something that nobody has answered.
    """
    reader = current_reader()
    first = SHOWN_IN_SHORT if in_short else SHOWN_AT_MOST
    asked = {"queue_id": queue.id, "most": SHOWN_AT_MOST, "first": first}
    for row in fetch_rows(session, _line(), asked):
        shown = Shown._make(row)
        label = queue.numbered(shown.number)
        yield _waiting(shown, label, now - (now - shown.joined_at) % MINUTE, reader)


@lru_cache(ROWS_KEPT)
def _waiting(row: Shown, label: int | str, now: datetime, reader: Reader) -> Waiting:
    """Made once for all pages that show it: whatever else a row depends on is in how its reader writes."""
    return Waiting(
        id=row.id,
        number=label,
        name=row.name,
        party=row.party,
        joined=moment(row.joined_at, reader.zone, now),
        waited=span(now - row.joined_at),
        promise=_promise(row, now),
        texting=texting_of_waiting(row.can_be_texted, row.has_failed, row.newest_text),
        is_here=row.arrived_at is not None,
        lead_minutes=row.lead_minutes,
        bubble=_bubble(row),
        note=note_of(row.note),
        answer=answer_of(row.answer),
        visit=visit_of(row.visit),
        is_on_hold=row.set_aside_at is not None,
        held=_held(row, now),
    )


def _promise(row: Shown, now: datetime) -> Promise | None:
    """By what they were told last; where that was not kept yet, by what they were told on joining."""
    if row.told_at is not None:
        at, after, until = row.told_at, row.told_after, row.told_until
    elif row.promised_low is not None and row.promised_high is not None:
        at = row.joined_at
        after, until = at + row.promised_low * MINUTE, at + row.promised_high * MINUTE
    else:
        return None
    if after is None or until is None:  # told that the line doesn't move
        return None
    low, high = ((end - at) // MINUTE for end in (after, until))
    told = Wait(low, high, expected=high, state=WaitState.OK)
    return Promise(time_range(between(told, at)), is_late=now >= until)


def _bubble(row: Shown) -> Bubble | None:
    if row.remark_id is None or not row.remark:
        return None
    return bubble(row.remark_id, row.remark, row.remark_by is None, row.unanswered)


def _held(row: Shown, now: datetime) -> Held | None:
    if row.held_id is None or row.held_since is None:
        return None
    queue, keyword, servicer = row.held_queue or "", row.held_keyword or "", row.held_by or ""
    return Held(queue, keyword, row.held_id, servicer, span(now - row.held_since))


@cache  # compiled once: building the statement costs more than running it
def _line() -> Executable:
    """The line: for each ticket what `Shown` has, in its order.

    Whether it can be texted is by the rule of can_be_texted, in one query."""
    opted_out = (OptOut.phone_hash == Customer.phone_hash) & (OptOut.our_number_id == Ticket.our_number_id)
    reachable = Ticket.our_number_id.is_not(None) & Customer.phone_ciphertext.is_not(None)
    reachable = reachable & Customer.unreachable_at.is_(None) & OptOut.phone_hash.is_(None)
    near = (
        select(Ticket.id, Ticket.position, Ticket.unanswered_remarks)
        .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, WAITING))
        .order_by(Ticket.position, Ticket.id)
        .limit(bindparam("most"))
        .subquery()
    )
    in_order = func.row_number().over(order_by=(near.c.position, near.c.id)).label("place")
    shown = select(near.c.id, near.c.unanswered_remarks, in_order).subquery()
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
            Ticket.id,
            Ticket.number,
            Ticket.name,
            Ticket.party,
            Ticket.joined_at,
            Ticket.promised_low,
            Ticket.promised_high,
            Ticket.told_at,
            Ticket.told_after,
            Ticket.told_until,
            Ticket.arrived_at,
            Ticket.lead_minutes,
            Ticket.note,
            Ticket.answer,
            Ticket.visit,
            Ticket.set_aside_at,
            Remark.id,
            Remark.words,
            Remark.servicer_id,
            Ticket.unanswered_remarks,
            reachable,
            Customer.text_failed_at.is_not(None),
            newest_text,
            there.id,
            func.coalesce(there.started_at, there.called_at),
            elsewhere.name,
            elsewhere.keyword,
            Servicer.name,
        )
        .join(shown, shown.c.id == Ticket.id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(OptOut, opted_out)
        .outerjoin(Remark, Remark.id == Ticket.last_remark_id)
        .outerjoin(there, has_them)
        .outerjoin(elsewhere, elsewhere.id == there.queue_id)
        .outerjoin(Servicer, Servicer.id == there.servicer_id)
        .where(or_(shown.c.place <= bindparam("first"), shown.c.unanswered_remarks > 0))
        .order_by(shown.c.place)
    )


def kept_rows(line: Iterable[Waiting], keyword: str) -> list[tuple[Waiting, str]]:
    """Each row as HTML, made once for all pages that show it, as from press to press few rows change.

    Empty for somebody on hold, whose row has a button. All that a row shows is in its `Waiting`, so a kept
    one is never out of date. What is erased is no longer shown, and is in the memory of the process until
    newer rows replace it.
    """
    locale = current_reader().locale
    return [(each, "" if each.is_on_hold else _row(each, keyword, locale)) for each in line]


@lru_cache(ROWS_KEPT)
def _row(ticket: Waiting, keyword: str, locale: str) -> str:
    """What a macro gives is HTML to the page that shows it."""
    row: str = get_template_attribute("web/control/kept_row.html", "row")(ticket, keyword)
    return row
