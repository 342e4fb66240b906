"""Called and not come: reminds, then flags "not here?", and marks a no-show where the queue wants that.

The clock runs from when the turn text was handed to the carrier. While it has not left, has failed, or
nobody knows, the clock does not run: somebody has to call the number aloud.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from jobs.row_by_row import RowByRow
from models.database import reading, transaction
from models.event import Actor, By, Event
from models.ticket import Ticket
from models.ticket_states import TicketState, among

CALLED = (TicketState.CALLED,)


class NoShows:
    def __init__(self) -> None:
        self._reminders = RowByRow("reminders")
        self._no_shows = RowByRow("no-shows")

    def sweep(self, now: datetime) -> None:
        """Reminders first, so that nobody is given up who was never reminded."""
        self._each(self._reminders, Ticket.remind_after, remind, now)
        self._each(self._no_shows, Ticket.no_show_after, give_up, now)

    def _each(
        self,
        rows: RowByRow,
        deadline: InstrumentedAttribute[datetime | None],
        work: Callable[[Session, Ticket, datetime], None],
        now: datetime,
    ) -> None:
        due: tuple[ColumnElement[bool], ...] = (deadline <= now, *_NOT_COME)
        with reading() as session:
            ids = session.scalars(select(Ticket.id).where(*due).order_by(deadline, Ticket.id)).all()

        def one(ticket_id: int) -> None:
            transaction(lambda session: _if_due(session, ticket_id, deadline.key, work, now))

        rows.each(ids, one, now)


# Whoever has said that they are here is not to be reminded or given up by a clock.
_NOT_COME = (among(Ticket.state, CALLED), Ticket.arrived_at.is_(None))


def _if_due(
    session: Session,
    ticket_id: int,
    deadline: str,
    work: Callable[[Session, Ticket, datetime], None],
    now: datetime,
) -> None:
    ticket = Ticket.lock(session, ticket_id)
    if ticket is None or ticket.state != TicketState.CALLED or ticket.arrived_at is not None:
        return
    due = getattr(ticket, deadline)
    if due is not None and due <= now:
        work(session, ticket, now)


def remind(session: Session, ticket: Ticket, now: datetime) -> None:
    turn = ticket.turn_text(session)
    if turn is not None and _is_over(_clock_began(session, ticket), ticket.queue.reminder_minutes, now):
        ticket.remind(session, by=By.clock(), now=now)


def give_up(session: Session, ticket: Ticket, now: datetime) -> None:
    queue = ticket.queue
    if not _is_over(_clock_began(session, ticket), queue.no_show_minutes, now):
        return
    if queue.marks_no_shows and ticket.was_told(session):
        ticket.mark_no_show(session, by=By.clock(), now=now)
    else:
        ticket.flag_not_here(session, by=By.clock(), now=now)


def _is_over(since: datetime | None, minutes: int, now: datetime) -> bool:
    return since is not None and since + timedelta(minutes=minutes) <= now


def _clock_began(session: Session, ticket: Ticket) -> datetime | None:
    """When the customer knew, or when a servicer last did something about the ticket (an Undo, say)."""
    told_at = _told_at(session, ticket)
    if told_at is None:
        return None
    presses = select(func.max(Event.at)).where(Event.ticket_id == ticket.id, Event.actor == Actor.SERVICER)
    return max(told_at, session.scalar(presses) or told_at)


def _told_at(session: Session, ticket: Ticket) -> datetime | None:
    """When they were called as far as they can know: aloud at once, or by a text that has left."""
    turn = ticket.turn_text(session)
    if turn is None:
        return ticket.called_at
    if not ticket.was_told(session):
        return None
    return turn.accepted_at or turn.sent_at or turn.delivered_at
