"""Stores the figures of each queue's days once they are settled, and of past months.

Everything is computed from events, so that rows may be deleted at any time.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from jobs.row_by_row import RowByRow
from models.queueing.tables.queues import Queue
from models.statistics.daily import (
    days_to_count_again,
    days_to_refresh,
    days_without_row,
    row_of_day,
    store_day,
)
from models.statistics.forecasts.day_forecasts import forecast_to_store, score_forecasts, store_forecast
from models.statistics.forecasts.day_tallies import (
    days_to_tally,
    delete_old_tallies,
    store_tally,
    tally_of_day,
)
from models.statistics.monthly import months_to_add_up, row_of_month, store_month
from models.storage.database import reading, transaction

LOOK_BACK_EVERY = timedelta(hours=1)
MOST_DAYS_AT_ONCE = 100  # of a long history; the rest at the next run
MOST_MONTHS_AT_ONCE = 12


class DailyStatistics:
    def __init__(self) -> None:
        self._rows = RowByRow("daily statistics")
        self._looked_back_at: dict[int, datetime] = {}

    def run(self, now: datetime) -> None:
        with reading() as session:
            queues = session.scalars(select(Queue.id).order_by(Queue.id)).all()
        self._rows.each(queues, lambda queue_id: self._refresh(queue_id, now), now)

    def _refresh(self, queue_id: int, now: datetime) -> None:
        with reading() as session:
            queue = session.get_one(Queue, queue_id)
            today = queue.business.day_of(now)
            days = days_to_refresh(session, queue_id, today, now)
            looks_back = self._looks_back(queue_id, now)
            settled = days_to_count_again(session, queue_id, today, now) if looks_back else []
            missing = days_without_row(session, queue, today) if looks_back else []
        for day in dict.fromkeys([*days, *settled, *missing[:MOST_DAYS_AT_ONCE]]):  # a day may be in two
            _refresh_day(queue_id, day, now)
        if looks_back:
            refresh_tallies(queue_id, now)
            _refresh_forecast(queue_id, now)
        if looks_back and len(missing) <= MOST_DAYS_AT_ONCE and _add_up_months(queue_id, now):
            self._looked_back_at[queue_id] = now

    def _looks_back(self, queue_id: int, now: datetime) -> bool:
        looked_at = self._looked_back_at.get(queue_id)
        if looked_at is not None and abs(now - looked_at) >= LOOK_BACK_EVERY:
            del self._looked_back_at[queue_id]
        return queue_id not in self._looked_back_at


def _add_up_months(queue_id: int, now: datetime) -> bool:
    """True if no month is left to add up."""
    with reading() as session:
        months = months_to_add_up(session, session.get_one(Queue, queue_id), now)
    for month in months[-MOST_MONTHS_AT_ONCE:]:
        refresh_month(queue_id, month)
    return len(months) <= MOST_MONTHS_AT_ONCE


def refresh_month(queue_id: int, month: date) -> bool:
    """True if the row changed."""
    with reading() as session:
        row = row_of_month(session, queue_id, month)
    return row is not None and transaction(lambda session: store_month(session, row))


def refresh_tallies(queue_id: int, now: datetime, *, anew: bool = False) -> int:
    """Make the tallies of settled days that are missing (or all), and delete old ones; how many are new."""
    with reading() as session:
        today = session.get_one(Queue, queue_id).business.day_of(now)
        days = days_to_tally(session, queue_id, today, anew=anew)
    if not days:
        return 0
    new = 0
    for day in days:
        with reading() as session:
            quarters = tally_of_day(session, session.get_one(Queue, queue_id), day)
        new += transaction(lambda session, day=day, of=quarters: store_tally(session, queue_id, day, of))  # type: ignore[misc]
    transaction(lambda session: delete_old_tallies(session, queue_id, today))
    return new


def _refresh_forecast(queue_id: int, now: datetime) -> None:
    """Score what was told of days that are tallied since, and make the forecast of the next open day."""
    with reading() as session:
        queue = session.get_one(Queue, queue_id)
        today, row = queue.business.day_of(now), forecast_to_store(session, queue, now)
    transaction(lambda session: score_forecasts(session, queue_id, today))
    if row is not None:
        transaction(lambda session: store_forecast(session, row))


def _refresh_day(queue_id: int, day: date, now: datetime) -> None:
    """Computed without a lock; written only if it has changed."""
    with reading() as session:
        row = row_of_day(session, session.get_one(Queue, queue_id), day, now)
    if row is not None:
        transaction(lambda session: store_day(session, row))
