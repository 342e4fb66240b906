"""The turn of each queue's day, where nothing else did it first; and what nobody ended before.

Whoever is called or served as the day turns stays, for a while: then nobody will press the button any more.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from jobs.queues.duties import end_silent_duty
from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.queueing import ending
from models.queueing.day_turn import WORTH_TELLING, keep_line_after_jump, turn_if_due
from models.queueing.duties import Duty
from models.queueing.hours.opening_hours import days_of
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, PRESENT, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading

# Of an earlier day: called so long ago and nobody came, served for so long and nobody pressed Done.
CALLED_AT_MOST = timedelta(hours=1)
SERVED_AT_MOST = timedelta(hours=6)
LEFTOVERS_EVERY = timedelta(seconds=20)
# In a queue that stays open overnight, on whatever day.
PRESENT_AT_MOST_OVERNIGHT = timedelta(days=1)


class DayEnd:
    def __init__(self) -> None:
        self._queues = RowByRow("day end")
        self._tickets = RowByRow("day end of tickets")
        self._duties = RowByRow("day end of duties")
        self._looked_at: datetime | None = None

    def run(self, now: datetime) -> None:
        with reading() as session:
            is_over = Queue.archived_at.is_(None), Queue.whose_day_is_over(now)
            over = session.scalars(select(Queue.id).where(*is_over).order_by(Queue.id)).all()
        self._queues.commit_each(over, partial(_turn, now=now), now)
        if self._looked_at is None or abs(now - self._looked_at) >= LEFTOVERS_EVERY:
            self._looked_at = now
            self._end_leftovers(now)

    def _end_leftovers(self, now: datetime) -> None:
        """Tickets, services and duties of earlier days."""
        with reading() as session:
            tickets = _forgotten(session, _LIVE, now)
            duties = {duty.id: duty.day_began_at for duty in session.execute(_SILENT_DUTIES)}
        self._tickets.commit_each(tickets, partial(end, now=now), now)
        self._duties.commit_each(
            duties, lambda session, duty_id: end_silent_duty(session, duty_id, duties[duty_id], now), now
        )


def keep_lines_after_jump(seconds: float, now: datetime) -> None:
    """The clock was put ahead by so much: no line is lost for that."""
    with reading() as session:
        queues = session.scalars(select(Queue.id).where(Queue.archived_at.is_(None)).order_by(Queue.id)).all()

    def keep(session: Session, queue_id: int) -> None:
        keep_line_after_jump(session, Queue.lock(session, queue_id), timedelta(seconds=seconds), now)

    RowByRow("jump").commit_each(queues, keep, now)


def _turn(session: Session, queue_id: int, now: datetime) -> None:
    turn_if_due(session, Queue.lock(session, queue_id), now)


def end(session: Session, ticket_id: int, now: datetime) -> None:
    """End a ticket of an earlier day. They are told, unless they are being served."""
    ticket = Ticket.lock(session, ticket_id)
    if ticket is None or ticket_id not in _forgotten(session, _LIVE.where(Ticket.id == ticket_id), now):
        return
    if ticket.state == TicketState.SERVING:
        ending.finish(session, ticket, by=By.clock(), now=now, forgotten=True)
        return
    is_worth_telling = now - _over_at(ticket, ticket.queue) <= WORTH_TELLING
    ending.end_with_the_day(session, ticket, by=By.clock(), now=now, tells=is_worth_telling)


def _over_at(ticket: Ticket, queue: Queue) -> datetime:
    if queue.stays_open_overnight and ticket.called_at is not None:
        return ticket.called_at + PRESENT_AT_MOST_OVERNIGHT
    return queue.day_began_at or ticket.joined_at


_LIVE = (
    select(
        Ticket.id,
        Ticket.queue_id,
        Ticket.position,
        Ticket.state,
        Ticket.called_at,
        Ticket.started_at,
        Queue.stays_open_overnight.label("overnight"),
        (Queue.state == QueueState.LAST_CALL).label("last_call"),  # they are served yet, or end at the turn
        (Ticket.day < Queue.numbered_day).label("of_an_earlier_day"),
        (Ticket.brought_back_at >= Queue.day_began_at).label("brought_back"),
    )
    .join(Queue, Queue.id == Ticket.queue_id)
    .where(among(Ticket.state, LIVE))
)


def _forgotten(session: Session, live: Select[*tuple[Any, ...]], now: datetime) -> list[int]:
    """Days are compared and rows sorted here: else a database may scan all tickets of the past for that."""
    rows = sorted(session.execute(live), key=lambda row: (row.queue_id, row.position, row.id))
    found = [row.id for row in rows if row.state != TicketState.WAITING and _is_gone(row, now)]
    left = [
        row
        for row in rows
        if row.state == TicketState.WAITING and row.of_an_earlier_day
        if not (row.overnight or row.brought_back or row.last_call)
    ]
    keeping = {queue_id for queue_id in {row.queue_id for row in left} if _keeps_line(session, queue_id)}
    return found + [row.id for row in left if row.queue_id not in keeping]


def _is_gone(row: Row[*tuple[Any, ...]], now: datetime) -> bool:
    """Called or served, and nobody will press the button any more."""
    if row.overnight:
        return row.called_at is not None and row.called_at <= now - PRESENT_AT_MOST_OVERNIGHT
    is_served = row.state == TicketState.SERVING
    since, longest = (row.started_at, SERVED_AT_MOST) if is_served else (row.called_at, CALLED_AT_MOST)
    return row.of_an_earlier_day and since is not None and since <= now - longest


def _keeps_line(session: Session, queue_id: int) -> bool:
    """Whether the line was kept as the present day began; else whoever is here was brought back since."""
    queue = session.get_one(Queue, queue_id)
    return queue.numbered_day is not None and days_of(session, queue).turn_to(queue.numbered_day).keeps_line


# Open, and without a press since the queue's day began; whoever serves somebody is not gone.
_SILENT_DUTIES = (
    select(Duty.id, Queue.day_began_at)
    .join(Queue, Queue.id == Duty.queue_id)
    .where(
        ~Queue.stays_open_overnight,
        Duty.ended_at.is_(None),
        Duty.last_press_at < Queue.day_began_at,
        ~select(Ticket.id)
        .where(
            Ticket.queue_id == Duty.queue_id,
            Ticket.servicer_id == Duty.servicer_id,
            among(Ticket.state, PRESENT),
        )
        .exists(),
    )
    .order_by(Duty.id)
)
