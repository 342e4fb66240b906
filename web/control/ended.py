"""The list of those who ended lately and can be brought back, there or from the ticket's page. Reads only."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.queueing.returning import lately_ended
from models.queueing.tables.queues import Queue
from web.control.ticket import status_text
from web.http.clock_words import Moment, moment

MOST_ENDED = 50


class Ended(NamedTuple):
    id: int
    number: int | str
    name: str | None
    party: int
    state: str
    status_text: str
    at: Moment


def ended_lately(session: Session, queue: Queue, now: datetime) -> list[Ended]:
    """The last first; at most MOST_ENDED + 1."""
    zone = queue.business.zone
    return [
        Ended(
            ticket.id,
            queue.numbered(ticket.number),
            ticket.name,
            ticket.party,
            ticket.state.value,
            status_text(session, ticket, 0),
            moment(ticket.ended_at or now, zone),
        )
        for ticket in lately_ended(session, queue, now, MOST_ENDED + 1)
    ]
