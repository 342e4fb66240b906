"""The end of the business day: ends tickets of earlier days, and services and duties that nobody ended.

A queue that stays open overnight keeps its line; only tickets called more than a day ago are ended.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from jobs.queues.duties import end_silent_duty
from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.people.business import Business
from models.queueing import ending
from models.queueing.duties import Duty
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction

A_DAY = timedelta(days=1)
# After an outage or a restore nobody is told of a day that ended longer ago.
WORTH_TELLING = timedelta(hours=12)


class DayEnd:
    def __init__(self) -> None:
        self._businesses = RowByRow("day end")
        self._tickets = RowByRow("day end of tickets")
        self._duties = RowByRow("day end of duties")

    def sweep(self, now: datetime) -> None:
        with reading() as session:
            businesses = session.scalars(select(Business.id).order_by(Business.id)).all()
        self._businesses.each(businesses, lambda business_id: self._end_day_of(business_id, now), now)

    def _end_day_of(self, business_id: int, now: datetime) -> None:
        with reading() as session:
            business = session.get_one(Business, business_id)
            tickets = _over(session, business, now)
            day_began = business.start_of(business.day_of(now))
            duties = _left_open(session, business, day_began)
        self._tickets.each(
            tickets, lambda ticket_id: transaction(lambda session: end(session, ticket_id, now)), now
        )
        self._duties.each(
            duties,
            lambda duty_id: transaction(lambda session: end_silent_duty(session, duty_id, day_began)),
            now,
        )


def end(session: Session, ticket_id: int, now: datetime) -> None:
    """End a ticket of an earlier day. They are told, unless they are being served."""
    ticket = Ticket.lock(session, ticket_id)
    if ticket is None or not ticket.is_live:
        return
    queue = ticket.queue
    if not _is_over(ticket, queue.stays_open_overnight, queue.business.day_of(now), now):
        return
    if ticket.state == TicketState.SERVING:
        ending.finish(session, ticket, by=By.clock(), now=now, forgotten=True)
        return
    is_worth_telling = now - _over_at(ticket, queue) <= WORTH_TELLING
    ending.end_with_the_day(session, ticket, by=By.clock(), now=now, tells=is_worth_telling)


def _is_over(
    ticket: "Ticket | Row[int, date, datetime | None, bool]", overnight: bool, today: date, now: datetime
) -> bool:
    if overnight:
        return ticket.called_at is not None and ticket.called_at <= now - A_DAY
    return bool(ticket.day < today)


def _over_at(ticket: Ticket, queue: Queue) -> datetime:
    if queue.stays_open_overnight and ticket.called_at is not None:
        return ticket.called_at + A_DAY
    return queue.business.end_of(ticket.day)


def _over(session: Session, business: Business, now: datetime) -> list[int]:
    """Days are compared here: with a condition on days, a database may scan all tickets of the past."""
    today = business.day_of(now)
    live = (
        select(Ticket.id, Ticket.day, Ticket.called_at, Queue.stays_open_overnight)
        .join(Queue, Queue.id == Ticket.queue_id)
        .where(Queue.business_id == business.id)
        .order_by(Ticket.queue_id, Ticket.position)
    )
    present = session.execute(live.where(among(Ticket.state, PRESENT))).all()
    waiting = session.execute(live.where(among(Ticket.state, WAITING))).all()
    return [t.id for t in [*present, *waiting] if _is_over(t, t.stays_open_overnight, today, now)]


def _left_open(session: Session, business: Business, day_began: datetime) -> list[int]:
    """Open duties without an action since this day began."""
    silent = select(Duty.id).join(Queue, Queue.id == Duty.queue_id)
    mine = (Queue.business_id == business.id, ~Queue.stays_open_overnight, Duty.ended_at.is_(None))
    return list(session.scalars(silent.where(*mine, Duty.last_press_at < day_began).order_by(Duty.id)))
