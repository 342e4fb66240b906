"""On any day: nothing changed calls everybody when they were called, and one servicer more lets nobody wait
longer, whatever was undone, put back, on hold, transferred or brought back.
"""

from random import Random

import pytest

from models.statistics.whatif.changes import Change, replay
from models.statistics.whatif.counter import SECOND, counter_of
from models.statistics.whatif.recording import MICROSECOND
from tests.models.statistics.whatif.random_days import CLOSES, OPENS, START, random_day

DAYS = range(150)
HOUR = 3600 * SECOND


def window(seed: int) -> tuple[int, int]:
    chance = Random(-seed)
    since = chance.randint(OPENS - 3600, CLOSES) * SECOND
    return since, since + chance.choice((HOUR // 4, HOUR, 3 * HOUR))


def later(one: int | None, other: int | None) -> bool:
    return other is not None and (one is None or one > other)


@pytest.mark.parametrize("seed", DAYS)
def test_each_day(seed: int) -> None:
    day = random_day(seed)
    recording = day.recording()
    counter = counter_of(recording)
    recorded = [stay.called_at for stay in recording.stays]

    as_it_was = replay(counter, Change(0, 0, 24 * HOUR))
    assert as_it_was.calls == recorded

    last = {
        START + called_at * MICROSECOND
        for each in recording.customers
        if (called_at := recorded[each.last_stay]) is not None
    }
    assert last == set(day.calls().values())

    since, until = window(seed)
    before = recorded
    for servicers in (1, 2, 3):
        more = replay(counter, Change(servicers, since, until)).calls
        assert not any(later(one, other) for one, other in zip(more, before, strict=True))
        before = more
    before = recorded
    for servicers in (-1, -2):
        fewer = replay(counter, Change(servicers, since, until)).calls
        assert not any(later(one, other) for one, other in zip(before, fewer, strict=True))
        before = fewer
