"""What closing time means for the line: the last number likely to be served before it, and who may not be.

Computed from a queue's table of waits and the moment at which it closes. Changes nothing.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from models.queueing.hours.opening_hours import timetable_of
from models.queueing.line.queries import number_at
from models.queueing.line.waits import Wait, Waits
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue

MOST_JOINERS = 99  # if so many more can be served, closing time is far off and no forecast is shown
LOOKS_AHEAD = timedelta(hours=16)


class Forecast(NamedTuple):
    """The last number likely to be served before closing; None: nobody more."""

    closes_at: datetime
    last_number: int | None


def forecast(
    line: "Line", last_number: int, waits: Waits, closes_at: datetime, now: datetime
) -> Forecast | None:
    """The line as numbers, the number given last, and when it closes; None if closing is far off.

    Whoever joins after that number is told that they may not be served.
    """
    waiting = len(line)
    places = _places_served(waiting + MOST_JOINERS, waits, closes_at, now)
    if places is None:
        return None
    if places == 0:
        return Forecast(closes_at, None)
    return Forecast(closes_at, line[places - 1] if places <= waiting else last_number + places - waiting)


def _places_served(most: int, waits: Waits, closes_at: datetime, now: datetime) -> int | None:
    def misses(ahead: int) -> bool:
        return waits.after(ahead).may_miss(closes_at, now)

    told = min(most, len(waits.curve))
    first = next((ahead for ahead in range(told) if misses(ahead)), None)
    if first is not None:
        return first
    # Beyond the table waits only grow, so a binary search does for ten thousand places.
    found = bisect_left(range(most), True, lo=told, key=misses)
    return found if found < most else None


class Line(Protocol):
    """The numbers of those who wait, in their order."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: int, /) -> int: ...


# Read from the database ---------------------------------------------------------------------------------


def closing_of(session: Session, queue: Queue, now: datetime) -> datetime | None:
    """When the queue closes by its hours; None if it does not, is closed, or sends nobody away then."""
    keeps_line = queue.stays_open_overnight or queue.last_call_at_closing
    if queue.state == QueueState.CLOSED or keeps_line:
        return None
    timetable = timetable_of(session, queue)
    closing = timetable.next_change(now, opens=False) if timetable else None
    return closing.at if closing is not None and closing.at - now <= LOOKS_AHEAD else None


def forecast_of(session: Session, queue: Queue, waiting: int, waits: Waits, now: datetime) -> Forecast | None:
    """With so many waiting."""
    closes_at = closing_of(session, queue, now)
    if closes_at is None:
        return None
    last_number = 0 if queue.is_day_over(now) else queue.last_number
    return forecast(_LineOf(session, queue, waiting), last_number, waits, closes_at, now)


@dataclass(frozen=True)
class _LineOf:
    """Of a queue: only the one number that is asked for is read."""

    session: Session
    queue: Queue
    waiting: int

    def __len__(self) -> int:
        return self.waiting

    def __getitem__(self, place: int, /) -> int:
        return number_at(self.session, self.queue, place) or self.queue.last_number


def closing_facts(queue: Queue, wait: Wait, closes_at: datetime | None, now: datetime) -> dict[str, str]:
    """For a text to somebody who may not be called before closing: when that is."""
    if closes_at is None or not wait.may_miss(closes_at, now):
        return {}
    return {"closes_time": f"{closes_at.astimezone(queue.business.zone):%H:%M}"}


def missed_closing(session: Session, queue: Queue, wait: Wait, now: datetime) -> datetime | None:
    """When it closes, for somebody with this wait who may not be called before; else None."""
    closes_at = closing_of(session, queue, now)
    return closes_at if wait.may_miss(closes_at, now) else None
