"""What happens to people on a day, its figures, and the row that keeps them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing import ending
from models.queueing.numbers import take_number
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import DayFigures, QueueDay, complete, row_of_day, store_day
from models.statistics.distributions import Count
from models.statistics.long_line.waiting_by_hour import WaitingByHour
from models.statistics.span import Span, span_of
from models.statistics.timelines import Visit
from models.storage.database import reading, transaction
from tests.world import NOON, change, minutes

TODAY = date(2026, 3, 10)
A_DAY = timedelta(days=1)
LISBON = ZoneInfo("Europe/Lisbon")
LATER = NOON + timedelta(days=60)


def counted(
    visits: Iterable[Visit],
    *,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    only_joined: WaitingByHour | None = None,
) -> DayFigures:
    """The figures of a day on which nothing but these visits happened."""
    made, busy = DayFigures(), []
    for visit in visits:
        made.add_visit(visit, zone, end)
        busy += visit.busy
    return complete(made, [], busy, only_joined=only_joined, zone=zone, start=start, end=end)


def figures(*queues: Queue, day: date = TODAY) -> Span:
    with reading() as session:
        return span_of(session, [session.get_one(Queue, queue.id) for queue in queues], day, day, LATER)


def leave(queue: Queue, number: int, reason: str | None = None) -> None:
    change(
        number, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(9), reason=reason)
    )


def finish(queue: Queue, number: int, now: datetime) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=now))


def refresh(queue: Queue, day: date, now: datetime) -> bool:
    """True if the row was written."""
    with reading() as session:
        row = row_of_day(session, session.get_one(Queue, queue.id), day, now)
    if row is not None:
        transaction(lambda session: store_day(session, row))
    return row is not None


def joined_in(row: QueueDay) -> int:
    return DayFigures.from_json(row.figures).whole[Count.JOINED]


def stored(queue: Queue) -> dict[date, QueueDay]:
    with reading() as session:
        rows = session.scalars(select(QueueDay).where(QueueDay.queue_id == queue.id))
        return {row.day: row for row in rows}


def try_to_join(queue: Queue, who: str, now: datetime) -> None:
    """As a customer does; people who are turned away are recorded too."""

    def work(session: Session) -> None:
        from_shop = Queue.lock(session, queue.id)
        customer = session.get_one(Ticket, 1).customer
        try:
            take_number(session, from_shop, customer, source=Source.TEXT, by=By.customer(), now=now)
        except NotPossible:
            return

    transaction(work)
