"""A queue's keyword changes: the old one leads on for a year, until its business frees it or uses it again.

At most so many of a queue are kept. No other business can take one meanwhile: its posters are on walls.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.queueing.tables.old_keywords import OldKeyword
from models.queueing.tables.queues import Queue

LEADS_ON_FOR = timedelta(days=365)
MOST_OLD_KEYWORDS = 3


def is_free(
    session: Session, keyword: str, business_id: int, now: datetime, *, queue_id: int | None = None
) -> bool:
    """Whether a queue of this business (`queue_id`, or a new one) may have this keyword."""
    holder = Queue.named(session, keyword)
    if holder is not None:
        return holder.id == queue_id
    old = _leading_on(session, keyword, now)
    return old is None or old.queue.business_id == business_id


def use_keyword(session: Session, keyword: str) -> None:
    """A queue has it from now on, so it leads nowhere else."""
    old = session.get(OldKeyword, keyword)
    if old is not None:
        session.delete(old)
        session.flush()


def change_keyword(session: Session, queue: Queue, keyword: str, *, now: datetime) -> None:
    """The queue must be locked, and the keyword free."""
    if keyword == queue.keyword:
        return
    use_keyword(session, keyword)
    session.merge(OldKeyword(keyword=queue.keyword, queue_id=queue.id, replaced_at=now))
    queue.keyword = keyword
    queue.revision += 1
    session.flush()
    kept = select(OldKeyword).where(OldKeyword.queue_id == queue.id)
    newest_first = kept.order_by(OldKeyword.replaced_at.desc(), OldKeyword.keyword)
    for old in session.scalars(newest_first.offset(MOST_OLD_KEYWORDS)).all():
        session.delete(old)


def free_keyword(session: Session, queue: Queue, keyword: str) -> bool:
    """Nothing leads from it to this queue any more. False if nothing did."""
    old = session.get(OldKeyword, keyword.upper())
    if old is None or old.queue_id != queue.id:
        return False
    session.delete(old)
    return True


def queue_once_named(session: Session, keyword: str, now: datetime) -> Queue | None:
    """The queue that had this keyword, if it still leads there."""
    old = _leading_on(session, keyword.upper(), now)
    return old.queue if old is not None else None


def leads_on_until(old: OldKeyword) -> datetime:
    return old.replaced_at + LEADS_ON_FOR


def old_keywords_of(session: Session, queue: Queue, now: datetime) -> list[OldKeyword]:
    """Those that lead to this queue, the newest first."""
    mine = select(OldKeyword).where(OldKeyword.queue_id == queue.id, _is_in_time(now))
    return list(session.scalars(mine.order_by(OldKeyword.replaced_at.desc(), OldKeyword.keyword)))


def old_keywords_of_business(session: Session, business_id: int, now: datetime) -> dict[str, int]:
    """The ids of the queues in use, by the keywords that lead to them."""
    in_use = (Queue.business_id == business_id, Queue.archived_at.is_(None))
    old = select(OldKeyword.keyword, OldKeyword.queue_id).join(Queue, Queue.id == OldKeyword.queue_id)
    return {row.keyword: row.queue_id for row in session.execute(old.where(*in_use, _is_in_time(now)))}


def _leading_on(session: Session, keyword: str, now: datetime) -> OldKeyword | None:
    return session.scalar(select(OldKeyword).where(OldKeyword.keyword == keyword, _is_in_time(now)))


def _is_in_time(now: datetime) -> ColumnElement[bool]:
    return OldKeyword.replaced_at > now - LEADS_ON_FOR
