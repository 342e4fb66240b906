"""Opening hours per weekday and holidays, as they are stored, read and changed.

When they open and close a queue: `timetable`. Without hours it is opened and closed by hand only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    String,
    Time,
    bindparam,
    cast,
    delete,
    func,
    null,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.business import Business
from models.queueing.hours.queue_days import QueueDays
from models.queueing.hours.timetable import DAYS_OF_A_WEEK, HoursChange, Timetable
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import Base, fetch_rows
from models.storage.heartbeats import is_believed

A_WEEK = timedelta(days=7)
MOST_HOLIDAYS = 100  # of a business, to come


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


class QueueHours(NamedTuple):
    """What the clock looks at every few seconds."""

    queue_id: int
    kept_until: datetime
    timezone: str
    hours: Mapping[int, tuple[time, time]]
    holidays: Collection[date]

    def missed(self, now: datetime) -> HoursChange | None:
        """The last opening or closing that was neither applied by the clock nor overruled by hand."""
        timetable = Timetable(ZoneInfo(self.timezone), self.hours, self.holidays)
        return timetable.last_change(kept_since(self.kept_until, now), now)


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


def kept_since(kept_until: datetime, now: datetime) -> datetime:
    """From when on the hours are to be applied. What a clock that was ahead has done is done anew."""
    return kept_until if is_believed(kept_until, now) else now - A_WEEK


def timetable_of(session: Session, queue: Queue) -> Timetable | None:
    """The queue's hours as they are now; None if it is opened and closed by hand only."""
    stored = fetch_rows(session, _TIMETABLE, {"queue": queue.id, "business": queue.business_id})
    by_weekday = {row.weekday: (row.opens_at, row.closes_at) for row in stored if row.weekday is not None}
    if not by_weekday or queue.archived_at is not None:
        return None
    holidays = frozenset(row.holiday for row in stored if row.holiday is not None)
    return Timetable(queue.business.zone, by_weekday, holidays)


def days_of(session: Session, queue: Queue) -> QueueDays:
    """When the queue's days begin and end, by its hours as they are now."""
    timetable = timetable_of(session, queue)
    hours = timetable.hours if timetable else None
    return QueueDays.of(queue.business.zone, queue.business.day_start_hour, hours)


class Opening(NamedTuple):
    """When a closed queue opens next, as people say it."""

    days: int  # 0 today, 1 tomorrow
    weekday: int  # 0 is Monday
    time: str  # 09:00

    def facts(self) -> dict[str, int | str]:
        return {"opens_days": self.days, "opens_weekday": self.weekday, "opens_time": self.time}


def next_opening(session: Session, queue: Queue, now: datetime) -> Opening | None:
    """None if it opens by hand only, or not within a week."""
    timetable = timetable_of(session, queue)
    return opening_within_a_week(timetable, now) if timetable else None


def opening_within_a_week(timetable: Timetable, now: datetime) -> Opening | None:
    change = timetable.next_change(now, opens=True)
    if change is None:
        return None
    there = change.at.astimezone(timetable.zone)
    days = (there.date() - now.astimezone(timetable.zone).date()).days
    return Opening(days, there.weekday(), f"{there:%H:%M}") if days < DAYS_OF_A_WEEK else None


def hours_of(session: Session, queue_id: int) -> dict[int, OpeningHours]:
    """Opening hours by weekday; a weekday that is missing is closed, unless there are none at all."""
    stored = session.scalars(
        select(OpeningHours).where(OpeningHours.queue_id == queue_id).order_by(OpeningHours.weekday)
    )
    return {row.weekday: row for row in stored}


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
    queue.day_ends_at = None


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


def is_open_outside_hours(session: Session, queue: Queue, now: datetime) -> bool:
    """Whether people may join although its hours say that it is closed now."""
    session.flush()
    timetable = timetable_of(session, queue)
    return timetable is not None and queue.state != QueueState.CLOSED and not timetable.is_open(now)


def has_room_for_holiday(session: Session, business_id: int, day: date, today: date) -> bool:
    """Whether it is one already, or few enough are to come: the clock reads them all every few seconds."""
    to_come = (Holiday.business_id == business_id, Holiday.day >= today, Holiday.day != day)
    return (session.scalar(select(func.count()).where(*to_come)) or 0) < MOST_HOLIDAYS


def set_holiday(session: Session, business_id: int, day: date, name: str | None) -> bool:
    """No queue of the business opens on this day by the clock. False if it was one of this name already."""
    there = session.get(Holiday, (business_id, day))
    if there is not None and name in (None, there.name):
        return False
    session.merge(Holiday(business_id=business_id, day=day, name=name or ""))
    return True


def clear_holiday(session: Session, business_id: int, day: date) -> bool:
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
# The hours and the holidays in one statement: a row is of the ones or of the others.
_TIMETABLE = _TIMES.add_columns(cast(null(), Date).label("holiday")).union_all(
    _HOLIDAYS.with_only_columns(
        cast(null(), Integer), cast(null(), Time), cast(null(), Time), Holiday.__table__.c.day
    )
)
