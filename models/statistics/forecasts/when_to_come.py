"""When to come to a queue today: what the stored tallies say of the rest of the day. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.queueing.hours.opening_hours import timetable_of
from models.queueing.hours.timetable import Timetable
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
            }
        return found


def times_to_come(session: Session, queue: Queue, now: datetime) -> TimesToCome:
    """By the same weekday of the eight weeks before, without holidays and days on which nobody was there."""
    business = queue.business
    day = business.day_of(now)
    nothing = TimesToCome(day.weekday())
    if queue.state == QueueState.LAST_CALL or queue.archived_at is not None:
        return nothing
    days = list(like_days(session, queue.id, day).values())
    if len(days) < FEWEST_LIKE_DAYS:
        return nothing
    timetable = timetable_of(session, queue)
    if timetable is not None and not _opens(timetable, now, business.end_of(day)):
        return nothing
    closing = timetable.next_change(now, opens=False) if timetable else None
    closes = _number(queue, closing.at, day) if closing and closing.at <= business.end_of(day) else None
    first = quarter_at(now, day, business.zone)
    last = last_safe(days, first, closes)
    return TimesToCome(day.weekday(), quietest(days, first, last.quarter if last else closes), last)


def _opens(timetable: Timetable, now: datetime, until: datetime) -> bool:
    """Whether it is open by its hours at some time before `until`."""
    opening = timetable.next_change(now, opens=True)
    return timetable.is_open(now) or (opening is not None and opening.at < until)


def _number(queue: Queue, closes_at: datetime, day: date) -> int:
    """The first quarter hour in which it is closed all the time."""
    return quarter_at(closes_at + QUARTER - A_MOMENT, day, queue.business.zone)
