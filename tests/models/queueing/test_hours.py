"""When hours open and close a queue: in local time, past midnight, and across every clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from models.queueing.hours.timetable import EVERY_DAY, HoursChange, Timetable, moment_at

LISBON = ZoneInfo("Europe/Lisbon")
NINE_TO_FIVE = (time(9), time(17))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+00:00")


def daily(opens: time, closes: time, zone: str = "Europe/Lisbon", *holidays: date) -> Timetable:
    return Timetable(ZoneInfo(zone), dict.fromkeys(EVERY_DAY, (opens, closes)), holidays)


def turns(timetable: Timetable, since: str, until: str) -> list[str]:
    """Every opening and closing in between, as a job that checks every minute would do them."""
    found, moment = [], at(since)
    while moment < at(until):
        change = timetable.last_change(moment, moment + timedelta(minutes=1))
        if change:
            found.append(f"{'opens' if change.opens else 'closes'} {change.at:%m-%dT%H:%M}")
        moment += timedelta(minutes=1)
    return found


CASES = {
    "an ordinary day": (
        *(daily(*NINE_TO_FIVE), "2026-03-10T00:00", "2026-03-11T00:00"),
        ["opens 03-10T09:00", "closes 03-10T17:00"],
    ),
    "clocks go forward in the night": (
        *(daily(*NINE_TO_FIVE), "2026-03-28T12:00", "2026-03-29T23:00"),
        ["closes 03-28T17:00", "opens 03-29T08:00", "closes 03-29T16:00"],
    ),
    "clocks go back in the night": (
        *(daily(*NINE_TO_FIVE), "2026-10-24T12:00", "2026-10-25T23:00"),
        ["closes 10-24T16:00", "opens 10-25T09:00", "closes 10-25T17:00"],
    ),
    "past midnight": (
        *(daily(time(18), time(2)), "2026-03-10T12:00", "2026-03-11T12:00"),
        ["opens 03-10T18:00", "closes 03-11T02:00"],
    ),
    "past midnight, when the closing hour is skipped: at the end of the gap": (
        *(daily(time(18), time(1, 30)), "2026-03-28T12:00", "2026-03-29T12:00"),
        ["opens 03-28T18:00", "closes 03-29T01:00"],
    ),
    "past midnight, when the closing hour comes twice: the first time": (
        *(daily(time(18), time(1, 30)), "2026-10-24T12:00", "2026-10-25T12:00"),
        ["opens 10-24T17:00", "closes 10-25T00:30"],
    ),
    "opens in the hour that is skipped: at the end of the gap": (
        *(daily(time(1, 30), time(2, 15)), "2026-03-29T00:00", "2026-03-29T03:00"),
        ["opens 03-29T01:00", "closes 03-29T01:15"],
    ),
    "all of it in the hour that is skipped: not at all": (
        *(daily(time(1, 10), time(1, 50)), "2026-03-29T00:00", "2026-03-29T03:00"),
        [],
    ),
    "midnight itself is skipped": (
        *(daily(time(0), time(8), "America/Santiago"), "2026-09-06T00:00", "2026-09-06T23:00"),
        ["opens 09-06T04:00", "closes 09-06T11:00"],
    ),
    "closes at midnight": (
        *(daily(time(20), time(0)), "2026-03-10T12:00", "2026-03-11T12:00"),
        ["opens 03-10T20:00", "closes 03-11T00:00"],
    ),
    "round the clock: never": (daily(time(0), time(0)), "2026-03-10T00:00", "2026-03-13T00:00", []),
    "a holiday after round the clock": (
        *(daily(time(0), time(0), "UTC", date(2026, 3, 11)), "2026-03-10T00:00", "2026-03-13T00:00"),
        ["closes 03-11T00:00", "opens 03-12T00:00"],
    ),
    "a holiday: it closes, should somebody have opened it": (
        *(daily(*NINE_TO_FIVE, "Europe/Lisbon", date(2026, 3, 11)), "2026-03-10T12:00", "2026-03-12T12:00"),
        ["closes 03-10T17:00", "closes 03-11T17:00", "opens 03-12T09:00"],
    ),
    "the night before a holiday ends in it": (
        *(daily(time(18), time(2), "UTC", date(2026, 3, 11)), "2026-03-10T12:00", "2026-03-12T12:00"),
        ["opens 03-10T18:00", "closes 03-11T02:00", "closes 03-12T02:00"],
    ),
    "weekdays that are not named": (
        *(Timetable(LISBON, {4: NINE_TO_FIVE, 0: NINE_TO_FIVE}), "2026-03-13T00:00", "2026-03-17T23:00"),
        ["opens 03-13T09:00", "closes 03-13T17:00", "opens 03-16T09:00", "closes 03-16T17:00"],
    ),
}


@pytest.mark.parametrize(("timetable", "since", "until", "expected"), CASES.values(), ids=CASES)
def test_it_opens_and_closes_by_the_clock_on_the_wall(
    timetable: Timetable, since: str, until: str, expected: list[str]
) -> None:
    assert turns(timetable, since, until) == expected


def test_of_several_that_were_missed_the_last_counts() -> None:
    week, since = daily(*NINE_TO_FIVE), at("2026-03-09T12:00")
    assert week.last_change(since, at("2026-03-12T18:00")) == HoursChange(at("2026-03-12T17:00"), opens=False)
    assert week.last_change(since, at("2026-03-12T09:00")) == HoursChange(at("2026-03-12T09:00"), opens=True)
    assert week.last_change(at("2026-03-12T09:00"), at("2026-03-12T16:59")) is None


def test_it_tells_when_it_opens_next_over_a_long_holiday() -> None:
    days = [date(2026, 12, 24) + timedelta(days) for days in range(10)]
    shop = daily(*NINE_TO_FIVE, "Europe/Lisbon", *days)
    assert shop.next_change(at("2026-12-23T18:00"), opens=True) == HoursChange(at("2027-01-03T09:00"), True)
    assert shop.next_change(at("2026-12-23T12:00"), opens=False) == HoursChange(at("2026-12-23T17:00"), False)


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    opens=st.times(),
    closes=st.times(),
    weekdays=st.sets(st.integers(0, 6)),
    holidays=st.sets(st.dates(date(2025, 12, 25), date(2027, 1, 10)), max_size=20),
)
def test_after_its_last_change_it_is_what_the_change_said(minute, zone, opens, closes, weekdays, holidays):  # type: ignore[no-untyped-def]
    timetable = Timetable(ZoneInfo(zone), dict.fromkeys(weekdays, (opens, closes)), holidays)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    change = timetable.last_change(moment - timedelta(days=3), moment)
    if change is not None:
        assert timetable.is_open(moment) == change.opens
        assert timetable.is_open(change.at) == change.opens


@given(
    day=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Australia/Lord_Howe", "America/Havana"]),
    first=st.times(),
    second=st.times(),
)
def test_later_on_the_wall_is_never_earlier_in_time(day, zone, first, second):  # type: ignore[no-untyped-def]
    earlier, later = sorted((first.replace(microsecond=0), second.replace(microsecond=0)))
    assert moment_at(day, earlier, ZoneInfo(zone)) <= moment_at(day, later, ZoneInfo(zone))
