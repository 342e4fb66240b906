"""When each of a queue's days begins: a pure function of the business's day start and the queue's hours.

A day turns at the business's day start. Where the queue's hours span that, a shift is not cut in two: it
belongs whole to the day on which it opens, and the day ends when those hours close. Round the clock the day
turns at the day's start, and the line is kept. Knows no database, and not what day it is.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.queueing.hours.timetable import A_DAY, INSTANT, OpenPeriod, Timetable

MOST_PERIODS = 8  # that follow one another without a break; more are open for a whole day anyway


class TurnedBy(StrEnum):
    """Why a day turns when it does."""

    DAY_START = "day_start"
    CLOSING = "closing"  # of the hours that span the day's start
    OPENING = "opening"  # of hours that begin on the new day, before its usual start
    ROUND_THE_CLOCK = "round_the_clock"  # at the day's start, in the midst of the hours


class Turn(NamedTuple):
    """The moment at which a day begins."""

    at: datetime
    by: TurnedBy

    @property
    def keeps_line(self) -> bool:
        """Whether whoever waits then is kept: they wait in a queue that is open."""
        return self.by in (TurnedBy.OPENING, TurnedBy.ROUND_THE_CLOCK)


class QueueDays(NamedTuple):
    zone: ZoneInfo
    day_start_hour: int
    timetable: Timetable | None
    """None: opened and closed by hand only."""

    @classmethod
    def of(
        cls, zone: ZoneInfo, day_start_hour: int, hours: Mapping[int, tuple[time, time]] | None
    ) -> "QueueDays":
        """Without holidays: a queue that somebody opens by hand on one closes at its usual time."""
        return cls(zone, day_start_hour, Timetable(zone, hours) if hours else None)

    def day_of(self, moment: datetime) -> date:
        """The day to which a ticket taken at this moment belongs."""
        return self.day_finder()(moment)

    def day_finder(self) -> Callable[[datetime], date]:
        """As `day_of`, for many moments: each day's beginning is worked out once."""
        start_of = cache(self.start_of)

        def find(moment: datetime) -> date:
            day = moment.astimezone(self.zone).date() + A_DAY
            while start_of(day) > moment:
                day -= A_DAY
            return day

        return find

    def start_of(self, day: date) -> datetime:
        return self.turn_to(day).at

    def end_of(self, day: date) -> datetime:
        return self.start_of(day + A_DAY)

    def turn_to(self, day: date) -> Turn:
        usual = self.usual_start(day)
        shift = self._open_around(usual)
        if shift is None:
            return Turn(usual, TurnedBy.DAY_START)
        if self._is_whole_day(shift):
            return Turn(usual, TurnedBy.ROUND_THE_CLOCK)
        if shift.opens_at.astimezone(self.zone).date() == day:
            return Turn(shift.opens_at, TurnedBy.OPENING)
        return Turn(shift.closes_at, TurnedBy.CLOSING)

    def next_turn(self, now: datetime) -> Turn:
        return self.turn_to(self.day_of(now) + A_DAY)

    def usual_start(self, day: date) -> datetime:
        """The business's day start."""
        return datetime.combine(day, time(self.day_start_hour), self.zone).astimezone(UTC)

    def _open_around(self, moment: datetime) -> OpenPeriod | None:
        """From when to when the hours are open without a break before and after this moment."""
        if self.timetable is None:
            return None
        shift = OpenPeriod(moment, moment)
        for _ in range(MOST_PERIODS):
            wider = self._with_neighbours(self.timetable, shift)
            if wider == shift:
                break
            shift = wider
        return shift if shift.opens_at < moment < shift.closes_at else None

    def _with_neighbours(self, timetable: Timetable, shift: OpenPeriod) -> OpenPeriod:
        """With the periods that touch or overlap it."""
        near = [
            *timetable.periods_around(shift.opens_at - INSTANT),
            *timetable.periods_around(shift.closes_at),
        ]
        touching = [
            each for each in near if each.opens_at <= shift.closes_at and each.closes_at >= shift.opens_at
        ]
        opens_at = min([shift.opens_at, *(each.opens_at for each in touching)])
        return OpenPeriod(opens_at, max([shift.closes_at, *(each.closes_at for each in touching)]))

    def _is_whole_day(self, shift: OpenPeriod) -> bool:
        """By the clock on the wall: the day of a clock change has 23 or 25 hours."""
        opens_at, closes_at = (moment.astimezone(self.zone).replace(tzinfo=None) for moment in shift)
        return closes_at - opens_at >= timedelta(days=1)
