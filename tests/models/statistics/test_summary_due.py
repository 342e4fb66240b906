"""When a summary is due: once for every day and week, in order, by the clock on the wall."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from models.people.business import Business
from models.people.summary_period import Period
from models.statistics.summary import due_summary_day
from tests.models.statistics.served_days import A_DAY, A_WEEK, MONDAY, TODAY
from tests.world import NOON, minutes

DUE = {
    "in the evening, of the day itself": (4, 20, "2026-03-10T20:00"),
    "at noon, of the day itself": (4, 12, "2026-03-10T12:00"),
    "in the morning, of the day before": (4, 8, "2026-03-11T08:00"),
    "after midnight, of the day that is ending": (4, 2, "2026-03-11T02:00"),
    "a day that starts at midnight": (0, 20, "2026-03-10T20:00"),
    "a day that starts at midnight, at midnight": (0, 0, "2026-03-11T00:00"),
    "a night that starts in the afternoon": (15, 9, "2026-03-11T09:00"),
}


@pytest.mark.parametrize(("starts", "hour", "due"), DUE.values(), ids=DUE)
def test_it_is_due_at_the_hour_with_most_of_the_day_over(starts: int, hour: int, due: str) -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=starts, summary_hour=hour)
    assert business.summary_at(TODAY) == datetime.fromisoformat(f"{due}:00+00:00")


def test_the_hour_is_that_of_the_clock_on_the_wall() -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=4, summary_hour=20)
    days = (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25))
    assert [business.summary_at(day).hour for day in days] == [20, 19, 19, 20]


DUE_OF_WEEK = {
    "on Monday in the evening, of the week before": (4, 20, "2026-03-16T20:00"),
    "on Monday in the morning": (4, 8, "2026-03-16T08:00"),
    "after midnight, as Sunday is ending": (4, 2, "2026-03-16T02:00"),
    "weeks that start at midnight": (0, 0, "2026-03-16T00:00"),
    "nights that start in the afternoon": (15, 9, "2026-03-16T09:00"),
    "nights of which too little is over by Monday": (20, 2, "2026-03-17T02:00"),
}


@pytest.mark.parametrize(("starts", "hour", "due"), DUE_OF_WEEK.values(), ids=DUE_OF_WEEK)
def test_a_week_is_due_on_monday_and_not_before_its_sunday(starts: int, hour: int, due: str) -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=starts, summary_hour=hour)
    assert business.summary_at(MONDAY, Period.WEEK) == datetime.fromisoformat(f"{due}:00+00:00")


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Pacific/Kiritimati", "UTC"]),
    starts=st.integers(0, 23),
    hour=st.integers(0, 23),
)
def test_every_day_is_summed_up_once_and_in_order(minute: int, zone: str, starts: int, hour: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=NOON.tzinfo) + minutes(minute)
    business = Business(timezone=zone, day_start_hour=starts, summary_hour=hour, created_at=now - 9 * A_WEEK)
    day = due_summary_day(business, now)
    assert day is not None
    assert business.start_of(day) < business.summary_at(day) <= now < business.summary_at(day + A_DAY)
    business.summarized_day = day
    assert due_summary_day(business, now) is None
    assert due_summary_day(business, business.summary_at(day + A_DAY)) == day + A_DAY


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Pacific/Kiritimati", "UTC"]),
    starts=st.integers(0, 23),
    hour=st.integers(0, 23),
)
def test_every_week_is_summed_up_once_and_in_order(minute: int, zone: str, starts: int, hour: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=NOON.tzinfo) + minutes(minute)
    business = Business(timezone=zone, day_start_hour=starts, summary_hour=hour, created_at=now - 9 * A_WEEK)
    monday = due_summary_day(business, now, Period.WEEK)
    assert monday is not None
    assert monday.weekday() == 0
    due, next_due = (business.summary_at(each, Period.WEEK) for each in (monday, monday + A_WEEK))
    assert business.summary_at(monday + 6 * A_DAY) <= due <= now < next_due
    business.summarized_week = monday
    assert due_summary_day(business, now, Period.WEEK) is None
    assert due_summary_day(business, next_due, Period.WEEK) == monday + A_WEEK


def test_a_business_made_after_the_hour_is_not_summed_up_that_day() -> None:
    made_at = NOON + timedelta(hours=9)
    business = Business(timezone="UTC", day_start_hour=4, summary_hour=20, created_at=made_at)
    assert due_summary_day(business, made_at + minutes(5)) is None
    assert due_summary_day(business, made_at + A_DAY) == TODAY + A_DAY
