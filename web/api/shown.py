"""How tickets and queues are told to programs. Phones and names only to keys that may see people."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from sqlalchemy.orm import Session

from models.queueing.line.queries import count_ahead
from models.queueing.line.waits import Wait, wait_after
from models.queueing.tables.ticket_states import PRESENT, TicketState
from models.queueing.tables.tickets import Ticket
from web.api.bearer import program


class Place(NamedTuple):
    ahead: int
    wait: Wait


def public_id_of(ticket_id: int) -> str:
    """With a letter, so that it is never taken for the number of a ticket."""
    return f"t{ticket_id}"


def shown_ticket(session: Session, ticket: Ticket) -> dict[str, Any]:
    """As an answer of a POST has it, which is kept for a day: with the name, never with the phone."""
    if ticket.state != TicketState.WAITING:
        return ticket_in_line(ticket, None)
    ahead = count_ahead(session, ticket)
    return ticket_in_line(ticket, Place(ahead, wait_after(session, ticket.queue, ahead)))


def shown_with_phone(session: Session, ticket: Ticket) -> dict[str, Any]:
    return shown_ticket(session, ticket) | phone_of(ticket)


def ticket_in_line(ticket: Ticket, place: Place | None) -> dict[str, Any]:
    """`place`: of somebody who waits. On hold they have none to tell."""
    zone = ticket.queue.business.zone
    ahead, wait = place if place and ticket.set_aside_at is None else (None, None)
    is_present = ticket.state in PRESENT
    told = {
        "id": public_id_of(ticket.id),
        "number": ticket.number,
        "day": ticket.day.isoformat(),
        "state": ticket.state.value,
        "reason": ticket.reason,
        "party": ticket.party,
        "ahead": ahead,
        "wait_low": wait.low if wait else None,
        "wait_high": wait.high if wait else None,
        "on_hold": ticket.state == TicketState.WAITING and ticket.set_aside_at is not None,
        "joined_at": _at(ticket.joined_at, zone),
        "called_at": _at(ticket.called_at, zone),
        "started_at": _at(ticket.started_at, zone),
        "ended_at": _at(ticket.ended_at, zone),
        "servicer": ticket.servicer.email if is_present and ticket.servicer else None,
        "desk": ticket.desk.name if ticket.desk else None,
    }
    return told | ({"name": ticket.name} if program().sees_people else {})


def phone_of(ticket: Ticket) -> dict[str, Any]:
    return {"phone": ticket.customer.phone} if program().sees_people else {}


def page_of(token: str) -> str:
    """The customer's own page: whoever has this address can leave in their name."""
    path = url_for("customer.ticket", token=token)
    return f"{current_app.config['SETTINGS'].public_url}{path}"


def _at(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None
