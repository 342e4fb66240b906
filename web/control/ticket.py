"""The data of one ticket's page: its status, what can be done with it, and its history.

Reads only; uses no request. Contains numbers and names, never a phone.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.sanitizing import sanitized
from models.queueing.counter.staff import AtWork
from models.queueing.line.page_changes import newest_change
from models.queueing.line.queries import count_ahead, is_held, present_ticket_of, waiting_count
from models.queueing.notes import can_be_noted
from models.queueing.returning import why_not
from models.queueing.tables.queue_states import TAKES_NUMBERS, QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, PRESENT, NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.queueing.ticket_details import may_come_soon
from models.storage.database import reading
from web.control.bubble import visit_of
from web.control.messages.talk import Talk, talk_with
from web.control.press_context import PressRequest
from web.control.ticket_story import HistoryEntry, history
from web.control.words import refusal_text
from web.customer.receipt import WaitReceipt, receipt_of_wait
from web.http.clock_words import Moment, moment


class Elsewhere(NamedTuple):
    """Another queue of the business, to which the ticket can be transferred."""

    id: int
    name: str
    waiting: int


class ControlTicket(NamedTuple):
    id: int
    number: int | str
    name: str | None
    party: int
    keyword: str
    address: str  # of its queue's public pages
    change: int  # the newest change included
    queue: str
    day: date
    state: TicketState
    status_text: str
    is_live: bool
    whose: int | None  # the servicer who has called or serves it
    is_mine: bool  # that is whoever looks
    is_leaving: bool  # said so while being served
    coming: Moment | None  # is called, and there by then
    can_come_soon: bool
    can_hold: bool
    is_on_hold: bool
    can_take_over: bool
    first_finish: int | str | None  # whom they serve meanwhile, so that they can't take it over
    can_end: bool  # a manager, somebody else's customer: done, did not come, back into the line
    can_call: bool  # before those ahead, by whoever looks
    can_put_first: bool
    can_remove: bool
    can_bring_back: bool
    elsewhere: tuple[Elsewhere, ...]
    answer: str
    visit: str
    note: str
    can_note: bool
    talk: Talk
    receipt: WaitReceipt | None  # why they waited, after the end
    history: tuple[HistoryEntry, ...]


class RefusedNote(NamedTuple):
    """As it was typed, so that nobody has to type it again, and why it was not saved."""

    words: str
    problem: str
    is_late: bool  # another was written since, by a colleague or from the same form


def refused_note(queue_id: int, asked: PressRequest, refusal: NotPossible) -> RefusedNote | None:
    """None for the same press twice. Other words from a form that the browser kept are not lost: they stand
    in the field again, beside what was saved before. Also None for a ticket of another queue than this one:
    whether words are its note is not for whoever asks here.
    """
    if refusal.reason == "repeated":
        with reading() as session:
            ticket = session.get(Ticket, asked.ticket_id or 0)
            if ticket is None or ticket.queue_id != queue_id:
                return None
            if (ticket.note or "") == sanitized(asked.note):
                return None
            refusal = NotPossible("note_changed" if can_be_noted(ticket) else "note_closed", of=ticket)
    return RefusedNote(asked.note, refusal_text(refusal), refusal.reason == "note_changed")


def control_ticket(
    session: Session, ticket: Ticket, servicer_id: int, now: datetime, *, is_manager: bool
) -> ControlTicket:
    is_waiting, is_present = ticket.state == TicketState.WAITING, ticket.state in PRESENT
    ahead = count_ahead(session, ticket) if is_waiting else 0
    is_colleagues = is_present and ticket.servicer_id != servicer_id
    own = present_ticket_of(session, ticket.queue, servicer_id) if is_waiting or is_colleagues else None
    is_called_here = is_waiting and ticket.queue.state != QueueState.PAUSED
    is_movable = is_waiting or (is_present and (is_manager or not is_colleagues))
    return ControlTicket(
        id=ticket.id,
        number=ticket.label,
        name=ticket.name,
        party=ticket.party,
        keyword=ticket.queue.keyword,
        address=ticket.queue.address,
        change=newest_change(session, ticket.queue),
        queue=ticket.queue.name,
        day=ticket.day,
        state=ticket.state,
        status_text=status_text(session, ticket, ahead),
        is_live=ticket.is_live,
        whose=ticket.servicer_id if is_present else None,
        is_mine=is_present and not is_colleagues,
        is_leaving=is_present and ticket.leaving_at is not None,
        coming=coming_by(ticket, ticket.queue.business.zone),
        can_come_soon=may_come_soon(ticket, ticket.queue, now) and (is_manager or not is_colleagues),
        can_hold=ticket.state == TicketState.CALLED and (is_manager or not is_colleagues),
        is_on_hold=is_on_hold(ticket),
        can_take_over=is_colleagues and own is None,
        first_finish=own.label if own and is_colleagues else None,
        can_end=is_colleagues and is_manager,
        can_call=is_called_here and own is None and not is_held(session, ticket),
        can_put_first=is_waiting and (ahead > 0 or is_on_hold(ticket)),
        can_remove=is_waiting or (is_colleagues and is_manager),
        can_bring_back=not ticket.is_live and why_not(session, ticket, now) is None,
        elsewhere=tuple(_elsewhere(session, ticket.queue)) if is_movable else (),
        answer=ticket.answer or "",
        visit=visit_of(ticket.visit),
        note=ticket.note or "",
        can_note=can_be_noted(ticket),
        talk=talk_with(session, ticket),
        receipt=receipt_of_wait(session, ticket),
        history=history(session, ticket),
    )


def coming_by(ticket: Ticket | AtWork, zone: ZoneInfo) -> Moment | None:
    """Until when somebody who was called, and isn't here yet, is waited for."""
    if ticket.state != TicketState.CALLED or ticket.coming_until is None or ticket.arrived_at is not None:
        return None
    return moment(ticket.coming_until, zone)


