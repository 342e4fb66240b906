"""The turn of a queue's day: whatever happens first in the new day does it, under the queue's lock.

So it is one moment for everybody. Whoever still waits has left, unless the queue keeps its line; who is
called or served stays until that is over. Numbers begin at 1 again; one still in use is not given again.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.ending import end_with_the_day, last_first
from models.queueing.hours.opening_hours import days_of
from models.queueing.hours.queue_days import QueueDays, TurnedBy
from models.queueing.opening import apply_hours
from models.queueing.returning import bring_back, why_not
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import CLOCK_BEHIND_AT_MOST, Queue
from models.queueing.tables.ticket_states import DAY_ENDED, LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.heartbeats import CLOCKS_DIFFER
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState

# After an outage or a restore nobody is told of a day that ended longer ago.
WORTH_TELLING = timedelta(hours=12)


def turn_if_due(session: Session, queue: Queue, now: datetime) -> bool:
    """Begin the queue's new day if the one before is over. The queue must be locked. True if it was done."""
    if not queue.is_day_over(now):
        return False
    days = days_of(session, queue)
    today, before = days.day_of(now), queue.numbered_day
    if before is not None and now < days.start_of(before) - CLOCK_BEHIND_AT_MOST:
        _go_back(session, queue, days, today, now)
        return True
    if before is not None and today <= before:  # the hours were changed, or this host's clock is behind
        _set_bounds(queue, days, before)
        return False
    if before is not None:
        _end_day(session, queue, days, today, now)
    _begin_day(session, queue, days, today, now)
    return True


def turn_due_days(session: Session, queues: Iterable[Queue], now: datetime) -> None:
    """For all of these queues, locked in the order of their ids; no statement where no day is over."""
    due = [queue for queue in queues if queue.is_day_over(now)]
    for queue in sorted(due, key=lambda each: each.id):
        turn_if_due(session, queue.locked(session), now)


def forget_day_bounds(session: Session, business_id: int) -> None:
    """The day's start or the time zone was changed: when the present days end is worked out again."""
    session.execute(update(Queue).where(Queue.business_id == business_id).values(day_ends_at=None))


def _end_day(session: Session, queue: Queue, days: QueueDays, today: date, now: datetime) -> None:
    """The hours first: whoever is ended by closing time is told that it is closed.

    Where they end the day in last call, it still serves whoever waits; at the next turn they have left, too.
    """
    turn = days.turn_to(today)
    apply_hours(session, queue, now)
    is_last_call = queue.state == QueueState.LAST_CALL and turn.by == TurnedBy.CLOSING
    kept_from = queue.numbered_day if is_last_call and queue.numbered_day else today
    if not queue.stays_open_overnight and not turn.keeps_line:
        ended_at = queue.day_ends_at or turn.at
        is_news = now - ended_at <= WORTH_TELLING
        for ticket in last_first(session, queue):
            if not kept_from <= ticket.day <= today:  # also of a clock that was ahead
                end_with_the_day(session, ticket, by=By.clock(), now=now, tells=is_news)


def _go_back(session: Session, queue: Queue, days: QueueDays, today: date, now: datetime) -> None:
    """A clock that was ahead has begun a day which is still to come, and ended those of today: taken back."""
    _begin_day(session, queue, days, today, now)
    apply_hours(session, queue, now)
    to_come = (Ticket.day == today, Ticket.ended_at > now + CLOCKS_DIFFER)
    _bring_back(session, queue, to_come, now)


def keep_line_after_jump(session: Session, queue: Queue, jump: timedelta, now: datetime) -> None:
    """The clock was just put ahead: whom the turn of the day has sent home for that is back in line.

    Whoever joined before the jump did so later than was written down, by as much. Nobody is put back into a
    queue that the hours have closed meanwhile: they are told that it is. The queue must be locked.
    """
    turn_if_due(session, queue, now)
    if queue.day_began_at is not None and queue.state != QueueState.CLOSED:
        just_ended = (Ticket.ended_at > now - CLOCKS_DIFFER, Ticket.joined_at >= queue.day_began_at - jump)
        _bring_back(session, queue, just_ended, now)


def _bring_back(session: Session, queue: Queue, which: Iterable[ColumnElement[bool]], now: datetime) -> None:
    of_queue = (Ticket.queue_id == queue.id, Ticket.reason == DAY_ENDED)
    ended = select(Ticket).where(*of_queue, *which).order_by(Ticket.position)
    for ticket in session.scalars(ended).all():
        if why_not(session, ticket, now) is None:
            was_told = session.scalar(select(_TOLD.where(OutboundMessage.ticket_id == ticket.id).exists()))
            bring_back(session, ticket, by=By.clock(), now=now, tells=bool(was_told))


_TOLD = select(OutboundMessage.id).where(
    OutboundMessage.kind == TextKind.DAY_ENDED,
    OutboundMessage.state.not_in((TextState.WAITING, TextState.EXPIRED)),
)


def _begin_day(session: Session, queue: Queue, days: QueueDays, today: date, now: datetime) -> None:
    highest = select(func.max(Ticket.number)).where(Ticket.queue_id == queue.id)
    queue.numbered_day = today
    queue.last_number = session.scalar(highest.where(Ticket.day == today)) or 0  # of an imported history
    queue.kept_number = session.scalar(highest.where(among(Ticket.state, LIVE))) or 0
    _set_bounds(queue, days, today)
    queue.revision += 1
    session.flush()
    if days.start_of(today) != days.usual_start(today):
        facts = {"day": today.isoformat(), "began_at": days.start_of(today).isoformat()}
        record(session, EventKind.DAY_BEGAN, queue_id=queue.id, by=By.clock(), now=now, facts=facts)


def _set_bounds(queue: Queue, days: QueueDays, day: date) -> None:
    queue.day_began_at, queue.day_ends_at = days.start_of(day), days.end_of(day)
