"""The wait table forgets undone events, and never reads the past again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues import event_feed
from jobs.queues.estimates import Estimates
from jobs.queues.event_feed import EventFeed
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending, moving, taking_over
from models.queueing.line.wait_table import QueueLearning
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.waiting.estimator import WaitState
from tests.jobs.queues.served import serve, stored, wait
from tests.world import ANA, NOON, call_next, change, join, minutes, press

pytestmark = pytest.mark.usefixtures("luis_serves_elsewhere")


def undo(queue: Queue, servicer: Servicer, at: float) -> None:
    press(queue, servicer, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(at)))


@pytest.mark.parametrize("job_between", [True, False])
def test_a_call_that_was_taken_back_never_happened(queue: Queue, rosa: Servicer, job_between: bool) -> None:
    estimates = Estimates()
    serve(queue, rosa, range(1, 6), each=2.0)
    join(queue, ANA, NOON + minutes(10))
    estimates.run(NOON + minutes(11))
    before = stored(queue)
    call_next(queue, rosa, NOON + minutes(11))
    if job_between:
        estimates.run(NOON + minutes(11))
        called = stored(queue)
        assert called is not None
        assert before is not None
        assert called.curve != before.curve
    undo(queue, rosa, 11)
    estimates.run(NOON + minutes(11))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert after.curve == before.curve
    assert after.last_event_id > before.last_event_id


def test_a_line_of_people_on_hold_is_not_stalled(queue: Queue, rosa: Servicer) -> None:
    """Nobody waits to be called: they are called once they are there."""
    estimates, by = Estimates(), By.servicer(rosa.id)
    serve(queue, rosa, range(1, 6), each=2.0)
    join(queue, ANA, NOON + minutes(12))
    call_next(queue, rosa, NOON + minutes(12))
    change(6, queue, lambda s, t: moving.set_aside(s, t, by=by, now=NOON + minutes(13)))
    estimates.run(NOON + minutes(55))
    held = stored(queue)
    assert held is not None
    assert held.state == WaitState.OK
    change(6, queue, lambda s, t: moving.put_first(s, t, by=by, now=NOON + minutes(56)))
    estimates.run(NOON + minutes(99))
    waiting = stored(queue)
    assert waiting is not None
    assert waiting.state == WaitState.STALLED, "now they wait to be called"


def test_going_back_reads_from_the_last_checkpoint_and_keeps_what_was_learned(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimates = Estimates()
    serve(queue, rosa, range(1, 9), each=1.0)
    estimates.run(NOON + minutes(21))
    join(queue, ANA, NOON + minutes(22))
    estimates.run(NOON + minutes(22))
    learned = stored(queue)
    call_next(queue, rosa, NOON + minutes(22))
    estimates.run(NOON + minutes(22))
    monkeypatch.setattr(event_feed, "EVENTS_READ", 8)  # far too few to learn it all again
    undo(queue, rosa, 22)
    estimates.run(NOON + minutes(22))
    after = stored(queue)
    assert learned is not None
    assert after is not None
    assert after.curve == learned.curve


def test_an_undo_from_before_the_first_checkpoint_reads_the_log_anew(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    estimates = Estimates()
    estimates.run(NOON)
    undo(queue, rosa, 1)
    estimates.run(NOON + minutes(1))
    running = stored(queue)
    Estimates().run(NOON + minutes(1))
    anew = stored(queue)
    assert running is not None
    assert anew is not None
    assert running.curve == anew.curve


def test_a_forgotten_button_teaches_nothing(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, range(1, 6), each=2.0)
    estimates = Estimates()
    estimates.run(NOON + minutes(10))
    before = wait(queue, 5).expected
    join(queue, ANA, NOON + minutes(10))
    call_next(queue, rosa, NOON + minutes(10))
    night = NOON + timedelta(hours=16)
    change(6, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=night, forgotten=True))
    estimates.run(night)
    assert wait(queue, 5).expected == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("is_taken_over", [True, False])
def test_hours_with_somebody_who_had_gone_home_teach_nothing(
    queue: Queue, rosa: Servicer, luis: Servicer, is_taken_over: bool
) -> None:
    """Luis ends it for Rosa; or takes over first, and ends it as his own."""
    serve(queue, rosa, range(1, 6), each=2.0)
    estimates = Estimates()
    estimates.run(NOON + minutes(10))
    before = wait(queue, 5).expected
    join(queue, ANA, NOON + minutes(10))
    call_next(queue, rosa, NOON + minutes(10))
    late = NOON + timedelta(hours=4)

    def end(session: Session, ticket: Ticket) -> None:
        by, me = By.servicer(luis.id), session.get_one(Servicer, luis.id)
        if is_taken_over:
            taking_over.take_over(session, ticket, me, desk_id=None, by=by, now=late - minutes(2))
        ending.finish(session, ticket, by=by, now=late)

    change(6, queue, end)
    estimates.run(late)
    staff = 2 if is_taken_over else 1  # Luis is known to serve here, too
    assert wait(queue, 5).expected == pytest.approx(before / staff, rel=0.2)


# Kept across restarts -------------------------------------------------------------------------------------


def test_a_clock_that_starts_anew_reads_only_what_it_had_not_learned(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Estimates()
    running.run(NOON)
    serve(queue, rosa, range(1, 9), each=1.0)
    running.run(NOON + minutes(20))  # and keeps what it has learned
    join(queue, ANA, NOON + minutes(25))
    running.run(NOON + minutes(26))
    before = stored(queue)
    monkeypatch.setattr(event_feed, "EVENTS_READ", 2)  # far too few to learn it all again
    Estimates().run(NOON + minutes(26))
    after = stored(queue)
    assert before is not None
    assert after is not None
    assert after.curve == before.curve
    assert after.last_event_id == before.last_event_id


def test_what_an_older_version_had_learned_is_learned_anew(queue: Queue, rosa: Servicer) -> None:
    running = Estimates()
    running.run(NOON)
    serve(queue, rosa, range(1, 9), each=1.0)
    running.run(NOON + minutes(20))
    before = stored(queue)

    def spoil(session: Session) -> None:
        kept = session.get_one(QueueLearning, queue.id)
        kept.learned = kept.learned | {"estimator": {"version": -1}}

    transaction(spoil)
    Estimates().run(NOON + minutes(20))
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


def newest_event(queue: Queue) -> int:
    with reading() as session:
        newest = select(Event.id).where(Event.queue_id == queue.id).order_by(Event.id.desc())
        return session.scalars(newest).first() or 0
