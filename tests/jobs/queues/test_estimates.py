"""The wait table: follows the events, forgets undone ones, and never reads the past again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues import event_feed
from jobs.queues.estimates import Estimates
from jobs.queues.event_feed import EventFeed
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.wait_table import QueueLearning, QueueWaits, store_waits
from models.queueing.line.waits import Wait, wait_after
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import Event, EventKind, record
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.waiting.estimator import WaitState
from tests.world import (
    ANA,
    BEN,
    NOON,
    call_next,
    change,
    join,
    make_queue,
    make_servicer,
    minutes,
    phone,
    press,
)


def stored(queue: Queue) -> QueueWaits | None:
    with reading() as session:
        return session.get(QueueWaits, queue.id)


def wait(queue: Queue, ahead: int) -> Wait:
    with reading() as session:
        return wait_after(session, session.get_one(Queue, queue.id), ahead)


def serve(queue: Queue, servicer: Servicer, numbers: range, each: float, begin: float = 0) -> None:
    """So many people in a row, each served for so many minutes."""
    for index, number in enumerate(numbers):
        at = NOON + minutes(begin + index * each)
        join(queue, phone(number), at)
        call_next(queue, servicer, at)
        finish(queue, number, servicer, at + minutes(each))


def finish(queue: Queue, number: int, servicer: Servicer, at: datetime) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(servicer.id), now=at))


def test_every_queue_has_a_table_of_waits_from_the_start(db: Database, business: Business) -> None:
    queue = make_queue(business, minutes_per_customer=4.0)
    Estimates().sweep(NOON)
    table = stored(queue)
    assert table is not None
    assert (table.state, table.last_event_id, table.computed_at) == (WaitState.UNSTAFFED, 0, NOON)
    assert len(table.curve) == 51
    assert all(low <= expected <= high for expected, low, high in table.curve)
    assert 4.0 <= table.curve[1][0] <= 8.0


def test_the_table_follows_what_happens(queue: Queue, rosa: Servicer) -> None:
    estimates = Estimates()
    estimates.sweep(NOON)
    guess = wait(queue, 5).expected
    serve(queue, rosa, range(1, 13), each=1.0)
    estimates.sweep(NOON + minutes(12))
    quick = wait(queue, 5)
    assert quick.expected < guess / 2  # everybody took one minute, the owner had guessed five
    assert quick.state == WaitState.OK
    for number in range(13, 30):
        join(queue, phone(number), NOON + minutes(12))
    for index, number in enumerate(range(13, 23)):
        call_next(queue, rosa, NOON + minutes(12 + index * 30))
        finish(queue, number, rosa, NOON + minutes(42 + index * 30))
    estimates.sweep(NOON + minutes(312))
    assert wait(queue, 5).expected > 3 * quick.expected  # everybody in line waited thirty


def test_joining_reads_the_same_numbers_that_the_clock_has_stored(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 6), each=2.0)
    Estimates().sweep(NOON + minutes(10))
    join(queue, ANA, NOON + minutes(10))
    assert join(queue, BEN, NOON + minutes(10)).wait == wait(queue, 1)


def test_a_clock_that_starts_anew_says_the_same(queue: Queue, rosa: Servicer) -> None:
    running = Estimates()
    running.sweep(NOON)
    for step in range(4):
        serve(queue, rosa, range(step * 3 + 1, step * 3 + 4), each=step + 1.0, begin=step * 30)
        running.sweep(NOON + minutes(step * 30 + 29))
    running.sweep(NOON + minutes(200))
    before = stored(queue)
    Estimates().sweep(NOON + minutes(200))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert before.curve == after.curve
    assert before.last_event_id == after.last_event_id > 0


def test_nobody_on_duty_and_a_line_that_stands_are_told_apart(queue: Queue, rosa: Servicer) -> None:
    estimates = Estimates()
    join(queue, ANA)
    estimates.sweep(NOON)
    assert wait(queue, 0).state == WaitState.UNSTAFFED
    press(queue, rosa, lambda s, q, by: None)
    estimates.sweep(NOON + minutes(1))
    assert wait(queue, 0).state == WaitState.OK
    estimates.sweep(NOON + minutes(61))  # nothing happened, but time has passed
    assert wait(queue, 0).state == WaitState.STALLED


def test_open_pages_are_told_when_somebody_begins_to_serve_but_not_of_every_minute(
    queue: Queue, rosa: Servicer
) -> None:
    def revision() -> int:
        with reading() as session:
            return session.get_one(Queue, queue.id).revision

    estimates = Estimates()
    join(queue, ANA)
    estimates.sweep(NOON)
    before = revision()
    estimates.sweep(NOON + minutes(1))
    assert revision() == before
    call_next(queue, rosa, NOON + minutes(1))
    called = revision()
    estimates.sweep(NOON + minutes(1))
    assert wait(queue, 1).state == WaitState.OK
    assert revision() == called + 1


def test_a_table_reaches_as_far_as_the_line(queue: Queue) -> None:
    for index in range(43):
        join(queue, phone(index))
    Estimates().sweep(NOON)
    table = stored(queue)
    assert table is not None
    assert len(table.curve) == 54


# Taken back ---------------------------------------------------------------------------------------------


def undo(queue: Queue, servicer: Servicer, at: float) -> None:
    press(queue, servicer, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(at)))


@pytest.mark.parametrize("sweep_between", [True, False])
def test_a_call_that_was_taken_back_never_happened(queue: Queue, rosa: Servicer, sweep_between: bool) -> None:
    estimates = Estimates()
    serve(queue, rosa, range(1, 6), each=2.0)
    join(queue, ANA, NOON + minutes(10))
    estimates.sweep(NOON + minutes(11))
    before = stored(queue)
    call_next(queue, rosa, NOON + minutes(11))
    if sweep_between:
        estimates.sweep(NOON + minutes(11))
        called = stored(queue)
        assert called is not None
        assert before is not None
        assert called.curve != before.curve
    undo(queue, rosa, 11)
    estimates.sweep(NOON + minutes(11))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert after.curve == before.curve
    assert after.last_event_id > before.last_event_id


def test_going_back_reads_from_the_last_checkpoint_and_keeps_what_was_learned(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimates = Estimates()
    serve(queue, rosa, range(1, 9), each=1.0)
    estimates.sweep(NOON + minutes(21))
    join(queue, ANA, NOON + minutes(22))
    estimates.sweep(NOON + minutes(22))
    learned = stored(queue)
    call_next(queue, rosa, NOON + minutes(22))
    estimates.sweep(NOON + minutes(22))
    monkeypatch.setattr(event_feed, "EVENTS_READ", 8)  # far too few to learn it all again
    undo(queue, rosa, 22)
    estimates.sweep(NOON + minutes(22))
    after = stored(queue)
    assert learned is not None
    assert after is not None
    assert after.curve == learned.curve


def test_an_undo_from_before_the_first_checkpoint_reads_the_log_anew(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    estimates = Estimates()
    estimates.sweep(NOON)
    undo(queue, rosa, 1)
    estimates.sweep(NOON + minutes(1))
    running = stored(queue)
    Estimates().sweep(NOON + minutes(1))
    anew = stored(queue)
    assert running is not None
    assert anew is not None
    assert running.curve == anew.curve


def test_a_forgotten_button_teaches_nothing(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 6), each=2.0)
    estimates = Estimates()
    estimates.sweep(NOON + minutes(10))
    before = wait(queue, 5).expected
    join(queue, ANA, NOON + minutes(10))
    call_next(queue, rosa, NOON + minutes(10))
    night = NOON + timedelta(hours=16)
    change(6, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=night, forgotten=True))
    estimates.sweep(night)
    assert wait(queue, 5).expected == pytest.approx(before, rel=0.1)


# Kept across restarts -------------------------------------------------------------------------------------


def test_a_clock_that_starts_anew_reads_only_what_it_had_not_learned(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Estimates()
    running.sweep(NOON)
    serve(queue, rosa, range(1, 9), each=1.0)
    running.sweep(NOON + minutes(20))  # and keeps what it has learned
    join(queue, ANA, NOON + minutes(25))
    running.sweep(NOON + minutes(26))
    before = stored(queue)
    monkeypatch.setattr(event_feed, "EVENTS_READ", 2)  # far too few to learn it all again
    Estimates().sweep(NOON + minutes(26))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert after.curve == before.curve
    assert after.last_event_id == before.last_event_id


def test_what_an_older_version_had_learned_is_learned_anew(queue: Queue, rosa: Servicer) -> None:
    running = Estimates()
    running.sweep(NOON)
    serve(queue, rosa, range(1, 9), each=1.0)
    running.sweep(NOON + minutes(20))
    before = stored(queue)

    def spoil(session: Session) -> None:
        kept = session.get_one(QueueLearning, queue.id)
        kept.learned = kept.learned | {"estimator": {"version": -1}}

    transaction(spoil)
    Estimates().sweep(NOON + minutes(20))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert after.curve == before.curve


def test_the_night_the_clocks_change_has_as_many_minutes_as_it_has(queue: Queue, rosa: Servicer) -> None:
    feed = EventFeed(queue.id, ZoneInfo("Europe/Lisbon"), 5.0)
    evening = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # at 01:00 UTC the clocks go back an hour
    join(queue, ANA, evening)
    call_next(queue, rosa, evening + timedelta(hours=3))
    with reading() as session:
        feed.catch_up(session, evening + timedelta(hours=3))
    estimator = feed.learned()["estimator"]
    assert estimator["last_call"] - 180 == pytest.approx(0.0)  # from midnight in Lisbon, three hours
    assert estimator["clock_ahead"] == -60


# Bounds -------------------------------------------------------------------------------------------------


def feed_of(queue: Queue) -> EventFeed:
    return EventFeed(queue.id, ZoneInfo("Europe/Lisbon"), 5.0)


def fed(feed: EventFeed, at: float) -> int:
    with reading() as session:
        return feed.catch_up(session, NOON + minutes(at))


def test_only_what_is_new_is_read(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 4), each=1.0)
    feed = feed_of(queue)
    assert fed(feed, 20) == 10  # Rosa came on duty; three joined, were called and served
    join(queue, ANA, NOON + minutes(21))
    assert (fed(feed, 21), fed(feed, 22)) == (1, 0)


def test_at_the_start_only_the_newest_events_are_read(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(queue, rosa, range(1, 5), each=1.0)
    monkeypatch.setattr(event_feed, "EVENTS_READ", 10)
    feed = feed_of(queue)
    assert (fed(feed, 20), fed(feed, 21)) == (10, 0)
    assert feed.last_event_id == newest_event(queue)


def test_events_of_long_ago_teach_nothing_and_are_not_read_again(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 3), each=1.0)
    feed = feed_of(queue)
    two_months = 60 * 24 * 60
    assert (fed(feed, two_months), fed(feed, two_months + 1)) == (0, 0)
    assert feed.last_event_id == newest_event(queue)


def test_a_clock_that_fell_far_behind_starts_anew(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_of(queue)
    fed(feed, 0)
    monkeypatch.setattr(event_feed, "EVENTS_READ", 8)
    serve(queue, rosa, range(1, 5), each=1.0)
    assert fed(feed, 20) == 8
    assert feed.last_event_id == newest_event(queue)


def test_an_unchanged_table_is_not_written_each_time(queue: Queue) -> None:
    estimates = Estimates()
    for seconds in (0, 1, 16, 31, 46):
        estimates.sweep(NOON + timedelta(seconds=seconds))
    table = stored(queue)
    assert table is not None
    assert table.computed_at == NOON
    estimates.sweep(NOON + timedelta(seconds=61))
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
    estimates.sweep(NOON)
    before = wait(queue, 5).expected

    def change_the_guess(session: Session) -> None:
        session.get_one(Queue, queue.id).minutes_per_customer = 50.0

    transaction(change_the_guess)
    estimates.sweep(NOON + timedelta(seconds=1))
    assert wait(queue, 5).expected > before * 6


def test_one_broken_queue_leaves_the_others_their_waits(business: Business, queue: Queue) -> None:
    broken = make_queue(business, "BROKEN")
    ticket_id = join(broken, ANA).ticket_id
    nonsense = {"queue_id": broken.id, "ticket_id": ticket_id, "facts": {"ahead": "none"}}
    transaction(lambda s: record(s, EventKind.MOVED, by=By.clock(), now=NOON, **nonsense))
    last = make_queue(business, "LAST")
    Estimates().sweep(NOON)
    assert stored(queue) is not None
    assert stored(last) is not None
    assert stored(broken) is None


@pytest.fixture(autouse=True)
def luis_serves_elsewhere(business: Business) -> None:
    """Another queue's events must not matter."""
    elsewhere = make_queue(business, "ELSE")
    serve(elsewhere, make_servicer(business, "Nuno"), range(1, 2), each=50.0)


def newest_event(queue: Queue) -> int:
    with reading() as session:
        newest = select(Event.id).where(Event.queue_id == queue.id).order_by(Event.id.desc())
        return session.scalars(newest).first() or 0
