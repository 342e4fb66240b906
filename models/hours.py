"""When a queue is open by the clock: hours per weekday, and days on which the business is closed.

The timetable is pure: it knows when the hours open and close a queue, through every clock change, and
nothing of what somebody did by hand.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.business import Business
from models.database import Base
from models.queues import Queue

A_DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
A_SECOND = timedelta(seconds=1)
LOOKS_AHEAD = timedelta(days=60)
DAYS_OF_A_WEEK = 7
EVERY_DAY = tuple(range(DAYS_OF_A_WEEK))
TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class OpeningHours(Base):
    """A queue opens and closes at these times of the business's wall clock; without any, by hand only.

    A queue that closes at or before the time it opens at does so on the next day.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is Monday
    opens_at: Mapped[time]
    closes_at: Mapped[time]


_OF_QUEUE = OpeningHours.__table__
_TIMES = select(_OF_QUEUE.c.weekday, _OF_QUEUE.c.opens_at, _OF_QUEUE.c.closes_at).where(
    _OF_QUEUE.c.queue_id == bindparam("queue")
)


class Holiday(Base):
    """A day on which no queue of the business opens by the clock; the night before may end in it."""

    __tablename__ = "holidays"

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), default="")


class Turn(NamedTuple):
    """A moment at which the hours open or close the queue."""

    at: datetime
    opens: bool


class Shift(NamedTuple):
    """From opening to closing, once."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Timetable:
    """A queue's hours, by the business's clock on the wall."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    """When it opens and closes, by weekday."""
    holidays: Collection[date] = ()

    def is_open(self, moment: datetime) -> bool:
        """Whether the hours say so; a shift belongs to the day on which it begins."""
        day = moment.astimezone(self.zone).date()
        shifts = (self._shift_of(each) for each in (day - A_DAY, day) if each not in self.holidays)
        return any(shift.opens_at <= moment < shift.closes_at for shift in shifts if shift)

    def opens_on(self, day: date) -> bool:
        return day not in self.holidays and self._shift_of(day) is not None

    def last_turn(self, since: datetime, until: datetime) -> Turn | None:
        """The last time it opened or closed after `since`, and at `until` at the latest."""
        return max(self._turns(since, until), default=None)

    def next_turn(self, now: datetime, *, opens: bool) -> Turn | None:
        """When it opens, or closes, next; None if not within two months."""
        return min(
            (turn for turn in self._turns(now, now + LOOKS_AHEAD) if turn.opens == opens), default=None
        )

    def _turns(self, since: datetime, until: datetime) -> Iterator[Turn]:
        """In no order. Where one shift begins as another ends, nothing opens or closes.

        A queue that somebody opened by hand on a holiday closes at the usual time all the same.
        """
        day, last = since.astimezone(self.zone).date() - A_DAY, until.astimezone(self.zone).date()
        while day <= last:
            shift = self._shift_of(day)
            if shift:
                opens_at, closes_at = shift
                if since < opens_at <= until and self.opens_on(day) and not self.is_open(opens_at - INSTANT):
                    yield Turn(opens_at, opens=True)
                if since < closes_at <= until and not self.is_open(closes_at):
                    yield Turn(closes_at, opens=False)
            day += A_DAY

    def _shift_of(self, day: date) -> Shift | None:
        """From when to when by that day's hours, holiday or not; None if a clock change left nothing."""
        if day.weekday() not in self.hours:
            return None
        opens_at, closes_at = self.hours[day.weekday()]
        last_day = day if closes_at > opens_at else day + A_DAY
        shift = Shift(moment_at(day, opens_at, self.zone), moment_at(last_day, closes_at, self.zone))
        return shift if shift.opens_at < shift.closes_at else None


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


@dataclass(frozen=True)
class QueueHours:
    """What the clock looks at every few seconds."""

    queue_id: int
    kept_until: datetime
    timezone: str
    hours: Mapping[int, tuple[time, time]]
    holidays: Collection[date]

    def missed(self, now: datetime) -> Turn | None:
        """The last opening or closing that neither the clock nor anybody else has minded."""
        timetable = Timetable(ZoneInfo(self.timezone), self.hours, self.holidays)
        return timetable.last_turn(self.kept_until, now)


def all_hours(session: Session) -> list[QueueHours]:
    """Of every queue that has hours, in three queries however many there are."""
    hours: dict[int, dict[int, tuple[time, time]]] = defaultdict(dict)
    for row in session.scalars(select(OpeningHours)):
        hours[row.queue_id][row.weekday] = row.opens_at, row.closes_at
    holidays: dict[int, set[date]] = defaultdict(set)
    for business_id, day in session.execute(select(Holiday.business_id, Holiday.day)):
        holidays[business_id].add(day)
    queues = (
        select(Queue.id, Queue.business_id, Queue.hours_kept_at, Queue.created_at, Business.timezone)
        .join(Business, Business.id == Queue.business_id)
        .where(Queue.id.in_(hours), Queue.archived_at.is_(None))
        .order_by(Queue.id)
    )
    return [
        QueueHours(
            queue_id=queue.id,
            kept_until=queue.hours_kept_at or queue.created_at,
            timezone=queue.timezone,
            hours=hours[queue.id],
            holidays=holidays[queue.business_id],
        )
        for queue in session.execute(queues)
    ]


