"""From when to when a queue's days went: by the business's day start, or as the events of their turns say.

A day whose hours spanned the day's start ended when those hours closed; hours may have been changed since.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.business import Business
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.statistics.timelines import Busy, Happened

A_DAY = timedelta(days=1)
DAYS_READ_AT_ONCE = 31
# In a queue that stays open overnight a servicer may have come on duty that long ago.
ON_DUTY_SINCE = timedelta(days=7)
LATE = timedelta(days=3)  # so long after its beginning a day may have been turned: nobody came before


class DayBounds(NamedTuple):
    business: Business
    began: Mapping[date, datetime]
    """Of days that began at another moment than the business's day start."""

    def start_of(self, day: date) -> datetime:
        return self.began.get(day) or self.business.start_of(day)

    def end_of(self, day: date) -> datetime:
        return self.start_of(day + A_DAY)

    def day_of(self, moment: datetime) -> date:
        day = self.business.day_of(moment) + A_DAY
        while self.start_of(day) > moment:
            day -= A_DAY
        return day


def bounds_of_days(session: Session, queue: Queue, first: date, last: date) -> DayBounds:
    """Of these days of the queue, and of the present one, whose end is known before it comes."""
    since, until = queue.business.start_of(first) - A_DAY, queue.business.end_of(last) + LATE
    turned = select(Event.facts).where(
        Event.queue_id == queue.id,
        Event.ticket_id.is_(None),
        Event.at >= since,
        Event.at < until,
        Event.kind == EventKind.DAY_BEGAN,
    )
    began = {
        date.fromisoformat(facts["day"]): datetime.fromisoformat(facts["began_at"])
        for facts in session.scalars(turned.order_by(Event.id))
        if facts
    }
    if queue.numbered_day is not None and queue.day_ends_at is not None:
        began.setdefault(queue.numbered_day + A_DAY, queue.day_ends_at)
    return DayBounds(queue.business, began)


def is_short(first: date | None, last: date | None) -> bool:
    """Whether each day of the span is computed where nothing is stored of it."""
    return first is not None and last is not None and (last - first).days < DAYS_READ_AT_ONCE


def days_to_check(today: date, first: date | None, last: date | None, *, is_part: bool) -> set[date]:
    """Days to compute even without a ticket or a row: today, and each day of a short span."""
    if first is not None and last is not None and is_short(first, last) and not is_part:
        return {first + days * A_DAY for days in range((last - first).days + 1)}
    return {today} if (first is None or first <= today) and (last is None or today <= last) else set()


def events_around(events: Iterable[Happened], bounds: DayBounds, day: date) -> list[Happened]:
    """The events of the day and of some days before, as a servicer may have come on duty then."""
    since, until = bounds.start_of(day) - ON_DUTY_SINCE, bounds.end_of(day)
    return [event for event in events if since <= event.at < until]


def busy_on(busy: Iterable[Busy], bounds: DayBounds, day: date) -> list[Busy]:
    """The busy times that overlap the day."""
    start, end = bounds.start_of(day), bounds.end_of(day)
    return [
        each
        for each in busy
        if start - A_DAY <= each.began_at < end and (each.ended_at is None or each.ended_at > start)
    ]
