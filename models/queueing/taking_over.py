"""A servicer's customer becomes a colleague's: taken over by the colleague, or handed over by a manager.

Also what a manager decides about everybody in the hands of somebody who goes, or in a queue that is archived.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving
from models.queueing.duties import come_on_duty
from models.queueing.line.queries import present_ticket_of
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, NotPossible, TicketState, among
from models.queueing.tables.tickets import Ticket


def take_over(
    session: Session, ticket: Ticket, servicer: Servicer, *, desk_id: int | None, by: By, now: datetime
) -> None:
    """The ticket is this servicer's from now on; whoever was called and has not come is told the new desk.

    The queue must be locked. Raises NotPossible("already_yours" | "still_serving", number).
    """
    ticket.require(PRESENT)
    if ticket.servicer_id == servicer.id:
        raise NotPossible("already_yours", of=ticket)
    own = present_ticket_of(session, ticket.queue, servicer.id)
    if own is not None:
        raise NotPossible("still_serving", of=own)
    is_elsewhere = ticket.desk_id != desk_id
    facts = {"from": ticket.servicer_id, "to": servicer.id, "desk_id": desk_id}
    changes = {"servicer_id": servicer.id, "desk_id": desk_id}
    event_id = ticket.change(session, EventKind.TAKEN_OVER, by, now, facts=facts, **changes)
    if is_elsewhere and ticket.state == TicketState.CALLED:
        calling.tell_desk(session, ticket, event_id, now)


# When somebody goes, or a queue is archived -------------------------------------------------------------


class Settlement(StrEnum):
    """What becomes of a customer in somebody's hands; a colleague's id instead hands them over."""

    DONE = "done"
    NO_SHOW = "no_show"
    PUT_BACK = "put_back"
    REMOVE = "remove"


def in_hands_of(session: Session, servicer_id: int) -> list[Ticket]:
    """Whom this servicer has called or serves, in any queue."""
    return _in_hand(session, Ticket.servicer_id == servicer_id)


def in_hand_at(session: Session, queue_id: int) -> list[Ticket]:
    """Who is called or served in this queue."""
    return _in_hand(session, Ticket.queue_id == queue_id)


def settlements_for(ticket: Ticket, *, keeps_line: bool) -> list[Settlement]:
    """What fits this ticket, the likeliest first; put back only where one can go on waiting."""
    is_called = ticket.state == TicketState.CALLED
    ends = [Settlement.NO_SHOW, Settlement.DONE] if is_called else [Settlement.DONE]
    return [*ends, Settlement.PUT_BACK if keeps_line else Settlement.REMOVE]


def settle(
    session: Session, tickets: list[Ticket], chosen: Mapping[int, str], *, by: By, now: datetime
) -> None:
    """Do to each of these tickets what was chosen for its id: a Settlement, or a colleague's id.

    Locks their queues, in order. Raises NotPossible("undecided", number), or what the operation raises.
    """
    for ticket in tickets:
        Queue.lock(session, ticket.queue_id)
        session.refresh(ticket)
        choice = chosen.get(ticket.id, "")
        if choice in _ENDS:
            _ENDS[choice](session, ticket, by=by, now=now)
        else:
            _hand_over(session, ticket, _colleague(session, ticket, choice), by=by, now=now)


_ENDS: dict[str, Callable[..., object]] = {
    Settlement.DONE: ending.finish,
    Settlement.NO_SHOW: ending.mark_no_show,
    Settlement.PUT_BACK: moving.put_back,
    Settlement.REMOVE: ending.remove,
}


def _colleague(session: Session, ticket: Ticket, choice: str) -> Servicer:
    found = session.get(Servicer, int(choice)) if re.fullmatch(r"[0-9]{1,9}", choice) else None
    if found is None or found.left_at is not None or found.business_id != ticket.queue.business_id:
        raise NotPossible("undecided", of=ticket)
    return found


def _hand_over(session: Session, ticket: Ticket, colleague: Servicer, *, by: By, now: datetime) -> None:
    """Whoever is given a customer is on duty."""
    duty = come_on_duty(session, ticket.queue_id, by=By.servicer(colleague.id), now=now)
    take_over(session, ticket, colleague, desk_id=duty.desk_id, by=by, now=now)


def _in_hand(session: Session, whose: ColumnElement[bool]) -> list[Ticket]:
    """In the order in which queues may be locked."""
    theirs = select(Ticket).where(whose, among(Ticket.state, PRESENT))
    with_queue = theirs.options(joinedload(Ticket.queue, innerjoin=True))
    return list(session.scalars(with_queue.order_by(Ticket.queue_id, Ticket.id)))
