"""The last number likely served before closing, and who is told that they may not be."""

from datetime import timedelta

import pytest

from models.queueing.hours.closing_time import closing_of, forecast, missed_closing
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.line.waits import Wait, Waits
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.one_database import on_both
from tests.world import ANA, NOON, join, minutes

# The first in line waits 5 to 10 minutes, and each behind them 5 to 10 more.
WAITS = Waits("ok", [[7.5 * n, 5.0 * n, 10.0 * n] for n in range(1, 60)], 5.0)


@pytest.mark.parametrize(
    ("closes_in", "last"),
    [(45, 14), (30, 12), (10, 11), (9, None), (60, 16), (-5, None)],
    ids=["the whole line", "part of it", "the first", "nobody", "two who still join", "past closing"],
)
def test_the_last_number_likely_served_before_closing(closes_in: int, last: int | None) -> None:
    told = forecast([11, 7, 12, 14], 14, WAITS, NOON + minutes(closes_in), NOON)
    assert told is not None
    assert told.last_number == last


def test_far_from_closing_there_is_no_forecast() -> None:
    assert forecast([1], 1, Waits("ok", [[0.1, 0.1, 0.1]], 0.1), NOON + timedelta(hours=8), NOON) is None


def test_who_joins_after_the_last_likely_number_is_warned_and_nobody_before() -> None:
    closes_at = NOON + minutes(60)
    told = forecast([1, 2], 2, WAITS, closes_at, NOON)
    assert told is not None
    assert told.last_number is not None
    warned = [WAITS.after(number - 1).may_miss(closes_at, NOON) for number in range(1, 9)]
    assert warned.index(True) == told.last_number


@on_both
def test_closing_time_is_that_of_the_hours(queue: Queue) -> None:
    def hours(session: object) -> None:
        found = Queue.lock(session, queue.id)  # type: ignore[arg-type]
        set_hours(session, found, EVERY_DAY, (NOON.time(), (NOON + minutes(60)).time()), now=NOON)  # type: ignore[arg-type]

    long_wait = Wait(50, 70, 60.0, "ok")
    with reading() as session:
        assert missed_closing(session, session.get_one(Queue, queue.id), long_wait, NOON) is None
    transaction(hours)
    join(queue, ANA)
    with reading() as session:
        found = session.get_one(Queue, queue.id)
        assert closing_of(session, found, NOON) == NOON + minutes(60)
        assert missed_closing(session, found, long_wait, NOON) == NOON + minutes(60)
        assert missed_closing(session, found, Wait(5, 10, 7.0, "ok"), NOON) is None
