"""A queue that is new. It imports little, so that the command that makes one is quick."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.queueing.setup.keywords import take_keyword
from models.queueing.tables.queues import Queue

WITH_ARCHIVED = 10


def make_queue(session: Session, business_id: int, keyword: str, *, now: datetime, **values: Any) -> Queue:
    """A new queue, open. The keyword must be free."""
    namesake = take_keyword(session, keyword, business_id, now)
    made = Queue(business_id=business_id, keyword=keyword, namesake=namesake, created_at=now, **values)
    session.add(made)
    session.flush()
    return made


def has_room(session: Session, business_id: int, most: int) -> bool:
    """Whether it may have one more queue in use; archived ones count too, but ten times as many may be."""
    mine = select(func.count(), func.count(Queue.archived_at)).where(Queue.business_id == business_id)
    count, archived = session.execute(mine).one()
    return count - archived < most and count < most * WITH_ARCHIVED
