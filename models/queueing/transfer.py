"""Transfer to another queue: a new number there, at the place that their joining time gives."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing import ending
from models.queueing.day_turn import turn_if_due
from models.queueing.idle_servicers import tell_idle_servicers
from models.queueing.line.positions import IN_ORDER, position_behind
from models.queueing.line.promised import keep_told
from models.queueing.line.queries import count_ahead, live_ticket_of, waiting_count
from models.queueing.line.waits import wait_after
from models.queueing.numbers import next_numbers
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import (
    TRANSFERRED,
    WAITING,
    NotPossible,
    TicketState,
    among,
    new_token,
)
from models.queueing.tables.tickets import Ticket
from models.texts.text_kinds import TextKind


def lock_both(session: Session, first_id: int, second_id: int) -> tuple[Queue, Queue]:
    """Both queues, locked in the order of their ids, so that two transfers never deadlock."""
    queues = {queue_id: Queue.lock(session, queue_id) for queue_id in sorted({first_id, second_id})}
    return queues[first_id], queues[second_id]


def transfer(session: Session, ticket: Ticket, to: Queue, *, by: By, now: datetime) -> Ticket:
    """End this ticket here and give its customer a number in `to`, ahead of all who joined later.

    Both queues must be locked. Raises NotPossible("closed_there" | "last_call_there" | "same_queue" |
    "already_there").
    """
    if to.id == ticket.queue_id or to.business_id != ticket.queue.business_id:
        raise NotPossible("same_queue", of=ticket)
    turn_if_due(session, to, now)
    if not to.takes_numbers:
        raise NotPossible(f"{to.state.value}_there", of=ticket)
    if live_ticket_of(session, to, ticket.customer_id) is not None:
        raise NotPossible("already_there", of=ticket)
    ending.remove(session, ticket, by=by, now=now, reason=TRANSFERRED)
    moved = _same_in(session, to, ticket, now)
    ahead = count_ahead(session, moved)
    wait = wait_after(session, to, ahead)
    moved.promised_low, moved.promised_high = wait.low, wait.high
    moved.promised_expected = wait.expected
    keep_told(session, moved, wait, now)
    moved.alerted_at = now if ahead < to.alert_ahead else None  # the text about the transfer says so
    ticket.moved_to_id = moved.id
    facts = {"from": ticket.queue.keyword, "from_ticket": ticket.id, "ahead": ahead}
    # Also what the ticket keeps and is told, so that statistics need the events only.
    facts |= {"joined_at": moved.joined_at.isoformat(), "source": moved.source}
    facts |= {"low": wait.low, "high": wait.high}
    event_id = record(
        session, EventKind.TRANSFERRED, queue_id=to.id, ticket_id=moved.id, by=by, now=now, facts=facts
    )
    moved.send(session, TextKind.TRANSFERRED, event_id, now, ahead=ahead, **wait.facts())
    if waiting_count(session, to) == 1:
        tell_idle_servicers(session, to, moved.number, event_id, moved.our_number_id, by=by, now=now)
    return moved


def _same_in(session: Session, to: Queue, ticket: Ticket, now: datetime) -> Ticket:
    """A ticket with a new number there, and all else of this one that goes on being so."""
    [number], last, day = next_numbers(session, to, now)
    moved = Ticket(
        token=new_token(),
        queue_id=to.id,
        day=day,
        number=number,
        customer_id=ticket.customer_id,
        our_number_id=ticket.our_number_id,
        name=ticket.name,
        party=ticket.party,
        note=ticket.note,
        answer=ticket.answer,
        visit=ticket.visit,
        source=ticket.source,
        state=TicketState.WAITING,
        position=_position_of(session, to, ticket.joined_at, last),
        joined_at=ticket.joined_at,
        lead_minutes=ticket.lead_minutes,
        arrived_at=ticket.arrived_at,
        last_remark_id=ticket.last_remark_id,
        unanswered_remarks=ticket.unanswered_remarks,
    )
    session.add(moved)
    session.flush()
    return moved


def _position_of(session: Session, queue: Queue, joined_at: datetime, last: int) -> int:
    """Before the first who joined later and stands where that has put them; last where nobody does.

    Whom a hand has placed says nothing of when others joined, so nobody is put before them for that.
    """
    later = select(Ticket).where(
        Ticket.queue_id == queue.id,
        among(Ticket.state, WAITING),
        Ticket.joined_at > joined_at,
        ~Ticket.placed_by_hand,
    )
    first_later = session.scalars(later.order_by(*IN_ORDER).limit(1)).first()
    return last if first_later is None else position_behind(session, queue, count_ahead(session, first_later))
