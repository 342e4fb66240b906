"""How many servicers are needed, checked by a counter that is simulated otherwise."""

from itertools import pairwise
from random import Random

import pytest

from models.statistics.forecasts.staffing import servicers_needed

A_DAY = {9: 6.0, 10: 10.0, 11: 12.0, 12: 24.0, 13: 12.0, 14: 8.0, 15: 6.0, 16: 8.0}


def share_in_time(
    by_hour: dict[int, float], servicers: dict[int, int], service: float, limit: float
) -> float:
    """Minute by minute: who is first in line goes to a servicer who is free and still on duty."""
    random, in_time, everybody = Random(99), 0, 0
    for _ in range(60):
        line: list[int] = []
        busy: list[float] = []
        for minute in range(min(by_hour) * 60, max(by_hour) * 60 + 120):
            hour = min(minute // 60, max(by_hour))
            line += [minute] * (random.random() < by_hour.get(minute // 60, 0) / 60)
            busy = [until for until in busy if until > minute]
            while line and len(busy) < servicers[hour]:
                joined = line.pop(0)
                everybody += 1
                in_time += minute - joined <= limit
                busy.append(minute + random.expovariate(1 / service))
    return in_time / everybody


def test_so_many_keep_nine_in_ten_waits_under_the_limit_and_one_fewer_does_not() -> None:
    needed = servicers_needed(A_DAY, service=6, limit=15)
    assert share_in_time(A_DAY, needed, 6, 15) >= 0.9
    one_fewer = {hour: max(1, count - 1) for hour, count in needed.items()}
    assert share_in_time(A_DAY, one_fewer, 6, 15) < 0.9


def test_the_busiest_hour_needs_the_most() -> None:
    needed = servicers_needed(A_DAY, service=6, limit=15)
    assert max(needed, key=lambda hour: needed[hour]) == 12
    assert needed == servicers_needed(A_DAY, service=6, limit=15)


@pytest.mark.parametrize("limit", [5, 15])
def test_more_people_never_need_fewer(limit: int) -> None:
    found = [
        max(servicers_needed({9: n, 10: n}, service=6, limit=limit).values()) for n in (1, 10, 20, 40, 80)
    ]
    assert all(fewer <= more for fewer, more in pairwise(found))


def test_nobody_and_a_crowd_are_counted_too() -> None:
    assert servicers_needed({}, service=6, limit=15) == {}
    assert servicers_needed({9: 0.0}, service=6, limit=15) == {9: 1}
    assert servicers_needed({9: 10_000.0}, service=60, limit=1) == {9: 30}
