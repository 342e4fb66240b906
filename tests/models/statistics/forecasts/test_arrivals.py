"""How many will come: the range holds four times in five, and the hour that stands out is named."""

from datetime import date, timedelta

import pytest

from models.statistics.forecasts.arrivals import DayCount, forecast_arrivals
from tests.models.statistics.forecasts.made_weeks import BY_HOUR, DOUBLED, FIRST, weeks

EIGHT_WEEKS = timedelta(weeks=8)
TUESDAY = FIRST + EIGHT_WEEKS + timedelta(days=1)


@pytest.mark.parametrize(
    "kind",
    [{}, {"growth": 0.04}, {"restless": 0.03}],
    ids=["steady", "growing", "restless"],
)
def test_on_days_held_out_the_range_holds_three_to_four_and_a_quarter_times_in_five(kind) -> None:
    held = []
    for seed in range(25):
        days = weeks(11, seed=seed, **kind)
        for day in days:
            if day.day >= FIRST + EIGHT_WEEKS:
                before = [each for each in days if day.day - EIGHT_WEEKS <= each.day < day.day]
                forecast = forecast_arrivals(before, day.day)
                assert forecast is not None
                held.append(day.total in forecast.whole)
    assert 0.75 <= sum(held) / len(held) <= 0.85


def test_the_doubled_hour_of_eight_weeks_is_named() -> None:
    assert all(
        forecast_arrivals(weeks(8, seed=seed), TUESDAY).busiest_hour == DOUBLED  # type: ignore[union-attr]
        for seed in range(20)
    )


def test_where_no_hour_stands_out_none_is_named() -> None:
    days = [DayCount(FIRST + timedelta(days=n), dict.fromkeys(BY_HOUR, 5)) for n in range(56)]
    forecast = forecast_arrivals(days, TUESDAY)
    assert forecast is not None
    assert forecast.busiest_hour is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_from_fewer_than_three_like_days_nothing_is_told(count: int) -> None:
    assert forecast_arrivals(weeks(8)[-6 * count :] if count else [], TUESDAY) is None


def test_one_day_of_a_street_fair_changes_little() -> None:
    days = weeks(8)
    fair = [DayCount(each.day, {h: 8 * n for h, n in each.by_hour.items()}) for each in days[1:2]]
    before, after = forecast_arrivals(days, TUESDAY), forecast_arrivals([days[0], *fair, *days[2:]], TUESDAY)
    assert before is not None
    assert after is not None
    assert after.whole.expected == pytest.approx(before.whole.expected, rel=0.1)
    assert after.like_days == before.like_days - 1


def test_a_shop_that_grows_is_not_told_its_average() -> None:
    days = [DayCount(day.day, day.by_hour) for day in weeks(8, seed=3, growth=0.08)]
    forecast = forecast_arrivals(days, date(2026, 3, 2))
    mondays = [day.total for day in days if day.day.weekday() == 0]
    assert forecast is not None
    assert forecast.whole.expected > 1.15 * sum(mondays) / len(mondays)


def test_nobody_ever_is_told_as_nobody() -> None:
    days = [DayCount(FIRST + timedelta(days=n), {}) for n in range(56)]
    forecast = forecast_arrivals(days, TUESDAY)
    assert forecast is not None
    assert (forecast.whole.low, forecast.whole.high, forecast.busiest_hour) == (0, 0, None)
