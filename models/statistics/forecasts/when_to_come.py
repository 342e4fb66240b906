"""When to come to a queue today: what the stored tallies say of the rest of the day. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.queueing.hours.opening_hours import timetable_of
from models.queueing.hours.timetable import Timetable
from models.queueing.line.queries import is_full
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.statistics.forecasts.best_times import FEWEST_LIKE_DAYS, LastSafe, Quiet, last_safe, quietest
from models.statistics.forecasts.day_tallies import like_days
from models.statistics.forecasts.quarters import QUARTER, quarter_at, time_of

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class TimesToCome:
    """None where nothing held often enough."""

    weekday: int  # 0 is Monday
    quiet: Quiet | None = None
    last: LastSafe | None = None
    last_is_now: bool = False  # its quarter hour has begun: it is told as "now"

    def __bool__(self) -> bool:
        return self.quiet is not None or self.last is not None

    def facts(self) -> dict[str, Any]:
        """For a text; without what is not known."""
        found: dict[str, Any] = {"weekday": self.weekday}
        if self.quiet:
            found |= {
                "quiet_from": f"{time_of(self.quiet.first):%H:%M}",
                "quiet_until": f"{time_of(self.quiet.end):%H:%M}",
                "quiet_minutes": self.quiet.minutes,
                "quiet_held": self.quiet.held,
                "quiet_of": self.quiet.of,
            }
        if self.last:
            found |= {
                "safe_time": f"{time_of(self.last.quarter):%H:%M}",
                "safe_held": self.last.held,
                "safe_of": self.last.of,
                "safe_now": self.last_is_now,
            }
        return found


def times_to_come(session: Session, queue: Queue, now: datetime) -> TimesToCome:
    """By the same weekday of the eight weeks before, without holidays and days on which nobody was there."""
    day = queue.business.day_of(now)
    nothing = TimesToCome(day.weekday())
    if queue.state == QueueState.LAST_CALL or queue.archived_at is not None:
        return nothing
    days = list(like_days(session, queue.id, day).values())
    if len(days) < FEWEST_LIKE_DAYS:
        return nothing
    timetable = timetable_of(session, queue)
    begins = _begins(queue, timetable, now)
    if begins is None:
        return nothing
    first = quarter_at(now, day, queue.business.zone) if begins == now else _next_quarter(queue, begins, day)
    last = last_safe(days, first, _closes(queue, timetable, begins, day))
    is_now = begins == now and last is not None and last.quarter == first
    if last is None or (is_now and is_full(session, queue)):
        return nothing  # whenever they come, it may be too late
    return TimesToCome(day.weekday(), quietest(days, first, last.quarter), last, is_now)


def _begins(queue: Queue, timetable: Timetable | None, now: datetime) -> datetime | None:
    """Now, if it may be open by its hours; else when it opens by them; None if it doesn't any more today.

    One that was closed by hand opens by its hours, or nobody knows when.
    """
    is_closed = queue.state == QueueState.CLOSED
    if not is_closed and (timetable is None or timetable.is_open(now)):
        return now
    opening = timetable.next_change(now, opens=True) if timetable else None
    if opening is None or opening.at >= queue.business.end_of(queue.business.day_of(now)):
        return None
    return opening.at if is_closed else now


def _closes(queue: Queue, timetable: Timetable | None, begins: datetime, day: date) -> int | None:
    """The first quarter hour in which it is closed all the time; None if it doesn't close by its hours."""
    closing = timetable.next_change(begins, opens=False) if timetable else None
    if closing is None or closing.at > queue.business.end_of(day):
        return None
    return _next_quarter(queue, closing.at, day)


def _next_quarter(queue: Queue, moment: datetime, day: date) -> int:
    """The first quarter hour that begins at this moment or later."""
    return quarter_at(moment + QUARTER - A_MOMENT, day, queue.business.zone)
