"""How long servicers were on duty and idle: neither through the night, nor while they serve another queue."""

from datetime import UTC, datetime, timedelta

import pytest

from models.people.actors import Actor, By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, taking_over
from models.queueing.duties import duty_of, go_off_duty
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.statistics.daily import figures_by_day
from models.statistics.duty_time import duty_times
from models.statistics.timelines import Busy, Happened
from models.storage.database import Database, reading, transaction
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, change, join, make_queue, minutes

START = datetime(2026, 3, 10, 4, tzinfo=UTC)
END = START + timedelta(days=1)


def at(hours: float) -> datetime:
    """So long after midnight of the day."""
    return START + timedelta(hours=hours - 4)


def happened(kind: EventKind, hours: float) -> Happened:
    return Happened(int(hours * 60) + 10_000, None, kind, at(hours), Actor.SERVICER, 1, None, None)


def came(hours: float) -> Happened:
    return happened(EventKind.DUTY_BEGAN, hours)


def went(hours: float) -> Happened:
    return happened(EventKind.DUTY_ENDED, hours)


def serving(since: float, until: float | None) -> Busy:
    return Busy("1", at(since), None if until is None else at(until))


HOUR = 3600.0
CASES = {
    "a shift with two customers": ([came(9), went(17)], [serving(9, 10), serving(12, 15)], (8, 4)),
    "two shifts": ([came(9), went(12), came(13), went(15)], [serving(9, 10)], (5, 4)),
    "customers of two queues at once count once": (
        [came(9), went(12)],
        [serving(9, 11), serving(10, 11.5)],
        (3, 0.5),
    ),
    "a customer after going is no work on duty": ([came(9), went(12)], [serving(11, 14)], (3, 2)),
    "forgotten at the end of the day: up to the last customer": ([came(9)], [serving(9, 10)], (1, 0)),
    "forgotten, and the queue was paused later": (
        [came(9), happened(EventKind.PAUSED, 18)],
        [serving(9, 10)],
        (9, 8),
    ),
    "still on from the day before: from the first customer": ([came(-6), went(12)], [serving(9, 10)], (3, 2)),
    "still on from the day before, and nothing done": ([came(-6)], [], None),
    "serving when the day begins and when it ends": (
        [came(3), went(5)],
        [serving(3.5, 4.5)],
        (1, 0.5),
    ),
    "serving on beyond the end of the day": ([came(26)], [serving(27, 29)], (2, 1)),
}


@pytest.mark.parametrize("case", CASES)
def test_on_duty_and_idle(case: str) -> None:
    events, busy, hours = CASES[case]
    expected = {} if hours is None else {"1": (hours[0] * HOUR, hours[1] * HOUR)}
    assert duty_times(events, busy, START, END) == expected


def test_who_is_on_duty_now_is_so_up_to_now() -> None:
    assert duty_times([came(9)], [serving(9, 10)], START, at(12), is_over=False) == {
        "1": (3 * HOUR, 2 * HOUR)
    }
    assert duty_times([came(9)], [serving(10, None)], START, at(12), is_over=False) == {"1": (3 * HOUR, HOUR)}


def duties(queue: Queue, now: datetime) -> dict[str, tuple[float, float]]:
    with reading() as session:
        found = figures_by_day(session, session.get_one(Queue, queue.id), NOON.date(), NOON.date(), now)
        return found[NOON.date()].duties


def go(queue: Queue, rosa: Servicer, now: datetime) -> None:
    def work(session) -> None:  # type: ignore[no-untyped-def]
        Queue.lock(session, queue.id)
        duty = duty_of(session, queue.id, rosa.id)
        assert duty is not None
        go_off_duty(session, duty, by=By.servicer(rosa.id), now=now)

    transaction(work)


def test_who_serves_in_another_queue_is_not_idle_here(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER")
    join(queue, ANA, NOON), join(other, BEN, NOON)
    call_next(queue, rosa, NOON)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(10)))
    call_next(other, rosa, NOON + minutes(15))
    change(1, other, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(45)))
    go(queue, rosa, NOON + minutes(60)), go(other, rosa, NOON + minutes(60))
    who = str(rosa.id)
    for now in (NOON + minutes(60), NOON + timedelta(days=3)):
        assert duties(queue, now) == {who: (60 * 60, 20 * 60)}
        assert duties(other, now) == {who: (45 * 60, 15 * 60)}


def take_over(queue: Queue, number: int, servicer: Servicer, now: datetime) -> None:
    by = By.servicer(servicer.id)
    verb = taking_over.take_over
    change(
        number, queue, lambda s, t: verb(s, t, s.get_one(Servicer, servicer.id), desk_id=None, by=by, now=now)
    )


@on_both
def test_a_customer_who_was_taken_over_kept_one_busy_and_then_the_other(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Rosa has Ana for ten minutes, then Luis for thirty; the visit counts as served, by Luis."""
    join(queue, ANA, NOON), join(queue, BEN, NOON)
    call_next(queue, rosa, NOON), call_next(queue, luis, NOON)
    change(2, queue, lambda s, t: ending.finish(s, t, by=By.servicer(luis.id), now=NOON + minutes(5)))
    take_over(queue, 1, luis, NOON + minutes(10))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(luis.id), now=NOON + minutes(40)))
    go(queue, rosa, NOON + minutes(60)), go(queue, luis, NOON + minutes(60))
    found = duties(queue, NOON + timedelta(days=3))
    assert found == {str(rosa.id): (60 * 60, 50 * 60), str(luis.id): (60 * 60, 25 * 60)}
    with reading() as session:
        day = figures_by_day(
            session, session.get_one(Queue, queue.id), NOON.date(), NOON.date(), NOON + minutes(60)
        )
    assert {place.servicer for place in day[NOON.date()].tallies} == {str(luis.id)}
