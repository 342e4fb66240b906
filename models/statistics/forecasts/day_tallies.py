"""The stored tallies of a queue's days by quarter hour, of eight weeks, and which of them are like a day.

Made by the clock once a day is settled, from its events; they can be deleted and made again at any time.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ForeignKey, bindparam, delete, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.hours.opening_hours import Holiday
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.statistics.daily import A_DAY, TURNED_AWAY, QueueDay
from models.statistics.day_bounds import ON_DUTY_SINCE, bounds_of_days
from models.statistics.day_events import queue_events, visits_of_days
from models.statistics.distributions import Count
from models.statistics.duty_time import duty_intervals
from models.statistics.forecasts.quarters import Quarters, as_json, quarters_from, tally
from models.statistics.timelines import without_undone
from models.storage.database import Base, Json, fetch_rows, insert_once

WEEKS = 8
A_WEEK = timedelta(weeks=1)


class DayTally(Base):
    """What happened in each quarter hour of one business day: numbers alone, of nobody by name."""

    __tablename__ = "day_tallies"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    quarters: Mapped[dict[str, Any]] = mapped_column(Json)  # quarters.Quarter, by its number


TALLIES = DayTally.__table__
_ON_HOLIDAY = exists().where(Holiday.business_id == Queue.business_id, Holiday.day == DayTally.day)
_WORKED = (
    select(DayTally.day, DayTally.quarters)
    .join(Queue, Queue.id == DayTally.queue_id)
    .where(DayTally.queue_id == bindparam("queue_id"))
    .where(DayTally.day.in_(bindparam("days", expanding=True)), ~_ON_HOLIDAY)
    .order_by(DayTally.day)
)


def tallies_of(session: Session, queue_id: int, days: Sequence[date]) -> dict[date, Quarters]:
    """Those of these days that were worked and no holidays, the oldest first."""
    stored = fetch_rows(session, _WORKED, {"queue_id": queue_id, "days": list(days)})
    found = {row.day: quarters_from(row.quarters) for row in stored}
    return {day: quarters for day, quarters in found.items() if any(q.is_worked for q in quarters.values())}


def like_days(session: Session, queue_id: int, day: date) -> dict[date, Quarters]:
    """The same weekday of the eight weeks before."""
    return tallies_of(session, queue_id, [day - weeks * A_WEEK for weeks in range(1, WEEKS + 1)])


def days_before(session: Session, queue_id: int, day: date) -> dict[date, Quarters]:
    """Every day of the eight weeks before."""
    return tallies_of(session, queue_id, [day - days * A_DAY for days in range(1, 7 * WEEKS + 1)])


def days_to_tally(session: Session, queue_id: int, today: date, *, anew: bool = False) -> list[date]:
    """The settled days of the last eight weeks without a tally; `anew`: also those with one."""
    settled = select(QueueDay.day).where(
        QueueDay.queue_id == queue_id,
        QueueDay.day >= today - 7 * WEEKS * A_DAY,
        QueueDay.day < today,
        QueueDay.is_final,
    )
    known = select(DayTally.day).where(DayTally.queue_id == queue_id)
    there = set() if anew else set(session.scalars(known))
    return sorted(set(session.scalars(settled)) - there)


def tally_of_day(session: Session, queue: Queue, day: date) -> Quarters:
    """Computed from the day's events."""
    bounds = bounds_of_days(session, queue, day, day)
    start, end = bounds.start_of(day), bounds.end_of(day)
    visits = [each.visit for each in visits_of_days(session, queue.id, [day])]
    own = without_undone(queue_events(session, queue.id, start - ON_DUTY_SINCE, end))
    busy = [each for visit in visits for each in visit.busy]
    turned_away = [
        event.at
        for event in own
        if event.kind == EventKind.TURNED_AWAY and event.at >= start and _is_closed(event.facts or {})
    ]
    duties = duty_intervals(own, busy, start, end).values()
    return tally(visits, duties, turned_away, day=day, zone=queue.business.zone)


def _is_closed(facts: Mapping[str, Any]) -> bool:
    return TURNED_AWAY.get(facts.get("reason", "")) == Count.CLOSED


def store_tally(session: Session, queue_id: int, day: date, quarters: Quarters) -> bool:
    """True if it is new, or another than the stored one."""
    values = {"queue_id": queue_id, "day": day, "quarters": as_json(quarters)}
    if insert_once(session, TALLIES, values, returning=TALLIES.c.day) is not None:  # type: ignore[arg-type]
        return True
    mine = (TALLIES.c.queue_id == queue_id, TALLIES.c.day == day)
    if session.scalar(select(TALLIES.c.quarters).where(*mine)) == values["quarters"]:
        return False
    session.execute(update(TALLIES).where(*mine).values(quarters=values["quarters"]))  # type: ignore[arg-type]
    return True


def delete_tallies(session: Session, queue_id: int, first: date, last: date) -> None:
    """Of days whose events have changed; the clock makes them again."""
    between = (DayTally.day >= first, DayTally.day <= last)
    session.execute(delete(DayTally).where(DayTally.queue_id == queue_id, *between))


def delete_old_tallies(session: Session, queue_id: int, today: date) -> None:
    """Those of more than eight weeks ago, which nobody reads."""
    session.execute(
        delete(DayTally).where(DayTally.queue_id == queue_id, DayTally.day < today - 7 * WEEKS * A_DAY)
    )
