"""A queue's opening hours as pure functions: when they open and close it, through every clock change.

Knows no database, and nothing of what somebody did by hand.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)
MIDNIGHT = time(0)
INSTANT = timedelta(microseconds=1)
A_SECOND = timedelta(seconds=1)
LOOKS_AHEAD = timedelta(days=60)
DAYS_OF_A_WEEK = 7
EVERY_DAY = tuple(range(DAYS_OF_A_WEEK))
TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class HoursChange(NamedTuple):
    """A moment at which the hours open or close the queue."""

    at: datetime
    opens: bool


class OpenPeriod(NamedTuple):
    """From one opening to the closing after it."""

    opens_at: datetime
    closes_at: datetime


class Timetable(NamedTuple):
    """A queue's hours, by the business's clock on the wall."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    """When it opens and closes, by weekday."""
    holidays: Collection[date] = ()

    def is_open(self, moment: datetime) -> bool:
        """Whether the hours say so; a period belongs to the day on which it begins."""
        day = moment.astimezone(self.zone).date()
        periods = (self._period_of(each) for each in (day - A_DAY, day) if each not in self.holidays)
        return any(period.opens_at <= moment < period.closes_at for period in periods if period)

    def periods_around(self, moment: datetime) -> list[OpenPeriod]:
        """The periods that include this moment or lie near it, whether their day is a holiday or not."""
        day = moment.astimezone(self.zone).date()
        periods = (self._period_of(each) for each in (day - 2 * A_DAY, day - A_DAY, day, day + A_DAY))
        return [period for period in periods if period is not None]

    def opens_on(self, day: date) -> bool:
        return day not in self.holidays and self._period_of(day) is not None

    def last_change(self, since: datetime, until: datetime) -> HoursChange | None:
        """The last time it opened or closed after `since`, and at `until` at the latest."""
        return max(self._changes(since, until), default=None)

    def next_change(self, now: datetime, *, opens: bool) -> HoursChange | None:
        """When it opens, or closes, next; None if not within two months."""
        return min(
            (change for change in self._changes(now, now + LOOKS_AHEAD) if change.opens == opens),
            default=None,
        )

    def _changes(self, since: datetime, until: datetime) -> Iterator[HoursChange]:
        """In no order. Where one period begins as another ends, nothing opens or closes.

        A queue that somebody opened by hand on a holiday closes at the usual time all the same.
        """
        day, last = since.astimezone(self.zone).date() - A_DAY, until.astimezone(self.zone).date()
        while day <= last:
            period = self._period_of(day)
            if period:
                opens_at, closes_at = period
                if since < opens_at <= until and self.opens_on(day) and not self.is_open(opens_at - INSTANT):
                    yield HoursChange(opens_at, opens=True)
                if since < closes_at <= until and not self.is_open(closes_at):
                    yield HoursChange(closes_at, opens=False)
            day += A_DAY

    def _period_of(self, day: date) -> OpenPeriod | None:
        """From when to when by that day's hours, holiday or not; None if a clock change left nothing."""
        if day.weekday() not in self.hours:
            return None
        opens_at, closes_at = self.hours[day.weekday()]
        last_day = day if closes_at > opens_at else day + A_DAY
        period = OpenPeriod(moment_at(day, opens_at, self.zone), moment_at(last_day, closes_at, self.zone))
        return period if period.opens_at < period.closes_at else None


def moment_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock on the wall shows this: the first time if twice, the end of the gap if never."""
    wall = datetime.combine(day, at, zone)
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    before, after = wall.replace(fold=1).astimezone(UTC), moment
    offset = before.astimezone(zone).utcoffset()
    while after - before > A_SECOND:
        middle = before + (after - before) // A_SECOND // 2 * A_SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def time_of_day(typed: str) -> time | None:
    """09:00 or 9:00, and 24:00 for the midnight that ends a day; None for anything else."""
    if typed.strip() == "24:00":
        return MIDNIGHT
    found = TIME_OF_DAY.fullmatch(typed.strip())
    return time(int(found[1]), int(found[2])) if found else None
