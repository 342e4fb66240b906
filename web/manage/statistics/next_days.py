"""What the statistics page says of each queue's next open day. Reads only."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from flask_babel import get_locale
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.statistics.forecasts.day_forecasts import Told, forecast_told
from web.manage.statistics.charts import Columns, columns

MOST_QUEUES = 10


class NextDay(NamedTuple):
    told: Told
    words: str
    """The day: Wed, Mar 11."""
    chart: Columns
    hours: list[dict[str, Any]]


def next_days(session: Session, queues: Iterable[Queue], today: date) -> list[NextDay]:
    """Of the queues in use that have a forecast."""
    in_use = [queue for queue in queues if queue.archived_at is None][:MOST_QUEUES]
    found = (forecast_told(session, queue, today) for queue in in_use)
    return [_next_day(told) for told in found if told is not None]


def _next_day(told: Told) -> NextDay:
    names = ("hour", "expected", "low", "high", "servicers", "fewest", "most")
    hours = [dict(zip(names, each, strict=True)) for each in told.facts["hours"]]
    chart = columns(
        [each["hour"] % 24 for each in hours],
        {each["hour"] % 24: each["expected"] for each in hours},
        {each["hour"] % 24: (each["low"], each["high"]) for each in hours},
    )
    day = str(format_skeleton("MMMEd", told.day, locale=get_locale()))
    return NextDay(told, day, chart, hours)
