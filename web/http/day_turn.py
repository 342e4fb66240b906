"""For pages: if a queue's day is over, the first page that is asked for turns it, as any other act would."""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.queueing.day_turn import turn_if_due
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.storage.postgres import read_afresh

log = structlog.get_logger(__name__)


def turn_day_of(reading: Session, queue: Queue, now: datetime) -> None:
    """Costs nothing on the other hours of the day. `reading` then sees the new day, and so does `queue`."""
    if not queue.is_day_over(now):
        return
    queue_id = queue.id
    read_afresh(reading)  # what it has read is of the day before
    try:
        transaction(lambda session: turn_if_due(session, Queue.lock(session, queue_id), now))
    except SQLAlchemyError as error:  # the page is shown all the same, as it was
        log.warning("the day could not be ended", queue=queue_id, error=type(error).__name__)
