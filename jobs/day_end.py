"""The end of the business day: nobody waits into the next one, and forgotten buttons are pressed.

A queue that stays open overnight keeps its line; only whom it called a whole day ago is let go.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from jobs.duties import go_off
from jobs.row_by_row import RowByRow
from models.business import Business
from models.database import reading, transaction
from models.duty import Duty
from models.event import By
from models.message import TextKind
from models.queues import DAY_ENDED, Queue
from models.ticket import Ticket
from models.ticket_states import LIVE, PRESENT, TicketState, among

A_DAY = timedelta(days=1)


class DayEnd:
    def __init__(self) -> None:
        self._tickets = RowByRow("day end")
        self._duties = RowByRow("day end of duties")

    def sweep(self, now: datetime) -> None:
        with reading() as session:
            businesses = session.scalars(select(Business).order_by(Business.id)).all()
            tickets = [ticket_id for business in businesses for ticket_id in _over(session, business, now)]
            duties = [duty for business in businesses for duty in _left_open(session, business, now)]
        self._tickets.each(
            tickets, lambda ticket_id: transaction(lambda session: end(session, ticket_id, now)), now
        )
        day_began = dict(duties)
        self._duties.each(
            day_began,
            lambda duty_id: transaction(lambda session: go_off(session, duty_id, day_began[duty_id])),
            now,
        )


def end(session: Session, ticket_id: int, now: datetime) -> None:
    """End what is left of an earlier day. Who still waits is told; who was called has been told already."""
    ticket = Ticket.lock(session, ticket_id)
    if ticket is None or not _is_over(ticket, now):
        return
    if ticket.state == TicketState.SERVING:
        ticket.finish(session, by=By.clock(), now=now, forgotten=True)
        return
    was_waiting = ticket.state == TicketState.WAITING
    event_id = ticket.leave(session, by=By.clock(), now=now, reason=DAY_ENDED)
    if was_waiting:
        ticket.send(session, TextKind.DAY_ENDED, event_id, now)


def _is_over(ticket: Ticket, now: datetime) -> bool:
    """As it is under the lock: somebody may have finished it meanwhile."""
    queue = ticket.queue
    if queue.stays_open_overnight:
        called = ticket.called_at if ticket.state in PRESENT else None
        return called is not None and called <= now - A_DAY
    return ticket.is_live and ticket.day < queue.business.day_of(now)


def _over(session: Session, business: Business, now: datetime) -> list[int]:
    today = business.day_of(now)
    ends_daily = and_(~Queue.stays_open_overnight, Ticket.day < today, among(Ticket.state, LIVE))
    overnight: ColumnElement[bool] = and_(
        Queue.stays_open_overnight, among(Ticket.state, PRESENT), Ticket.called_at <= now - A_DAY
    )
    tickets = select(Ticket.id).join(Queue, Queue.id == Ticket.queue_id)
    mine = tickets.where(Queue.business_id == business.id, or_(ends_daily, overnight))
    return list(session.scalars(mine.order_by(Ticket.queue_id, Ticket.position)))


def _left_open(session: Session, business: Business, now: datetime) -> list[tuple[int, datetime]]:
    """Duties without a press since this day began, each with the moment it began."""
    day_began = business.start_of(business.day_of(now))
    silent = select(Duty.id).join(Queue, Queue.id == Duty.queue_id)
    mine = (Queue.business_id == business.id, ~Queue.stays_open_overnight, Duty.ended_at.is_(None))
    found = session.scalars(silent.where(*mine, Duty.last_press_at < day_began).order_by(Duty.id))
    return [(duty_id, day_began) for duty_id in found]
