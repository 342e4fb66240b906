"""Opens and closes queues at their hours, each time once, and leaves alone what somebody did since by hand.

What was asked for up to when is kept on the queue: after an outage the last opening or closing that was
missed is done, the earlier ones are over.
"""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.database import reading, transaction
from models.event import By
from models.hours import QueueHours, all_hours, timetable_of
from models.queue_states import QueueState
from models.queues import Queue

log = structlog.get_logger(__name__)


class Openings:
    def __init__(self) -> None:
        self._rows = RowByRow("opening hours")

    def sweep(self, now: datetime) -> None:
        with reading() as session:
            hours = {each.queue_id: each for each in all_hours(session)}
        self._rows.each(hours, lambda queue_id: _keep(hours[queue_id], now), now)


def _keep(hours: QueueHours, now: datetime) -> None:
    if hours.missed(now) is not None:
        became = transaction(lambda session: keep_hours(session, hours.queue_id, now))
        if became is not None:
            log.info("by the clock", queue=hours.queue_id, state=became.value)


def keep_hours(session: Session, queue_id: int, now: datetime) -> QueueState | None:
    """Open or close the queue as its hours asked last; gives what it became, None if it stayed as it was."""
    queue = Queue.lock(session, queue_id)
    timetable = timetable_of(session, queue)
    turn = timetable.last_turn(queue.hours_kept_at or queue.created_at, now) if timetable else None
    if turn is None:
        return None
    queue.keep_hours_until(now)
    wanted = QueueState.OPEN if turn.opens else QueueState.CLOSED
    if queue.state == wanted:
        return None
    if turn.opens:
        queue.open(session, by=By.clock(), now=now)
    else:
        queue.close(session, by=By.clock(), now=now)
    return wanted
