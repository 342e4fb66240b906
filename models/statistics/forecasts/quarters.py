"""A day in quarter hours: how many came, how long they waited, who was on duty. Pure, and of nobody by name.

A quarter hour is counted from the midnight in which its business day began, by the clock on the wall: 60 is
15:00, and 100 is 01:00 of a shift that ends the next morning.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.statistics.timelines import Visit

SECONDS = 900
QUARTER = timedelta(seconds=SECONDS)
MOST = 192  # of one business day: no shift is longer than two days
Interval = tuple[datetime, datetime]


@dataclass
class Quarter:
    """Everything about a ticket counts in the quarter hour in which its customer joined."""

    joined: int = 0
    served: int = 0
    service: float = 0  # seconds of all services together
    waits: int = 0  # how many were called, or gave up
    waited: float = 0  # seconds of all waits together; of who gave up, until then
    unserved: int = 0  # still waiting when the day ended
    closed: int = 0  # turned away because the queue was closed, or in last call
    on_duty: float = 0  # servicers, on average
    clears: float | None = None  # seconds from its beginning until everybody ahead had been called

    @property
    def wait(self) -> float | None:
        """The mean wait in seconds; where nobody joined, how long somebody would have waited at least."""
        if self.waits:
            return self.waited / self.waits
        return self.clears if self.on_duty else None

    @property
    def is_worked(self) -> bool:
        return bool(self.joined or self.on_duty)

    def as_json(self) -> list[float | None]:
        counts = (self.joined, self.served, round(self.service), self.waits, round(self.waited))
        clears = None if self.clears is None else round(self.clears)
        return [*counts, self.unserved, self.closed, round(self.on_duty, 2), clears]


Quarters = dict[int, Quarter]


def mean_service(quarters: Iterable[Quarter]) -> float:
    """Seconds; 0 if nobody was served."""
    found = list(quarters)
    served = sum(quarter.served for quarter in found)
    return sum(quarter.service for quarter in found) / served if served else 0.0


def quarters_from(stored: Mapping[str, Sequence[float | None]]) -> Quarters:
    return {int(number): Quarter(*values) for number, values in stored.items()}  # type: ignore[arg-type]


def as_json(quarters: Quarters) -> dict[str, list[float | None]]:
    return {str(number): quarter.as_json() for number, quarter in sorted(quarters.items())}


def quarter_at(moment: datetime, day: date, zone: ZoneInfo) -> int:
    """The number of the quarter hour of this business day in which the moment lies."""
    there = moment.astimezone(zone).replace(tzinfo=None)
    return int((there - datetime.combine(day, time())) // QUARTER)


def time_of(quarter: int) -> time:
    """When it begins, by the clock on the wall."""
    hour, part = divmod(quarter, 4)
    return time(hour % 24, part * 15)


def tally(
    visits: Iterable[Visit],
    duties: Iterable[Sequence[Interval]],
    turned_away: Iterable[datetime],
    *,
    day: date,
    zone: ZoneInfo,
) -> Quarters:
    """The quarter hours of a day on which anything happened.

    `duties` are those of each servicer; `turned_away` when somebody was, because the queue was closed.
    """
    found: defaultdict[int, Quarter] = defaultdict(Quarter)
    visits = list(visits)
    for visit in visits:
        _add_visit(found[quarter_at(visit.joined_at, day, zone)], visit)
    for moment in turned_away:
        found[quarter_at(moment, day, zone)].closed += 1
    for intervals in duties:
        for since, until in intervals:
            _add_duty(found, since, until, day, zone)
    _add_clearing(found, visits, day, zone)
    return {number: found[number] for number in sorted(found) if 0 <= number < MOST}


def _add_visit(quarter: Quarter, visit: Visit) -> None:
    quarter.joined += 1
    if visit.reason == DAY_ENDED and visit.state == TicketState.LEFT:
        quarter.unserved += 1
    elif visit.called_at is not None or (visit.ended_at is not None and not visit.forgotten):
        until = visit.called_at or visit.ended_at or visit.joined_at
        quarter.waits += 1
        quarter.waited += max(0.0, (until - visit.joined_at).total_seconds())
    began = visit.started_at or visit.called_at
    if visit.served_at_all and began is not None and visit.ended_at is not None:
        quarter.served += 1
        quarter.service += (visit.ended_at - began).total_seconds()


def _add_duty(found: dict[int, Quarter], since: datetime, until: datetime, day: date, zone: ZoneInfo) -> None:
    """By the time that passes, so that a changed clock neither adds nor loses any."""
    for _ in range(MOST):
        if since >= until:
            return
        number = quarter_at(since, day, zone)
        end = min(until, since + _left_of(since))
        found[number].on_duty += (end - since).total_seconds() / SECONDS
        since = end


def _left_of(moment: datetime) -> timedelta:
    """Until the next quarter hour: the same everywhere, as zones differ by whole quarter hours."""
    return timedelta(seconds=SECONDS - moment.timestamp() % SECONDS)


def _add_clearing(found: Mapping[int, Quarter], visits: Sequence[Visit], day: date, zone: ZoneInfo) -> None:
    """For each quarter hour somebody is on duty, when the last of those who waited at its beginning was
    called, or left."""
    by_joining = sorted(visits, key=lambda visit: visit.joined_at)
    joined = [visit.joined_at for visit in by_joining]
    midnight = datetime.combine(day, time(), zone)
    for number, quarter in found.items():
        if not quarter.on_duty:
            continue
        begins = (midnight + number * QUARTER).astimezone(ZoneInfo("UTC"))
        ends = [visit.called_at or visit.ended_at for visit in by_joining[: bisect_left(joined, begins)]]
        if None not in ends:
            last = max((end for end in ends if end is not None), default=begins)
            quarter.clears = max(0.0, (last - begins).total_seconds())
