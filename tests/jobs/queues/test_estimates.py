"""The wait table follows what happens, and is written only when it says something new."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.queues.estimates import Estimates
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.line.wait_table import store_waits
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.waiting.estimator import WaitState
from tests.jobs.queues.served import finish, serve, stored, wait
from tests.world import ANA, BEN, NOON, call_next, join, make_queue, minutes, phone, press

pytestmark = pytest.mark.usefixtures("luis_serves_elsewhere")


def test_every_queue_has_a_table_of_waits_from_the_start(db: Database, business: Business) -> None:
    queue = make_queue(business, minutes_per_customer=4.0)
    Estimates().run(NOON)
    table = stored(queue)
    assert table is not None
    assert (table.state, table.last_event_id, table.computed_at) == (WaitState.UNSTAFFED, 0, NOON)
    assert len(table.curve) == 51
    assert all(low <= expected <= high for expected, low, high in table.curve)
    assert 4.0 <= table.curve[1][0] <= 8.0


def test_the_table_follows_what_happens(queue: Queue, rosa: Servicer) -> None:
    estimates = Estimates()
    estimates.run(NOON)
    guess = wait(queue, 5).expected
    serve(queue, rosa, range(1, 13), each=1.0)
    estimates.run(NOON + minutes(12))
    quick = wait(queue, 5)
    assert quick.expected < guess / 2  # everybody took one minute, the owner had guessed five
    assert quick.state == WaitState.OK
    for number in range(13, 30):
        join(queue, phone(number), NOON + minutes(12))
    for index, number in enumerate(range(13, 23)):
        call_next(queue, rosa, NOON + minutes(12 + index * 30))
        finish(queue, number, rosa, NOON + minutes(42 + index * 30))
    estimates.run(NOON + minutes(312))
    assert wait(queue, 5).expected > 3 * quick.expected  # everybody in line waited thirty


def test_joining_reads_the_same_numbers_that_the_clock_has_stored(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 6), each=2.0)
    Estimates().run(NOON + minutes(10))
    join(queue, ANA, NOON + minutes(10))
    assert join(queue, BEN, NOON + minutes(10)).wait == wait(queue, 1)


def test_a_clock_that_starts_anew_says_the_same(queue: Queue, rosa: Servicer) -> None:
    running = Estimates()
    running.run(NOON)
    for step in range(4):
        serve(queue, rosa, range(step * 3 + 1, step * 3 + 4), each=step + 1.0, begin=step * 30)
        running.run(NOON + minutes(step * 30 + 29))
    running.run(NOON + minutes(200))
    before = stored(queue)
    Estimates().run(NOON + minutes(200))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert before.curve == after.curve
    assert before.last_event_id == after.last_event_id > 0


def test_nobody_on_duty_and_a_line_that_stands_are_told_apart(queue: Queue, rosa: Servicer) -> None:
    estimates = Estimates()
    join(queue, ANA)
    estimates.run(NOON)
    assert wait(queue, 0).state == WaitState.UNSTAFFED
    press(queue, rosa, lambda s, q, by: None)
    estimates.run(NOON + minutes(1))
    assert wait(queue, 0).state == WaitState.OK
    estimates.run(NOON + minutes(61))  # nothing happened, but time has passed
    assert wait(queue, 0).state == WaitState.STALLED


def test_open_pages_are_told_when_somebody_begins_to_serve_but_not_of_every_minute(
    queue: Queue, rosa: Servicer
) -> None:
    def revision() -> int:
        with reading() as session:
            return session.get_one(Queue, queue.id).revision

    estimates = Estimates()
    join(queue, ANA)
    estimates.run(NOON)
    before = revision()
    estimates.run(NOON + minutes(1))
    assert revision() == before
    call_next(queue, rosa, NOON + minutes(1))
    called = revision()
    estimates.run(NOON + minutes(1))
    assert wait(queue, 1).state == WaitState.OK
    assert revision() == called + 1


def test_a_table_reaches_as_far_as_the_line(queue: Queue) -> None:
    for index in range(43):
        join(queue, phone(index))
    Estimates().run(NOON)
    table = stored(queue)
    assert table is not None
    assert len(table.curve) == 54


# Bounds -------------------------------------------------------------------------------------------------


def test_an_unchanged_table_is_not_written_each_time(queue: Queue) -> None:
    estimates = Estimates()
    for seconds in (0, 1, 16, 31, 46):
        estimates.run(NOON + timedelta(seconds=seconds))
    table = stored(queue)
    assert table is not None
    assert table.computed_at == NOON
    estimates.run(NOON + timedelta(seconds=61))
    table = stored(queue)
    assert table is not None
    assert table.computed_at == NOON + timedelta(seconds=61)


def test_a_clock_that_knows_less_does_not_overwrite_one_that_knows_more(queue: Queue) -> None:
    for last_event_id, expected in ((5, 7.0), (3, 1.0), (5, 8.0)):
        curve = [(expected, expected, expected)]
        known = {"curve": curve, "state": WaitState.OK, "last_event_id": last_event_id, "now": NOON}
        transaction(lambda s, known=known: store_waits(s, queue.id, **known))
        table = stored(queue)
        assert table is not None
        assert (table.last_event_id, table.curve[0][0]) == (5, max(expected, 7.0))


def test_a_new_guess_of_the_owner_counts_at_once(queue: Queue) -> None:
    estimates = Estimates()
    estimates.run(NOON)
    before = wait(queue, 5).expected

    def change_the_guess(session: Session) -> None:
        session.get_one(Queue, queue.id).minutes_per_customer = 50.0

    transaction(change_the_guess)
    estimates.run(NOON + timedelta(seconds=1))
    assert wait(queue, 5).expected > before * 6


def test_one_broken_queue_leaves_the_others_their_waits(business: Business, queue: Queue) -> None:
    broken = make_queue(business, "BROKEN")
    ticket_id = join(broken, ANA).ticket_id
    nonsense = {"queue_id": broken.id, "ticket_id": ticket_id, "facts": {"ahead": "none"}}
    transaction(lambda s: record(s, EventKind.MOVED, by=By.clock(), now=NOON, **nonsense))
    last = make_queue(business, "LAST")
    Estimates().run(NOON)
    assert stored(queue) is not None
    assert stored(last) is not None
    assert stored(broken) is None
