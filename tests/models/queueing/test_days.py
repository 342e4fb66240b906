"""Numbers restart when the business's day begins in its own time zone, also across clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.world import join, make_business, make_queue, phone, ticket

SECOND = timedelta(seconds=1)

# Zone, hour at which the day starts, day, and when that is by UTC.
STARTS = {
    "the day before clocks go forward": ("Europe/Lisbon", 4, "2026-03-28", "2026-03-28T04:00"),
    "the day clocks go forward": ("Europe/Lisbon", 4, "2026-03-29", "2026-03-29T03:00"),
    "the day after clocks went forward": ("Europe/Lisbon", 4, "2026-03-30", "2026-03-30T03:00"),
    "the day before clocks go back": ("Europe/Lisbon", 4, "2026-10-24", "2026-10-24T03:00"),
    "the day clocks go back": ("Europe/Lisbon", 4, "2026-10-25", "2026-10-25T04:00"),
    "the day after clocks went back": ("Europe/Lisbon", 4, "2026-10-26", "2026-10-26T04:00"),
    "the hour is skipped: just after the gap": ("Europe/Lisbon", 1, "2026-03-29", "2026-03-29T01:00"),
    "the hour is skipped further east": ("Europe/Berlin", 2, "2026-03-29", "2026-03-29T01:00"),
    "the hour comes twice: the first of them": ("Europe/Lisbon", 1, "2026-10-25", "2026-10-25T00:00"),
    "midnight itself is skipped": ("America/Santiago", 0, "2026-09-06", "2026-09-06T04:00"),
    "midnight is skipped in Beirut": ("Asia/Beirut", 0, "2026-03-29", "2026-03-28T22:00"),
    "clocks go back at midnight": ("America/Santiago", 0, "2026-04-05", "2026-04-05T04:00"),
    "the evening before comes twice, the day starts at 23": (
        *("America/Santiago", 23, "2026-04-04", "2026-04-05T02:00"),
    ),
    "no changes, half an hour off": ("Asia/Kolkata", 4, "2026-03-29", "2026-03-28T22:30"),
    "a day ahead of everybody": ("Pacific/Kiritimati", 0, "2026-03-29", "2026-03-28T10:00"),
}


@pytest.mark.parametrize(("zone", "hour", "day", "moment"), STARTS.values(), ids=STARTS)
def test_a_day_starts_at_its_hour_by_the_wall(zone: str, hour: int, day: str, moment: str) -> None:
    business = Business(timezone=zone, day_start_hour=hour)
    the_day, start = date.fromisoformat(day), datetime.fromisoformat(f"{moment}:00+00:00")
    assert business.start_of(the_day) == start
    assert business.end_of(the_day - timedelta(days=1)) == start
    assert business.day_of(start) == the_day
    assert business.day_of(start - SECOND) == the_day - timedelta(days=1)


def test_numbers_restart_at_one_at_that_moment(db: Database) -> None:
    found = {}
    for index, (case, (zone, hour, _, moment)) in enumerate(STARTS.items()):
        business = make_business(timezone=zone, day_start_hour=hour, number=f"+155501000{index:02}")
        queue = make_queue(business, f"QUEUE{index}")
        start = datetime.fromisoformat(f"{moment}:00+00:00")
        moments = [start - timedelta(hours=5), start - SECOND, start, start + timedelta(hours=3)]
        found[case] = [join(queue, phone(index), each).number for index, each in enumerate(moments)]
    assert all(numbers == [1, 2, 1, 2] for numbers in found.values()), found


def test_days_with_a_clock_change_have_23_and_25_hours() -> None:
    lisbon = Business(timezone="Europe/Lisbon", day_start_hour=4)
    hours = [
        (lisbon.end_of(day) - lisbon.start_of(day)) / timedelta(hours=1)
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25))
    ]
    assert hours == [23, 24, 25, 24]


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from([row[0] for row in STARTS.values()] + ["Australia/Lord_Howe", "America/Havana"]),
    hour=st.integers(0, 23),
)
def test_every_moment_lies_in_exactly_its_day(minute: int, zone: str, hour: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    business = Business(timezone=zone, day_start_hour=hour)
    day = business.day_of(moment)
    assert business.start_of(day) <= moment < business.end_of(day)


def test_midnight_is_not_the_end_of_the_day(db: Database, queue: Queue) -> None:
    evening = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    numbers = [join(queue, phone(h), evening + timedelta(hours=h)).number for h in (0, 2, 4, 6)]
    assert numbers == [1, 2, 3, 1]


def test_a_quiet_week_restarts_numbers_once(db: Database, queue: Queue) -> None:
    noon = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    assert join(queue, phone(1), noon).number == 1
    assert join(queue, phone(2), noon + timedelta(days=8)).number == 1
    assert join(queue, phone(3), noon + timedelta(days=8, hours=1)).number == 2


@pytest.mark.parametrize("behind", [timedelta(minutes=2), timedelta(hours=9), timedelta(hours=23)])
def test_a_host_with_its_clock_behind_never_restarts_numbers(
    db: Database, queue: Queue, behind: timedelta
) -> None:
    just_after_start = datetime(2026, 3, 10, 4, 1, tzinfo=UTC)
    assert join(queue, phone(1), just_after_start).number == 1
    late = join(queue, phone(2), just_after_start - behind)
    assert late.number == 2
    assert join(queue, phone(3), just_after_start + SECOND).number == 3
    assert ticket(queue, 2).day == date(2026, 3, 10)


def test_two_queues_count_apart(db: Database, business: Business, queue: Queue) -> None:
    other = make_queue(business, "OTHER")
    noon = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    numbers = [join(q, phone(i), noon).number for i, q in enumerate((queue, other, queue, other))]
    assert numbers == [1, 1, 2, 2]
