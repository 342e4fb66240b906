"""Called but not come: reminds, then flags "not here?", or marks a no-show if the queue is set to do so.

The time counts from when the turn text was accepted by the carrier. While it has not left, has failed or is
unknown, it does not count: somebody has to call the number aloud.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from jobs.row_by_row import RowByRow
from models.people.actors import Actor, By
from models.queueing import ending, reminders
from models.queueing.reminders import call_text, was_told
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading

CALLED = (TicketState.CALLED,)


class NoShows:
    def __init__(self) -> None:
        self._reminders = RowByRow("reminders")
        self._no_shows = RowByRow("no-shows")

    def run(self, now: datetime) -> None:
        """Reminders first, so that nobody is given up without a reminder."""
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
        rows.commit_each(ids, partial(_if_due, deadline=deadline.key, work=work, now=now), now)


# People who have said that they are here are not reminded or given up automatically.
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
    turn = call_text(session, ticket)
    if turn is not None and _is_over(_clock_began(session, ticket), ticket.queue.reminder_minutes, now):
        reminders.remind(session, ticket, by=By.clock(), now=now)


def give_up(session: Session, ticket: Ticket, now: datetime) -> None:
    queue = ticket.queue
    if not _is_over(_clock_began(session, ticket), queue.no_show_minutes, now):
        return
    if queue.marks_no_shows and was_told(session, ticket):
        ending.mark_no_show(session, ticket, by=By.clock(), now=now)
    else:
        reminders.flag_not_here(session, ticket, by=By.clock(), now=now)


def _is_over(since: datetime | None, minutes: int, now: datetime) -> bool:
    return since is not None and since + timedelta(minutes=minutes) <= now


def _clock_began(session: Session, ticket: Ticket) -> datetime | None:
    """When the customer was told, or a servicer last did something with the ticket (such as Undo).

    Coming does not count, nor its Undo: it has a deadline of its own.
    """
    told_at = _told_at(session, ticket)
    if told_at is None:
        return None
    undone = aliased(Event)
    what = func.coalesce(undone.kind, Event.kind)
    presses = select(func.max(Event.at)).outerjoin(undone, undone.id == Event.undoes_id)
    theirs = (Event.ticket_id == ticket.id, Event.actor == Actor.SERVICER, what != EventKind.COMING)
    return max(told_at, session.scalar(presses.where(*theirs)) or told_at)


def _told_at(session: Session, ticket: Ticket) -> datetime | None:
    """When they were told of the call: at once if called aloud, else when the text was accepted."""
    turn = call_text(session, ticket)
    if turn is None:
        return ticket.called_at
    if not was_told(session, ticket):
        return None
    return turn.taken_at
