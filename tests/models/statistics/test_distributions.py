"""Service statistics: what counts, what does not, and that nothing known is None instead of 0."""

import math
import statistics as standard_library
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.statistics.day_events import days_with_tickets, tickets_of_days
from models.statistics.distributions import Statistics, Tally
from models.statistics.durations import Distribution, distribution
from models.statistics.timelines import Visit, visits_from
from models.storage.database import Database, reading
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    make_queue,
    minutes,
    phone,
    press,
)

TODAY = date(2026, 3, 10)
NONE = Distribution(0, None, None, None, None)


def of_day(queue: Queue, first: date | None = TODAY, last: date | None = TODAY) -> Statistics:
    with reading() as session:
        days = [day for day in days_with_tickets(session, queue.id, first) if last is None or day <= last]
        by_day = tickets_of_days(session, queue.id, days)
    visits = [visit for events in by_day.values() for visit in visits_from(events).values()]
    return statistics(visits)


def statistics(visits: Iterable[Visit]) -> Statistics:
    return Tally.of(visits).statistics()


def finish(queue: Queue, number: int, at: float, **values: bool) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=NOON + minutes(at), **values))


def start(queue: Queue, number: int, at: float) -> None:
    change(number, queue, lambda s, t: calling.start(s, t, by=By.clock(), now=NOON + minutes(at)))


def undo(queue: Queue, servicer: Servicer, at: float) -> None:
    now = NOON + minutes(at)
    press(queue, servicer, lambda s, q, by: undo_last_press(s, q, by=by, now=now), now, button=Button.UNDO)


def seconds(*values: float) -> Distribution:
    return distribution(values)


# One duration after another ------------------------------------------------------------------------------


def test_no_data_is_none_and_never_zero() -> None:
    assert statistics([]) == Statistics(0, 0, 0, 0, 0, NONE, NONE, NONE)


def test_a_distribution_of_one() -> None:
    assert seconds(90) == Distribution(1, 90, 90, 90, 90)


def test_a_wait_of_nothing_is_zero_and_not_none() -> None:
    assert seconds(0) == Distribution(1, 0, 0, 0, 0)


def test_percentiles_lie_between_two_values_in_proportion() -> None:
    # numpy.percentile([10, 20, 30, 40], [50, 90]) gives [25., 37.]
    assert seconds(40, 10, 30, 20) == Distribution(4, 25, 25, 37, 40)
    # numpy.percentile(range(1, 12), [50, 90]) gives [6., 10.]
    assert seconds(*range(1, 12)) == Distribution(11, 6, 6, 10, 11)


def test_durations_may_pass_a_day() -> None:
    assert (
        Tally.of([Visit(TicketState.CALLED, NOON, NOON + timedelta(days=2, hours=1))]).wait.max == 49 * 3600
    )


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=50))
def test_percentiles_equal_the_standard_library(values: list[int]) -> None:
    found = seconds(*values)
    tenths = standard_library.quantiles(values, n=10, method="inclusive")
    assert found.p90 is not None
    assert math.isclose(found.p90, tenths[8], rel_tol=1e-9, abs_tol=1e-6)
    assert found.median == standard_library.median(values)
    assert math.isclose(found.mean or 0, standard_library.fmean(values), rel_tol=1e-9)
    assert found.max == max(values)


# What counts ---------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(TicketState)))
def test_whoever_joined_is_counted_once(states: list[TicketState]) -> None:
    found = statistics(Visit(state, NOON) for state in states)
    live = sum(state in ("waiting", "called", "serving") for state in states)
    assert found.joined == len(states)
    assert found.joined == found.served + found.left + found.no_show + found.removed + live


def test_a_day_at_the_barbers_is_as_a_stopwatch_tells_it(db: Database, queue: Queue, rosa: Servicer) -> None:
    for index in range(5):
        join(queue, phone(index), NOON + minutes(index))  # at 0, 1, 2, 3, 4
    call_next(queue, rosa, NOON + minutes(10))
    start(queue, 1, 11)
    finish(queue, 1, 14)  # waited 10, served 3, in all 14
    call_next(queue, rosa, NOON + minutes(15))
    finish(queue, 2, 20)  # nobody pressed Start: waited 14, served 5, in all 19
    call_next(queue, rosa, NOON + minutes(20))
    change(
        3, queue, lambda s, t: ending.mark_no_show(s, t, by=By.clock(), now=NOON + minutes(25))
    )  # waited 18
    change(4, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(26)))
    change(5, queue, lambda s, t: ending.remove(s, t, by=By.servicer(rosa.id), now=NOON + minutes(27)))
    assert of_day(queue) == Statistics(
        joined=5,
        served=2,
        left=1,
        no_show=1,
        removed=1,
        wait=seconds(600, 840, 1080),
        service=seconds(180, 300),
        total=seconds(840, 1140),
    )


