"""However many clocks look, and whatever happens, no trouble is told twice."""

import threading
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from jobs.queues.troubles import Troubles
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from tests.jobs.queues.troubled import BEGAN, OVER, PAUSE, joins, leaves, look, told, wants
from tests.one_database import on_both
from tests.world import NOON, join, make_queue, make_servicer, minutes

pytestmark = on_both

_keywords = count(300)
STEPS = st.tuples(st.sampled_from(["join", "leave", "none"]), st.integers(1, 300))


@pytest.fixture
def rosa(business: Business) -> Servicer:
    """The manager."""
    return make_servicer(business, "Rosa", role=Role.MANAGER)


def test_two_clocks_at_once_tell_it_once(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1, by_text=True)
    joins(queue, 2, NOON)
    at_once(NOON)
    leaves(queue, 1, NOON + minutes(1))
    at_once(NOON + minutes(1))
    at_once(NOON + minutes(1) + PAUSE)
    assert told() == [BEGAN, OVER]


def at_once(now: datetime) -> None:
    """Two clocks look in the same moment."""
    start = threading.Barrier(2)

    def clock() -> None:
        start.wait(30)
        look(now)

    both = [threading.Thread(target=clock) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=9))
def test_whatever_happens_began_and_over_take_turns_and_no_row_is_told_twice(
    business: Business, rosa: Servicer, steps: list[tuple[str, int]]
) -> None:
    queue = make_queue(business, f"CET{next(_keywords)}")
    wants(rosa, queue, most_waiting=1)
    before, now, taken = len(told()), NOON, 0
    here: list[int] = []
    clocks = [Troubles(makes_backups=True), Troubles(makes_backups=True)]
    for turn, (what, seconds) in enumerate(steps):
        now += timedelta(seconds=seconds)
        if what == "join":
            taken += 1
            join(queue, None, now)
            here.append(taken)
        elif what == "leave" and here:
            leaves(queue, here.pop(0), now)
        look(now, clocks[turn % 2])  # a clock that takes over knows only what is stored
        look(now, clocks[(turn + 1) % 2])
    for number in here:
        leaves(queue, number, now)
    look(now)
    look(now + PAUSE)
    look(now + PAUSE)
    news = told()[before:]
    assert news == [BEGAN, OVER] * (len(news) // 2)
