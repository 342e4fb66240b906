"""Reads the events for a ticket's receipt: why they waited (`wait_receipt`). Four bounded questions."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.history.wait_receipt import OF_OTHERS, OF_TICKET, STATES, Receipt, receipt_of
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.tickets import Ticket
from models.statistics.timelines import Happened

# Enough to know who was called or served when somebody joined; a wait with more events has no receipt.
EVENTS_BEFORE, STATES_BEFORE, MOST_EVENTS = 200, 20, 5_000


def newest_event_of(session: Session, ticket: Ticket) -> int | None:
    """Its id. A ticket's receipt follows from the events up to this one, so it changes only with it."""
    return session.scalar(select(func.max(Event.id)).where(Event.ticket_id == ticket.id))


def read_receipt(session: Session, ticket: Ticket) -> Receipt | None:
    """None while they wait, and where the wait has more than MOST_EVENTS."""
    of_ticket = (Event.ticket_id == ticket.id, Event.kind.in_(OF_TICKET))
    mine = _happened(session, select(*_COLUMNS).where(*of_ticket).order_by(Event.id))
    if not mine:
        return None
    first, last = mine[0].id, mine[-1].id
    of_queue = (_here(ticket), Event.ticket_id.is_(None), _STATES, Event.id < first)
    states = select(*_COLUMNS).where(*of_queue).order_by(Event.at.desc(), Event.id.desc())
    before = select(*_COLUMNS).where(_here(ticket), _OF_OTHERS, Event.id < first).order_by(Event.id.desc())
    during = select(*_COLUMNS).where(_here(ticket), _OF_OTHERS, Event.id > first, Event.id < last)
    of_wait = _happened(session, during.order_by(Event.id).limit(MOST_EVENTS + 1))
    if len(of_wait) > MOST_EVENTS:
        return None
    found = [
        *mine,
        *_happened(session, states.limit(STATES_BEFORE)),
        *_happened(session, before.limit(EVENTS_BEFORE)),
        *of_wait,
    ]
    by_id = {event.id: event for event in found}
    return receipt_of([by_id[event_id] for event_id in sorted(by_id)], ticket.id)


def _happened(session: Session, events: Select[Any]) -> list[Happened]:
    return [Happened(*row) for row in session.execute(events)]


def _here(ticket: Ticket) -> ColumnElement[bool]:
    return Event.queue_id == ticket.queue_id


_OF_OTHERS = Event.kind.in_(OF_OTHERS)
_STATES = Event.kind.in_((*STATES, EventKind.UNDONE))
_COLUMNS = (
    *(Event.id, Event.ticket_id, Event.kind, Event.at),
    *(Event.actor, Event.servicer_id, Event.facts, Event.undoes_id),
)
