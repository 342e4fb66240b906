"""Which times are named as quiet and as safe, and when none is."""

import pytest

from models.statistics.forecasts.best_times import LastSafe, Quiet, last_safe, quietest
from models.statistics.forecasts.quarters import Quarter
from tests.models.statistics.forecasts.made_days import day_of, quarter_of

NOON = quarter_of(12)


def test_a_quiet_afternoon_is_named_with_how_often_it_held() -> None:
    assert quietest([day_of()] * 8, NOON) == Quiet(quarter_of(15), quarter_of(17), 10, 8, 8)


def test_one_bad_day_changes_nothing_but_the_count() -> None:
    days = [day_of()] * 7 + [day_of(quiet=60)]
    assert quietest(days, NOON) == Quiet(quarter_of(15), quarter_of(17), 10, 7, 8)


@pytest.mark.parametrize(
    "days",
    [
        [],
        [day_of()] * 2,
        [day_of(quiet=25)] * 8,
        [day_of(quiet=23)] * 8,
        [day_of(), day_of(first=9, end=11)] * 4,
    ],
    ids=["no days", "two days", "always alike", "hardly quieter", "held on half the days"],
)
def test_what_did_not_hold_is_not_told(days) -> None:
    assert quietest(days, NOON) is None


def test_only_the_time_left_counts() -> None:
    days = [day_of(first=10, end=11)] * 8
    assert quietest(days, quarter_of(9)) == Quiet(quarter_of(10), quarter_of(11), 10, 8, 8)
    assert quietest(days, NOON) is None
    assert quietest([day_of()] * 8, NOON, closes=quarter_of(14)) is None


def test_with_little_of_the_day_left_there_is_nothing_to_choose() -> None:
    assert quietest([day_of(first=17, end=18)] * 8, quarter_of(17)) is None


def test_who_was_served_until_closing_may_come_until_then() -> None:
    assert last_safe([day_of()] * 8, NOON) == LastSafe(quarter_of(17, 45), 8, 8)
    assert last_safe([day_of()] * 8, NOON, closes=quarter_of(17)) == LastSafe(quarter_of(16, 45), 8, 8)


def test_who_was_sent_away_at_closing_came_too_late() -> None:
    days = [day_of(unserved=1)] * 3 + [day_of()]
    assert last_safe(days, NOON) == LastSafe(quarter_of(17, 15), 4, 4)


def test_a_number_refused_before_closing_was_too_late_too() -> None:
    days = [
        day_of() | {quarter_of(17, 45): Quarter(joined=0, closed=2, on_duty=1, clears=0)} for _ in range(4)
    ]
    assert last_safe(days, NOON) == LastSafe(quarter_of(17, 30), 4, 4)


def test_where_nobody_joined_there_must_have_been_time_to_call_them() -> None:
    late = {number: Quarter(on_duty=1, clears=20 * 60) for number in range(quarter_of(17), quarter_of(18))}
    assert last_safe([day_of() | late] * 4, NOON) == LastSafe(quarter_of(17, 30), 4, 4)


@pytest.mark.parametrize("days", [[], [day_of()] * 2, [day_of(), {}] * 4], ids=["none", "two", "half closed"])
def test_too_few_days_say_nothing_of_closing(days) -> None:
    assert last_safe(days, NOON) is None
