"""Weeks of a made-up shop: people come by Poisson's law, by weekday and hour, the same for the same seed."""

from datetime import date, timedelta
from math import exp
from random import Random

from models.statistics.forecasts.arrivals import DayCount
from models.statistics.forecasts.quarters import Quarter, Quarters

FIRST = date(2026, 1, 5)  # a Monday
BY_HOUR = {9: 3, 10: 5, 11: 6, 12: 6, 13: 5, 14: 4, 15: 5, 16: 6, 17: 4}
BY_WEEKDAY = (1.0, 0.8, 0.9, 1.0, 1.3, 1.6)  # closed on Sundays
DOUBLED = 12


def weeks(count: int, *, seed: int = 1, growth: float = 0.0, restless: float = 0.0) -> list[DayCount]:
    """`growth`: of the first week's people, in each week; `restless`: how much days differ, as a variance."""
    random, days = Random(seed), []
    for number in range(7 * count):
        day = FIRST + timedelta(days=number)
        if day.weekday() < len(BY_WEEKDAY):
            busy = BY_WEEKDAY[day.weekday()] * (1 + growth * number / 7)
            busy *= random.gammavariate(1 / restless, restless) if restless else 1
            twice = {hour: people * (2 if hour == DOUBLED else 1) for hour, people in BY_HOUR.items()}
            days.append(
                DayCount(day, {hour: poisson(random, people * busy) for hour, people in twice.items()})
            )
    return days


def poisson(random: Random, expected: float) -> int:
    count, left = 0, random.random()
    while left > exp(-expected):
        count, left = count + 1, left * random.random()
    return count


def as_quarters(of: DayCount) -> Quarters:
    """Each hour's people in its first quarter, served in five minutes each."""
    return {
        hour * 4: Quarter(joined=n, served=n, service=300 * n, waits=n, waited=60 * n, on_duty=1)
        for hour, n in of.by_hour.items()
    }
