"""Takes servicers off duty who have gone without signing off, as of their last action: waits stay honest."""

from datetime import datetime, timedelta

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.queueing.duties import Duty, go_off_duty
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.storage.heartbeats import is_believed

# While people wait, the servicer serves nobody, and presses nothing.
SILENCE_WHILE_PEOPLE_WAIT = timedelta(minutes=20)
# With a long service, or with nobody to call, there is no reason to press anything.
SILENCE = timedelta(hours=2)
# Closed for the day: nothing left to do.
SILENCE_WHEN_CLOSED = timedelta(minutes=5)


class Duties:
    def __init__(self) -> None:
        self._rows = RowByRow("duties")

    def run(self, now: datetime) -> None:
        with reading() as session:
            duties = [(duty.id, _silent_since(duty, now)) for duty in session.execute(_OPEN_DUTIES)]
        silent_since = {duty_id: since for duty_id, since in duties if since is not None}
        self._rows.commit_each(
            silent_since,
            lambda session, duty_id: end_silent_duty(session, duty_id, silent_since[duty_id], now),
            now,
        )


def end_silent_duty(session: Session, duty_id: int, silent_since: datetime, now: datetime) -> None:
    """End a duty whose last action was at or before `silent_since`, as of that action."""
    duty = session.get_one(Duty, duty_id)
    Queue.lock(session, duty.queue_id)
    session.refresh(duty)
    if duty.ended_at is None and duty.last_press_at <= silent_since:
        go_off_duty(session, duty, by=By.clock(), now=min(now, duty.last_press_at))


_SERVES = exists().where(
    Ticket.queue_id == Duty.queue_id, Ticket.servicer_id == Duty.servicer_id, among(Ticket.state, PRESENT)
)
_LINE_SINCE = (
    select(func.min(Ticket.joined_at))
    .where(Ticket.queue_id == Duty.queue_id, among(Ticket.state, WAITING))
    .correlate(Duty)
    .scalar_subquery()
)
_OPEN_DUTIES = (
    select(
        Duty.id,
        Duty.last_press_at,
        Queue.state,
        _SERVES.label("serves"),
        _LINE_SINCE.label("line_since"),
    )
    .join(Queue, Queue.id == Duty.queue_id)
    .where(Duty.ended_at.is_(None))
)


def _silent_since(duty: "Row[int, datetime, QueueState, bool, datetime]", now: datetime) -> datetime | None:
    """The latest moment that the last action had to be after; None if they are not inactive for too long.

    An action that is still to come was written by a clock that was ahead: there is none that is known.
    """
    if not is_believed(duty.last_press_at, now):
        return None if duty.serves else duty.last_press_at
    longest = SILENCE
    if (
        not duty.serves
        and duty.line_since is not None
        and duty.state in (QueueState.OPEN, QueueState.LAST_CALL)
    ):
        if duty.line_since <= now - SILENCE_WHILE_PEOPLE_WAIT:
            longest = SILENCE_WHILE_PEOPLE_WAIT
    elif not duty.serves and duty.line_since is None and duty.state == QueueState.CLOSED:
        longest = SILENCE_WHEN_CLOSED
    return now - longest if duty.last_press_at <= now - longest else None
