"""Tickets as they were right after an event, even if more has happened to them since."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.queueing.tables.events import Event
from models.queueing.tables.kept_values import values_before
from models.queueing.tables.tickets import Ticket

MOMENTS = ("joined_at", "called_at", "started_at", "ended_at")
COLUMNS = ("state", "reason", "party", *MOMENTS)


def values_after(
    session: Session, tickets: Collection[Ticket], events: Collection[Event]
) -> dict[int, dict[str, Any]]:
    """What stood in COLUMNS after each of these events of these tickets, by the event's id.

    From the present values back, as each later event keeps what it changed. The tickets must have been read
    after `events`: what happens to them between that and the reading here does no harm, for it is taken back.
    """
    if not tickets:
        return {}
    asked = {event.id for event in events}
    theirs = Event.ticket_id.in_([ticket.id for ticket in tickets])
    since = select(Event.id, Event.ticket_id, Event.before).where(theirs, Event.id >= min(asked))
    now = {ticket.id: {name: getattr(ticket, name) for name in COLUMNS} for ticket in tickets}
    found = {}
    for event in session.execute(since.order_by(Event.id.desc())):
        values = now[event.ticket_id]
        if event.id in asked:
            found[event.id] = dict(values)
        kept = {name: was for name, was in (event.before or {}).items() if name in COLUMNS}
        values |= values_before(kept)
    return found