def test_whoever_still_waits_or_is_served_has_joined_and_no_more(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa, NOON + minutes(2))
    assert of_day(queue) == Statistics(2, 0, 0, 0, 0, seconds(120), NONE, NONE)


def test_the_first_customer_called_at_once_waited_no_time_and_is_counted(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA), call_next(queue, rosa, NOON)
    assert of_day(queue).wait == Distribution(1, 0, 0, 0, 0)


def test_a_call_that_was_undone_or_put_back_ends_no_wait(db: Database, queue: Queue, rosa: Servicer) -> None:
    for index, who in enumerate((ANA, BEN, CAI)):
        join(queue, who, NOON + minutes(index))
    call_next(queue, rosa, NOON + minutes(3))
    undo(queue, rosa, 4)
    assert of_day(queue).wait == NONE
    call_next(queue, rosa, NOON + minutes(5))
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=NOON + minutes(6)))
    assert of_day(queue).wait == NONE
    for at in (10, 20, 30):
        call_next(queue, rosa, NOON + minutes(at))
        number = {10: 2, 20: 3, 30: 1}[at]
        finish(queue, number, at + 5)
    found = of_day(queue)
    assert found.wait == seconds(9 * 60, 18 * 60, 30 * 60)
    assert found.service == seconds(300, 300, 300)


def test_a_forgotten_done_tells_of_the_wait_but_of_no_service(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa, NOON + minutes(5))
    finish(queue, 1, 10)
    call_next(queue, rosa, NOON + minutes(10))
    finish(queue, 2, 900, forgotten=True)
    found = of_day(queue)
    assert (found.served, found.wait.n) == (2, 2)
    assert (found.service, found.total) == (seconds(300), seconds(600))


def test_a_forgotten_done_that_was_undone_and_pressed_rightly_counts(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA), call_next(queue, rosa, NOON)

    def forget(session: Session, locked: Queue, by: By) -> None:
        present = present_ticket_of(session, locked, rosa.id)
        assert present is not None
        ending.finish(session, present, by=by, now=NOON + minutes(9), forgotten=True)

    press(queue, rosa, forget, NOON + minutes(9), button=Button.DONE)
    undo(queue, rosa, 10)
    finish(queue, 1, 12)
    assert of_day(queue).service == seconds(12 * 60)


def test_days_are_those_of_the_business_and_only_those_asked_for(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER")
    join(queue, ANA, NOON), join(other, BEN, NOON)
    join(queue, BEN, NOON + timedelta(hours=15))  # 03:00 the next morning is still today
    join(queue, CAI, NOON + timedelta(hours=16))  # 04:00: tomorrow
    tomorrow = TODAY + timedelta(days=1)
    spans = [(TODAY, TODAY), (tomorrow, tomorrow), (TODAY, None), (None, TODAY), (None, None)]
    assert [of_day(queue, *span).joined for span in spans] == [2, 1, 3, 2, 3]
    assert of_day(queue, tomorrow, TODAY).joined == 0


def test_a_wait_over_midnight_and_a_clock_change_is_as_long_as_it_was(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    evening = NOON.replace(month=3, day=28, hour=23)  # Lisbon's clocks go forward two hours later
    join(queue, ANA, evening)
    call_next(queue, rosa, evening + timedelta(hours=3))
    assert of_day(queue, None, None).wait == seconds(3 * 3600)


@pytest.mark.parametrize("hours", [23, 25, 100])
def test_a_service_longer_than_a_day_is_not_cut(
    db: Database, queue: Queue, rosa: Servicer, hours: int
) -> None:
    join(queue, ANA), call_next(queue, rosa)
    finish(queue, 1, hours * 60)
    assert of_day(queue).service.max == hours * 3600
