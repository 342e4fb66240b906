"""Promises that won't be kept are taken back in time: who waits is told before the range they know is over.

Looks along a queue's line after something happened there, else each time that resting jobs run (every
15 s), as ranges move with the time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from jobs.resting import ANYWAY_SECONDS, SLACK_SECONDS
from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.queueing.line.positions import IN_ORDER
from models.queueing.line.promised import MOST_CHANGES, Promise, may_hurry
from models.queueing.line.queries import is_present_elsewhere
from models.queueing.line.unsent_changes import WITH_UNSENT_CHANGES
from models.queueing.line.waits import waits_of
from models.queueing.messages.changed_promises import take_back_untrue, tell_changed_promise
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading

LOOK_EVERY = timedelta(seconds=ANYWAY_SECONDS - SLACK_SECONDS)
MOST_PLACES = 500  # of a line, as many as waits are computed for


class _Look(NamedTuple):
    revision: int
    at: datetime


class Promises:
    def __init__(self) -> None:
        self._rows = RowByRow("promises")
        self._looks: dict[int, _Look] = {}

    def run(self, now: datetime) -> None:
        with reading() as session:
            queues = session.execute(_QUEUES).all()
            due = [queue for queue in queues if self._is_due(queue, now)]
            unsent = [ticket_id for queue in due for ticket_id in _never_left(session, queue.id)]
            changed = [ticket_id for queue in due for ticket_id in _changed(session, queue.id, now)]
        kept = self._rows.commit_each(unsent, partial(_take_back, now=now), now)
        if self._rows.commit_each(changed, partial(_tell, now=now), now) and kept:
            known = {queue.id: look for queue in queues if (look := self._looks.get(queue.id))}
            self._looks = known | {queue.id: _Look(queue.revision, now) for queue in due}

    def _is_due(self, queue: Row[int, int], now: datetime) -> bool:
        look = self._looks.get(queue.id)
        return look is None or look.revision != queue.revision or abs(now - look.at) >= LOOK_EVERY


def _changed(session: Session, queue_id: int, now: datetime) -> list[int]:
    """In one pass along the line: whose promise has changed, the first to end first."""
    queue = session.get_one(Queue, queue_id)
    waits, found = waits_of(session, queue), []
    for ahead, row in enumerate(session.execute(_LINE.where(Ticket.queue_id == queue_id))):
        if row.told_again >= MOST_CHANGES or row.is_held:
            continue
        wait, tolerance = waits.after(ahead), queue.tolerance_minutes
        if Promise.of(row).changed(wait, tolerance, now, may_hurry=may_hurry(row)):
            found.append((row.told_until or now, row.id))
    return [ticket_id for _, ticket_id in sorted(found)]


def _never_left(session: Session, queue_id: int) -> Sequence[int]:
    """Who waits and was to be told of a change by a text that has not left."""
    return session.scalars(WITH_UNSENT_CHANGES.where(Ticket.queue_id == queue_id)).all()


def _tell(session: Session, ticket_id: int, now: datetime) -> None:
    ticket = Ticket.lock(session, ticket_id)
    if ticket is not None:
        tell_changed_promise(session, ticket, by=By.clock(), now=now)


def _take_back(session: Session, ticket_id: int, now: datetime) -> None:
    ticket = Ticket.lock(session, ticket_id)
    if ticket is not None and ticket.state == TicketState.WAITING:
        take_back_untrue(session, ticket, now=now)


_QUEUES = (
    select(Queue.id, Queue.revision)
    .where(
        Queue.tolerance_minutes > 0,
        exists().where(
            Ticket.queue_id == Queue.id, among(Ticket.state, WAITING), Ticket.told_at.is_not(None)
        ),
    )
    .order_by(Queue.id)
)
_LINE = (
    select(Ticket.id, Ticket.told_at, Ticket.told_after, Ticket.told_until, Ticket.told_again)
    .add_columns(Ticket.alerted_at, Ticket.arrived_at, Ticket.lead_minutes)
    .add_columns(is_present_elsewhere().label("is_held"))
    .where(among(Ticket.state, WAITING), Ticket.set_aside_at.is_(None))
    .order_by(*IN_ORDER)
    .limit(MOST_PLACES)
)
