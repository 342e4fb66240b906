"""A queue's keyword: unique in its business, as customers text it to a number of one business.

It changes: the old one leads on for a year, until its business frees it or uses it again. So does its address
on the web, which nobody else gets meanwhile: posters are on walls. At most so many of a queue are kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.queueing.tables.addresses import FIRST, parts_of
from models.queueing.tables.old_keywords import OldKeyword
from models.queueing.tables.queues import Queue

LEADS_ON_FOR = timedelta(days=365)
MOST_OLD_KEYWORDS = 3


def is_free(session: Session, keyword: str, business_id: int, *, queue_id: int | None = None) -> bool:
    """Whether a queue of this business (`queue_id`, or a new one) may have this keyword."""
    holder = Queue.named(session, business_id, keyword)
    return holder is None or holder.id == queue_id


def take_keyword(session: Session, keyword: str, business_id: int, now: datetime) -> int:
    """A queue of this business has it from now on, so it leads to no other of its queues. It must be free.

    Gives the queue's `namesake`: that of the business's old address, or else the lowest that nobody has.
    """
    own = _old_of_business(session, keyword, business_id)
    for old in own:
        session.delete(old)
    session.flush()
    kept = [old.namesake for old in own if leads_on_until(old) > now]
    namesake = min(kept) if kept else _lowest_free(session, keyword, now)
    if (over := session.get(OldKeyword, (keyword, namesake))) is not None:
        session.delete(over)
        session.flush()
    return namesake


def change_keyword(session: Session, queue: Queue, keyword: str, *, now: datetime) -> None:
    """The queue must be locked, and the keyword free."""
    if keyword == queue.keyword:
        return
    namesake = take_keyword(session, keyword, queue.business_id, now)
    old = OldKeyword(keyword=queue.keyword, namesake=queue.namesake, queue_id=queue.id, replaced_at=now)
    session.merge(old)
    queue.keyword, queue.namesake = keyword, namesake
    queue.revision += 1
    session.flush()
    kept = select(OldKeyword).where(OldKeyword.queue_id == queue.id)
    newest_first = kept.order_by(OldKeyword.replaced_at.desc(), OldKeyword.keyword)
    for old in session.scalars(newest_first.offset(MOST_OLD_KEYWORDS)).all():
        session.delete(old)


def free_keyword(session: Session, queue: Queue, keyword: str) -> bool:
    """Nothing leads from it to this queue any more. False if nothing did."""
    old = [one for one in _old_of_business(session, keyword, queue.business_id) if one.queue_id == queue.id]
    for one in old:
        session.delete(one)
    return bool(old)


def queue_once_at(session: Session, address: str, now: datetime) -> Queue | None:
    """The queue that had this address on the web, if it still leads there."""
    keyword, namesake = parts_of(address)
    of_address = (OldKeyword.keyword == keyword, OldKeyword.namesake == namesake)
    old = session.scalar(select(OldKeyword).where(*of_address, _is_in_time(now)))
    return old.queue if old is not None else None


def queue_once_named(session: Session, business_id: int, keyword: str, now: datetime) -> Queue | None:
    """The queue of this business that had this keyword, if it still leads there."""
    once = queues_once_named(session, keyword, now)
    return next((queue for queue in once if queue.business_id == business_id), None)


def queues_once_named(session: Session, keyword: str, now: datetime) -> list[Queue]:
    """The queues of any business that had this keyword, as far as it still leads there."""
    of_keyword = select(OldKeyword).where(OldKeyword.keyword == keyword.upper(), _is_in_time(now))
    return [old.queue for old in session.scalars(of_keyword.order_by(OldKeyword.namesake))]


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


def _lowest_free(session: Session, keyword: str, now: datetime) -> int:
    present = session.scalars(select(Queue.namesake).where(Queue.keyword == keyword))
    old = select(OldKeyword.namesake).where(OldKeyword.keyword == keyword, _is_in_time(now))
    taken = {*present, *session.scalars(old)}
    if FIRST not in taken:
        return FIRST
    read_as_another = {*_keywords_that_begin_with(session, keyword, now)}
    numbers = range(FIRST + 1, FIRST + len(taken) + len(read_as_another) + 2)
    return next(each for each in numbers if each not in taken and f"{keyword}{each}" not in read_as_another)


def _keywords_that_begin_with(session: Session, keyword: str, now: datetime) -> Sequence[str]:
    """People write CET236-2 for CET2362, too, so that address is nobody else's."""
    present = select(Queue.keyword).where(Queue.keyword.startswith(keyword))
    old = select(OldKeyword.keyword).where(OldKeyword.keyword.startswith(keyword), _is_in_time(now))
    return session.scalars(present.union(old)).all()


def _old_of_business(session: Session, keyword: str, business_id: int) -> Sequence[OldKeyword]:
    mine = (OldKeyword.keyword == keyword.upper(), Queue.business_id == business_id)
    old = select(OldKeyword).join(Queue, Queue.id == OldKeyword.queue_id).where(*mine)
    return session.scalars(old.order_by(OldKeyword.namesake)).all()


def _is_in_time(now: datetime) -> ColumnElement[bool]:
    return OldKeyword.replaced_at > now - LEADS_ON_FOR
