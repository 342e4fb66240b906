"""Updates every queue's wait table, which texts and pages read.

Right after an event, else each time that resting jobs run (every 15 s).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from jobs.queues.event_feed import EventFeed
from jobs.resting import ANYWAY_SECONDS, SLACK_SECONDS
from jobs.row_by_row import RowByRow
from models.delivery.failures import notify_pages
from models.people.business import Business
from models.queueing.line.wait_table import QueueLearning, store_learning, store_waits
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.waiting.estimator import WaitState

COMPUTE_EVERY = timedelta(seconds=ANYWAY_SECONDS - SLACK_SECONDS)
STORE_EVERY = timedelta(seconds=60 - SLACK_SECONDS)  # even if nothing has changed
FEWEST_PLACES, MOST_PLACES, PLACES_TO_SPARE = 50, 500, 10
# The learned state; events since are read again after a restart. At once, where it first says more than the
# owner's guess: after an import, the queue's page would call it a guess until then.
SAVE_EVERY = timedelta(minutes=10)


class _Saved(NamedTuple):
    at: datetime
    last_event_id: int
    has_learned_pace: bool


class _Stored(NamedTuple):
    at: datetime
    last_event_id: int
    curve: list[list[float]]
    state: WaitState
    at_least: list[float]


QueueRow = Row[int, float, str, int]


class Estimates:
    def __init__(self) -> None:
        self._rows = RowByRow("estimates")
        self._feeds: dict[int, EventFeed] = {}
        self._computed_at: dict[int, datetime] = {}
        self._stored: dict[int, _Stored] = {}
        self._saved: dict[int, _Saved] = {}

    def run(self, now: datetime) -> None:
        with reading() as session:
            queues = {queue.id: queue for queue in session.execute(_QUEUES)}
        self._forget_all_but(queues)
        due = [queue.id for queue in queues.values() if self._is_due(queue, now)]
        self._rows.each(due, lambda queue_id: self._compute(queues[queue_id], now), now)

    def _is_due(self, queue: QueueRow, now: datetime) -> bool:
        feed, computed_at = self._feeds.get(queue.id), self._computed_at.get(queue.id)
        if feed is None or computed_at is None or feed.hint_minutes != queue.minutes_per_customer:
            return True
        return (queue.newest or 0) > feed.last_event_id or abs(now - computed_at) >= COMPUTE_EVERY

    def _compute(self, queue: QueueRow, now: datetime) -> None:
        # Put back only on success: after a fault the feed is rebuilt.
        feed = self._feeds.pop(queue.id, None)
        is_new = feed is None or feed.hint_minutes != queue.minutes_per_customer
        if feed is None or is_new:
            feed = EventFeed(queue.id, ZoneInfo(queue.timezone), queue.minutes_per_customer)
        with reading() as session:
            if is_new:
                feed.restore(session.get(QueueLearning, queue.id))
                self._saved[queue.id] = _Saved(now, feed.last_event_id, feed.has_learned_pace())
            feed.catch_up(session, now)
            waiting = _count_waiting(session, queue.id)
        places = min(MOST_PLACES, max(FEWEST_PLACES, waiting + PLACES_TO_SPARE)) + 1
        curve, state, at_least = feed.curve(now, places)
        rounded = [[round(minutes, 2) for minutes in estimate] for estimate in curve]
        self._store(queue.id, _Stored(now, feed.last_event_id, rounded, state, at_least))
        self._save(feed, now)
        self._feeds[queue.id] = feed
        self._computed_at[queue.id] = now

    def _store(self, queue_id: int, new: _Stored) -> None:
        old = self._stored.get(queue_id)
        if old is not None and old[1:] == new[1:] and abs(new.at - old.at) < STORE_EVERY:
            return

        def work(session: Session) -> None:
            store_waits(
                session,
                queue_id,
                curve=new.curve,
                state=new.state,
                last_event_id=new.last_event_id,
                now=new.at,
                at_least=new.at_least,
            )
            if old is None or old.state != new.state:  # new minutes can wait, "nobody is serving" can't
                notify_pages(session, {queue_id})

        transaction(work)
        self._stored[queue_id] = new

    def _save(self, feed: EventFeed, now: datetime) -> None:
        saved = self._saved.get(feed.queue_id, _Saved(now, 0, False))
        has_learned_pace = feed.has_learned_pace()
        is_early = abs(now - saved.at) < SAVE_EVERY and has_learned_pace == saved.has_learned_pace
        if feed.last_event_id == saved.last_event_id or is_early:
            return
        learned = feed.learned()

        def work(session: Session) -> None:
            store_learning(session, feed.queue_id, learned=learned, last_event_id=feed.last_event_id, now=now)

        transaction(work)
        self._saved[feed.queue_id] = _Saved(now, feed.last_event_id, has_learned_pace)

    def _forget_all_but(self, queues: Iterable[int]) -> None:
        for gone in self._feeds.keys() - set(queues):
            for kept in (self._feeds, self._computed_at, self._stored, self._saved):
                kept.pop(gone, None)


# The newest event of each queue is one index look-up; ids grow within a queue, as its lock is held.
_NEWEST = select(func.max(Event.id)).where(Event.queue_id == Queue.id).correlate(Queue).scalar_subquery()
_QUEUES = (
    select(Queue.id, Queue.minutes_per_customer, Business.timezone, _NEWEST.label("newest"))
    .join(Business, Business.id == Queue.business_id)
    .order_by(Queue.id)
)


def _count_waiting(session: Session, queue_id: int) -> int:
    line = (Ticket.queue_id == queue_id, among(Ticket.state, WAITING))
    return session.scalar(select(func.count()).where(*line)) or 0