def timetable_of(session: Session, queue: Queue) -> Timetable | None:
    """The queue's hours as they are now; None if it is opened and closed by hand only."""
    rows = session.execute(_TIMES, {"queue": queue.id}).all()
    if not rows or queue.archived_at is not None:
        return None
    by_weekday = {row.weekday: (row.opens_at, row.closes_at) for row in rows}
    return Timetable(queue.business.zone, by_weekday, holidays_of(session, queue.business_id))


@dataclass(frozen=True)
class Opening:
    """When a closed queue opens next, as people say it."""

    days: int  # 0 today, 1 tomorrow
    weekday: int  # 0 is Monday
    time: str  # 09:00

    def facts(self) -> dict[str, int | str]:
        return {"opens_days": self.days, "opens_weekday": self.weekday, "opens_time": self.time}


def next_opening(session: Session, queue: Queue, now: datetime) -> Opening | None:
    """None if it opens by hand only, or not within a week."""
    timetable = timetable_of(session, queue)
    turn = timetable.next_turn(now, opens=True) if timetable else None
    if timetable is None or turn is None:
        return None
    there = turn.at.astimezone(timetable.zone)
    days = (there.date() - now.astimezone(timetable.zone).date()).days
    return Opening(days, there.weekday(), f"{there:%H:%M}") if days < DAYS_OF_A_WEEK else None


def hours_of(session: Session, queue_id: int) -> dict[int, OpeningHours]:
    """Opening hours by weekday; a weekday that is missing is closed, unless there are none at all."""
    rows = session.scalars(
        select(OpeningHours).where(OpeningHours.queue_id == queue_id).order_by(OpeningHours.weekday)
    )
    return {row.weekday: row for row in rows}


def set_hours(
    session: Session,
    queue: Queue,
    weekdays: Iterable[int],
    hours: tuple[time, time] | None,
    *,
    now: datetime,
) -> None:
    """Open at these times on these weekdays, or closed (None); the others stay as they are.

    What the queue is at this moment it stays, until the hours open or close it next. The queue must be
    locked. Without hours on any weekday it is opened and closed by hand only.
    """
    for weekday in weekdays:
        if hours is None:
            those = (OpeningHours.queue_id == queue.id, OpeningHours.weekday == weekday)
            session.execute(delete(OpeningHours).where(*those))
        else:
            opens_at, closes_at = hours
            session.merge(
                OpeningHours(queue_id=queue.id, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
            )
    queue.keep_hours_until(now)


def change_hours(
    session: Session, queue: Queue, asked: Mapping[int, tuple[time, time] | None], *, now: datetime
) -> bool:
    """These hours by weekday (None: closed that day); days that are not named stay. True if any changed.

    The queue must be locked.
    """
    there = {day: (row.opens_at, row.closes_at) for day, row in hours_of(session, queue.id).items()}
    changed = {day: hours for day, hours in asked.items() if there.get(day) != hours}
    for day, hours in changed.items():
        set_hours(session, queue, [day], hours, now=now)
    return bool(changed)


def time_of_day(typed: str) -> time | None:
    """09:00 or 9:00; None for anything else."""
    found = TIME_OF_DAY.fullmatch(typed.strip())
    return time(int(found[1]), int(found[2])) if found else None


def keep_holiday(session: Session, business_id: int, day: date, name: str | None) -> bool:
    """No queue of the business opens on this day by the clock. False if it was one of this name already."""
    there = session.get(Holiday, (business_id, day))
    if there is not None and name in (None, there.name):
        return False
    session.merge(Holiday(business_id=business_id, day=day, name=name or ""))
    return True


def drop_holiday(session: Session, business_id: int, day: date) -> bool:
    there = session.get(Holiday, (business_id, day))
    if there is not None:
        session.delete(there)
    return there is not None


def holidays_from(session: Session, business_id: int, first: date | None = None) -> list[Holiday]:
    """Named, in order; all of them, or from a day on."""
    days = select(Holiday).where(Holiday.business_id == business_id).order_by(Holiday.day)
    return list(session.scalars(days if first is None else days.where(Holiday.day >= first)))


def holidays_of(session: Session, business_id: int) -> frozenset[date]:
    return frozenset(session.scalars(_HOLIDAYS, {"business": business_id}))


_HOLIDAYS = select(Holiday.__table__.c.day).where(Holiday.__table__.c.business_id == bindparam("business"))
