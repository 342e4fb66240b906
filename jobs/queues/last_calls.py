"""Closes queues after last call, once everybody who waited has been served."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.queueing.opening import close_queue, is_served_out
from models.queueing.tables.events import Event
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading

# So long nothing may have happened in the queue: the last press can still be undone, or somebody put back.
QUIET = timedelta(seconds=10)


class LastCalls:
    def __init__(self) -> None:
        self._rows = RowByRow("last calls")

    def run(self, now: datetime) -> None:
        with reading() as session:
            in_last_call = select(Queue.id).where(Queue.state == QueueState.LAST_CALL)
            ids = session.scalars(in_last_call.order_by(Queue.id)).all()
        self._rows.commit_each(ids, partial(_close_if_served_out, now=now), now)


def _close_if_served_out(session: Session, queue_id: int, now: datetime) -> None:
    queue = Queue.lock(session, queue_id)
    if queue.state != QueueState.LAST_CALL or not is_served_out(session, queue):
        return
    newest = select(Event.at).where(Event.queue_id == queue.id).order_by(Event.id.desc()).limit(1)
    happened_at = session.scalar(newest)
    if happened_at is None or happened_at <= now - QUIET:
        close_queue(session, queue, by=By.clock(), now=now)
