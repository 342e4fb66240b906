"""What a public page tells of a line: how many wait and how long, who is called, and who comes next.

Columns, not objects: a page shows a few, and making tickets of them would take longer than reading them.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from models.queueing.line.page_changes import NEWEST_CHANGE
from models.queueing.line.positions import IN_ORDER
from models.queueing.line.queries import COUNT_AHEAD, IN_LINE_COUNT
from models.queueing.line.wait_table import QueueWaits
from models.queueing.line.waits import Wait, Waits, waits_as_stored
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows


class Told(NamedTuple):
    change: int  # as of `newest_change`
    ahead: int  # of somebody who joins now, or of the ticket; without those on hold
    waits: Waits

    @property
    def wait(self) -> Wait:
        return self.waits.after(self.ahead)


class Called(NamedTuple):
    """A number that was called or is being served."""

    number: int
    day: date
    joined_at: datetime
    called_at: datetime
    state: TicketState
    desk: str | None
    call: int | None  # grows with every call and repeated call


class Next(NamedTuple):
    """A number that is called soon."""

    number: int
    day: date
    joined_at: datetime


def called_now(session: Session, queue: Queue) -> list[Called]:
    """The longest called first."""
    return [Called._make(row) for row in fetch_rows(session, _CALLED, {"queue_id": queue.id})]


def next_up(session: Session, queue: Queue, limit: int) -> list[Next]:
    """The first in line without those on hold."""
    return [Next._make(row) for row in fetch_rows(session, _NEXT, {"queue_id": queue.id, "limit": limit})]


def told_of_queue(session: Session, queue: Queue) -> Told:
    """Of whoever joins now."""
    return _told(session, queue, _OF_QUEUE, {"queue_id": queue.id})


def told_of_ticket(session: Session, ticket: Ticket) -> Told:
    """Of somebody who waits."""
    asked = {"queue_id": ticket.queue_id, "position": ticket.position, "id": ticket.id}
    return _told(session, ticket.queue, _OF_TICKET, asked)


def _told(session: Session, queue: Queue, statement: Select[Any], asked: dict[str, Any]) -> Told:
    (row,) = fetch_rows(session, statement, asked)
    return Told(row.change, row.ahead, waits_as_stored(queue, row if row.curve is not None else None))


def _statement(ahead: Select[Any]) -> Select[Any]:
    waits = QueueWaits.__table__.c
    return (
        select(
            NEWEST_CHANGE.label("change"),
            ahead.scalar_subquery().label("ahead"),
            waits.state,
            waits.curve,
            waits.at_least,
        )
        .select_from(Queue)
        .outerjoin(QueueWaits, waits.queue_id == Queue.id)
        .where(Queue.id == bindparam("queue_id"))
    )


# Compiled once: building a statement costs as much as running it.
_HERE = Ticket.queue_id == bindparam("queue_id")
_CALLS = Event.kind.in_((EventKind.CALLED, EventKind.CALLED_AGAIN))
_NEWEST_CALL = select(func.max(Event.id)).where(Event.ticket_id == Ticket.id, _CALLS).scalar_subquery()
_CALLED = (
    select(
        Ticket.number,
        Ticket.day,
        Ticket.joined_at,
        Ticket.called_at,
        Ticket.state,
        Desk.name,
        _NEWEST_CALL,
    )
    .select_from(Ticket)
    .outerjoin(Desk, Desk.id == Ticket.desk_id)
    .where(_HERE, among(Ticket.state, PRESENT))
    .order_by(Ticket.called_at, Ticket.id)
)
_NEXT = (
    select(Ticket.number, Ticket.day, Ticket.joined_at)
    .where(_HERE, among(Ticket.state, WAITING), Ticket.set_aside_at.is_(None))
    .order_by(*IN_ORDER)
    .limit(bindparam("limit"))
)
_OF_QUEUE = _statement(IN_LINE_COUNT)
_OF_TICKET = _statement(COUNT_AHEAD)