def is_on_hold(ticket: Ticket) -> bool:
    return ticket.state == TicketState.WAITING and ticket.set_aside_at is not None


def status_text(session: Session, ticket: Ticket, ahead: int) -> str:
    desk = ticket.desk.name if ticket.desk else ""
    who = ticket.servicer.name if ticket.servicer else ""
    match ticket.state:
        case TicketState.WAITING if is_on_hold(ticket):
            return _("On hold: others are called first until they're here")
        case TicketState.WAITING:
            return _("Waiting, %(ahead)s ahead", ahead=ahead) if ahead else _("Waiting, next in line")
        case TicketState.CALLED:
            if desk:
                return _("Called by %(servicer)s at %(desk)s", servicer=who, desk=desk)
            return _("Called by %(servicer)s", servicer=who)
        case TicketState.SERVING:
            if desk:
                return _("Being served by %(servicer)s at %(desk)s", servicer=who, desk=desk)
            return _("Being served by %(servicer)s", servicer=who)
        case TicketState.SERVED:
            return _("Served by %(servicer)s", servicer=who) if who else _("Served")
        case TicketState.NO_SHOW:
            return _("Didn't come")
        case TicketState.LEFT:
            if ticket.reason == DAY_ENDED:
                return _("The day ended before they were called")
            return _("Left the line")
        case _:
            return _sent_on_to(session, ticket) or _("Removed")


def _sent_on_to(session: Session, ticket: Ticket) -> str | None:
    moved = session.get(Ticket, ticket.moved_to_id) if ticket.moved_to_id else None
    if moved is None:
        return None
    return _("Transferred to %(queue)s as number %(number)s", queue=moved.queue.name, number=moved.label)


def _elsewhere(session: Session, queue: Queue) -> Iterable[Elsewhere]:
    others = select(Queue).where(
        Queue.business_id == queue.business_id, Queue.id != queue.id, Queue.state.in_(TAKES_NUMBERS)
    )
    for other in session.scalars(others.order_by(Queue.name)):
        yield Elsewhere(other.id, other.name, waiting_count(session, other))
