"""What is told of a queue's next open day: made from its tallies, scored once the day is over, and not told
where it was wrong too often.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, delete, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.hours.opening_hours import Holiday, holidays_of, timetable_of
from models.queueing.hours.timetable import Timetable
from models.queueing.tables.queues import Queue
from models.statistics.daily import A_DAY
from models.statistics.forecasts.arrivals import Arrivals, DayCount, forecast_arrivals
from models.statistics.forecasts.day_tallies import WEEKS, DayTally, days_before, tallies_of
from models.statistics.forecasts.quarters import Quarters, mean_service
from models.statistics.forecasts.staffing import servicers_needed
from models.storage.database import Base, Json, insert_once

LOOKS_AHEAD = 7  # days to the next one that is open
USUAL_LIMIT = 15  # minutes, for a queue without a limit of its own
SCORED = 10  # the last so many forecasts
FEWEST_SCORED = 5
LEAST_RIGHT = 0.6


class DayForecast(Base):
    """How many will come to a queue on a day, as told before it, and how many came."""

    __tablename__ = "day_forecasts"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    made_from: Mapped[date]  # the newest tally that it knows
    low: Mapped[int]
    high: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)  # Told.facts
    came: Mapped[int | None]  # None until the day is tallied


FORECASTS = DayForecast.__table__
_ON_HOLIDAY = exists().where(
    Queue.id == DayForecast.queue_id,
    Holiday.business_id == Queue.business_id,
    Holiday.day == DayForecast.day,
)


class Score(NamedTuple):
    """How many of the last forecasts held."""

    right: int
    of: int

    @property
    def is_good(self) -> bool:
        return self.of < FEWEST_SCORED or self.right >= LEAST_RIGHT * self.of


class Told(NamedTuple):
    """The forecast of a queue's next day, with how good the last ones were."""

    queue: str
    keyword: str
    day: date
    low: int
    high: int
    facts: Mapping[str, Any]
    """`like_days`; `hours`: of each its number, expected, low and high people, and the servicers needed for
    as many as expected, for few and for many (None if no service was ever timed); `busiest`: an hour or None;
    `limit`: minutes; `service`: its mean minutes or None."""
    score: Score

    def for_mail(self) -> dict[str, Any]:
        """As plain values: what is said of the day in a sentence or two."""
        hours: dict[int, Any] = {each[0]: each for each in self.facts["hours"]}
        busiest = hours.get(self.facts["busiest"])
        return {
            "queue": self.queue,
            "day": self.day.isoformat(),
            "low": self.low,
            "high": self.high,
            "busiest": busiest and {"hour": busiest[0] % 24, "low": busiest[2], "high": busiest[3]},
            "servicers": self.servicers,
            "limit": self.facts["limit"],
            "right": self.score.right,
            "of": self.score.of,
        }

    @property
    def servicers(self) -> dict[str, Any] | None:
        """How many are needed most of the day, and the most, in which hours; with the range."""
        hours = [each for each in self.facts["hours"] if each[4] is not None]
        if not hours:
            return None
        usual, low, high = (sorted(each[place] for each in hours)[len(hours) // 2] for place in (4, 5, 6))
        most = max(each[4] for each in hours)
        peak = [each for each in hours if each[4] == most]
        return {
            "usual": usual,
            "low": low,
            "high": high,
            "most": most,
            "most_low": min(each[5] for each in peak),
            "most_high": max(each[6] for each in peak),
            "from": peak[0][0] % 24,
            "to": (peak[-1][0] + 1) % 24,
        }


# Made and scored by the clock ---------------------------------------------------------------------------


def forecast_to_store(session: Session, queue: Queue, now: datetime) -> dict[str, Any] | None:
    """The row of the next open day; None if there is nothing to tell, or nothing new."""
    day = _next_open_day(session, queue, now)
    if day is None or queue.archived_at is not None:
        return None
    before = days_before(session, queue.id, day)
    stored = session.get(DayForecast, (queue.id, day))
    if not before or (stored is not None and stored.made_from >= max(before)):
        return None
    counts = [DayCount(of, _by_hour(quarters)) for of, quarters in before.items()]
    arrivals = forecast_arrivals(counts, day)
    if arrivals is None:
        return None
    limit, service = queue.backup_minutes or USUAL_LIMIT, _service(before.values())
    return {
        "queue_id": queue.id,
        "day": day,
        "made_from": max(before),
        "low": arrivals.whole.low,
        "high": arrivals.whole.high,
        "facts": {
            "like_days": arrivals.like_days,
            "busiest": arrivals.busiest_hour,
            "limit": limit,
            "service": service and round(service, 1),
            "hours": _hours(arrivals, service, limit),
        },
        "came": None,
    }


def store_forecast(session: Session, row: Mapping[str, Any]) -> None:
    """Replaces an earlier one of the same day, unless that day was scored."""
    if insert_once(session, FORECASTS, dict(row), returning=FORECASTS.c.day) is None:  # type: ignore[arg-type]
        mine = (FORECASTS.c.queue_id == row["queue_id"], FORECASTS.c.day == row["day"])
        session.execute(update(FORECASTS).where(*mine, FORECASTS.c.came.is_(None)).values(dict(row)))  # type: ignore[arg-type]


def score_forecasts(session: Session, queue_id: int, today: date) -> int:
    """Note how many came on the days that are tallied since; how many were scored.

    Old ones are deleted, and those of holidays and of days that nobody worked: neither right nor wrong.
    """
    mine = (DayForecast.queue_id == queue_id, DayForecast.day < today)
    session.execute(delete(DayForecast).where(*mine, DayForecast.day < today - 7 * WEEKS * A_DAY))
    tallied = (DayTally.queue_id == DayForecast.queue_id) & (DayTally.day == DayForecast.day)
    unscored = select(DayForecast).join(DayTally, tallied).where(*mine, DayForecast.came.is_(None))
    forecasts = session.scalars(unscored).all()
    worked = tallies_of(session, queue_id, [each.day for each in forecasts]) if forecasts else {}
    for forecast in forecasts:
        if forecast.day in worked:
            forecast.came = sum(quarter.joined for quarter in worked[forecast.day].values())
        else:
            session.delete(forecast)
    return len(worked)


def _next_open_day(session: Session, queue: Queue, now: datetime) -> date | None:
    tomorrow = queue.business.day_of(now) + A_DAY
    timetable = timetable_of(session, queue)
    ahead = [tomorrow + days * A_DAY for days in range(LOOKS_AHEAD if timetable else 1)]
    return next(iter(_opening_days(session, queue, timetable, ahead)), None)


def _opening_days(
    session: Session, queue: Queue, timetable: Timetable | None, days: Iterable[date]
) -> list[date]:
    """Those of these days on which it opens by its hours, or without any, those that are no holidays."""
    if timetable is not None:
        return [day for day in days if timetable.opens_on(day)]
    holidays = holidays_of(session, queue.business_id)
    return [day for day in days if day not in holidays]


def _by_hour(quarters: Quarters) -> dict[int, int]:
    found: dict[int, int] = {}
    for number, quarter in quarters.items():
        found[number // 4] = found.get(number // 4, 0) + quarter.joined
    return found


def _service(days: Iterable[Quarters]) -> float | None:
    """The mean minutes of a service."""
    seconds = mean_service(quarter for day in days for quarter in day.values())
    return max(0.5, seconds / 60) if seconds else None


def _hours(arrivals: Arrivals, service: float | None, limit: int) -> list[list[Any]]:
    """With the servicers needed where as many come as expected, and as few or many as the day's range has."""
    expected = {hour: of.expected for hour, of in arrivals.by_hour.items()}
    whole = arrivals.whole
    needed: list[Mapping[int, int]] = []
    for people in (whole.expected, whole.low, whole.high) if service else ():
        share = people / whole.expected if whole.expected else 1.0
        scaled = {hour: count * share for hour, count in expected.items()}
        needed.append(servicers_needed(scaled, service=service or 1.0, limit=limit))
    return [
        [hour, round(of.expected, 1), of.low, of.high, *(_ordered([each[hour] for each in needed]))]
        for hour, of in arrivals.by_hour.items()
    ]


def _ordered(needed: Sequence[int]) -> list[int | None]:
    """As expected, the fewest and the most: simulated days differ a little by chance."""
    return [needed[0], min(needed), max(needed)] if needed else [None, None, None]


# Told ---------------------------------------------------------------------------------------------------


def forecast_told(session: Session, queue: Queue, after: date) -> Told | None:
    """Of the first day after this one that a forecast was made for, within a week.

    Not of one that has become a holiday since, or on which it doesn't open any more.
    """
    ahead = (DayForecast.day > after, DayForecast.day <= after + LOOKS_AHEAD * A_DAY)
    mine = select(DayForecast).where(DayForecast.queue_id == queue.id, *ahead)
    made = {each.day: each for each in session.scalars(mine.order_by(DayForecast.day))}
    opens = _opening_days(session, queue, timetable_of(session, queue), made) if made else []
    if not opens:
        return None
    found = made[opens[0]]
    score = score_of(session, queue.id, found.day)
    return Told(queue.name, queue.keyword, found.day, found.low, found.high, found.facts, score)


def score_of(session: Session, queue_id: int, before: date) -> Score:
    """Of the last forecasts of days before this one, without what was noted as a holiday afterwards."""
    last = select(DayForecast).where(
        DayForecast.queue_id == queue_id,
        DayForecast.day < before,
        DayForecast.came.is_not(None),
        ~_ON_HOLIDAY,
    )
    scored = session.scalars(last.order_by(DayForecast.day.desc()).limit(SCORED)).all()
    right = sum(each.low <= each.came <= each.high for each in scored if each.came is not None)
    return Score(right, len(scored))
