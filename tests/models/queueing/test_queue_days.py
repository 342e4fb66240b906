"""When a queue's day begins and ends, by its hours: no shift is cut in two, through every clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from models.queueing.hours.queue_days import QueueDays, TurnedBy
from models.queueing.hours.timetable import EVERY_DAY

A_DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TUESDAY = date(2026, 3, 10)
ZONES = ("Europe/Lisbon", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata")


def days(opens: str | None, closes: str, *, start: int = 4, zone: str = "Europe/Lisbon") -> QueueDays:
    hours = opens and dict.fromkeys(EVERY_DAY, (time.fromisoformat(opens), time.fromisoformat(closes)))
    return QueueDays.of(ZoneInfo(zone), start, hours or None)


TURNS = {
    "a day shift": (days("09:00", "17:00"), "04:00", TurnedBy.DAY_START),
    "by hand only": (days(None, ""), "04:00", TurnedBy.DAY_START),
    "a night shift ends the day when it closes": (days("22:00", "06:00"), "06:00", TurnedBy.CLOSING),
    "it closes as the day starts": (days("22:00", "04:00"), "04:00", TurnedBy.DAY_START),
    "it opens as the day starts": (days("04:00", "12:00"), "04:00", TurnedBy.DAY_START),
    "a minute longer": (days("22:00", "04:01"), "04:01", TurnedBy.CLOSING),
    "the day starts at midnight": (days("18:00", "02:00", start=0), "02:00", TurnedBy.CLOSING),
    "all but an hour": (days("22:00", "21:00"), "21:00", TurnedBy.CLOSING),
    "a bakery opens before the day starts": (days("03:00", "12:00"), "03:00", TurnedBy.OPENING),
    "a day written as the whole day": (days("00:00", "23:59"), "00:00", TurnedBy.OPENING),
    "round the clock": (days("00:00", "00:00"), "04:00", TurnedBy.ROUND_THE_CLOCK),
    "round the clock, from another hour": (days("07:00", "07:00"), "04:00", TurnedBy.ROUND_THE_CLOCK),
    "the day starts at noon": (days("09:00", "17:00", start=12), "09:00", TurnedBy.OPENING),
}


@pytest.mark.parametrize(("of", "at", "by"), TURNS.values(), ids=TURNS)
def test_a_day_begins_outside_the_hours_wherever_there_is_an_outside(
    of: QueueDays, at: str, by: TurnedBy
) -> None:
    turn = of.turn_to(TUESDAY)
    assert (f"{turn.at:%Y-%m-%d %H:%M}", turn.by) == (f"{TUESDAY} {at}", by)
    assert of.day_of(turn.at) == TUESDAY
    assert of.day_of(turn.at - SECOND) == TUESDAY - A_DAY


def test_a_night_shift_belongs_whole_to_the_day_on_which_it_opens() -> None:
    night, monday = days("22:00", "06:00"), datetime(2026, 3, 9, 22, 0, tzinfo=UTC)
    hours = [monday + timedelta(hours=passed) for passed in range(9)]
    assert [night.day_of(each).day for each in hours] == [9] * 8 + [10]


def test_hours_that_follow_one_another_are_one_shift() -> None:
    monday, tuesday = (time(20), time(0)), (time(0), time(5))
    of = QueueDays.of(ZoneInfo("Europe/Lisbon"), 4, {0: monday, 1: tuesday})
    assert of.turn_to(TUESDAY).at == datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
    assert of.turn_to(TUESDAY + A_DAY).by == TurnedBy.DAY_START


def test_a_weekend_without_a_break_turns_at_the_days_start() -> None:
    whole, friday = (time(0), time(0)), (time(18), time(0))
    of = QueueDays.of(ZoneInfo("Europe/Lisbon"), 4, {4: friday, 5: whole, 6: whole})
    assert [of.turn_to(date(2026, 3, 14 + each)).by for each in range(3)] == [
        TurnedBy.ROUND_THE_CLOCK,
        TurnedBy.ROUND_THE_CLOCK,
        TurnedBy.DAY_START,
    ]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23)])
def test_a_night_shift_of_a_clock_change_is_one_shift(day: date, hours: int) -> None:
    """Clocks go forward on the 29th, in the midst of the shift that began on the 28th."""
    night = days("22:00", "06:00", zone="Europe/Lisbon")
    assert f"{night.end_of(day).astimezone(night.zone):%d %H:%M}" == f"{day.day + 1} 06:00"
    assert night.end_of(day - A_DAY) - night.start_of(day - A_DAY) == timedelta(hours=hours)


times = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
weeks = st.dictionaries(st.integers(0, 6), st.tuples(times, times))


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 23),
    week=weeks,
)
def test_every_moment_lies_in_one_day_and_no_shift_in_two(
    minute: int, zone: str, start: int, week: dict[int, tuple[time, time]]
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    of = QueueDays.of(ZoneInfo(zone), start, week)
    day = of.day_of(moment)
    assert of.start_of(day) <= moment < of.end_of(day)
    turn = of.turn_to(day)
    assert abs(turn.at - of.usual_start(day)) < timedelta(hours=26)
    if of.timetable is not None and turn.by != TurnedBy.ROUND_THE_CLOCK:
        is_open = of.timetable.is_open
        assert not (is_open(turn.at) and is_open(turn.at - SECOND)), "nobody in line sees the day turn"
