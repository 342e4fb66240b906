"""Opens and closes queues at their hours, once each time, and does not override what people did since.

The queue stores up to when its hours have been applied: after an outage only the last missed opening or
closing is done.
"""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.queueing import opening
from models.queueing.day_turn import turn_if_due
from models.queueing.hours.opening_hours import QueueHours, all_hours
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction

log = structlog.get_logger(__name__)


class Openings:
    def __init__(self) -> None:
        self._rows = RowByRow("opening hours")

    def run(self, now: datetime) -> None:
        with reading() as session:
            hours = {each.queue_id: each for each in all_hours(session)}
        self._rows.each(hours, lambda queue_id: _keep(hours[queue_id], now), now)


def _keep(hours: QueueHours, now: datetime) -> None:
    if hours.missed(now) is not None:
        became = transaction(lambda session: apply_hours(session, hours.queue_id, now))
        if became is not None:
            log.info("opened or closed by its hours", queue=hours.queue_id, state=became.value)


def apply_hours(session: Session, queue_id: int, now: datetime) -> QueueState | None:
    """Open or close the queue as its hours last required; returns the new state, None if unchanged."""
    queue = Queue.lock(session, queue_id)
    turn_if_due(session, queue, now)
    return opening.apply_hours(session, queue, now)
