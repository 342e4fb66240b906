"""A clock is days or a year off, and is put right: nothing of that stays, and nobody has to mend it."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jobs.queues.day_end import DayEnd, keep_lines_after_jump
from jobs.queues.duties import Duties
from jobs.queues.estimates import Estimates
from jobs.queues.opening_hours import Openings
from jobs.schedule import unless
from jobs.wall_clock import Doubt
from models.delivery.housekeeping import bring_forward
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.people.summary_period import Period
from models.queueing.duties import Duty
from models.queueing.line.wait_table import QueueWaits
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import figures_by_day, row_of_day, store_day
from models.statistics.distributions import Count
from models.statistics.summary import due_summary_day
from models.storage.backup_schedule import claim_backup, record_backup
from models.storage.database import reading, transaction
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen, record_heartbeat
from models.waiting.estimator import WaitState
from tests.jobs.queues.hours import give_hours
from tests.world import ANA, BEN, CAI, NOON, call_next, join, line, minutes, outbox, phone, state

DAY = timedelta(days=1)
AHEAD = [3 * DAY, 366 * DAY]
TODAY = NOON.date()


def days_of_joins(queue: Queue) -> list[tuple[date, int]]:
    with reading() as session:
        tickets = select(Ticket).where(Ticket.queue_id == queue.id).order_by(Ticket.id)
        return [(ticket.day, ticket.number) for ticket in session.scalars(tickets)]


def duty() -> Duty:
    with reading() as session:
        return session.scalars(select(Duty)).one()


@pytest.mark.parametrize("off", AHEAD)
def test_one_join_by_a_clock_ahead_pulls_no_following_day_into_the_future(
    queue: Queue, off: timedelta
) -> None:
    join(queue, ANA)
    assert join(queue, CAI, NOON + off).number == 1
    for days in range(3):
        join(queue, phone(days), NOON + days * DAY + minutes(1))
    kept = [(TODAY, 2), (TODAY + DAY, 1), (TODAY + 2 * DAY, 1)]
    assert days_of_joins(queue)[2:] == kept


@pytest.mark.parametrize("off", AHEAD)
def test_whom_a_clock_ahead_sent_home_is_back_in_line_once_it_is_right(queue: Queue, off: timedelta) -> None:
    join(queue, ANA), join(queue, BEN)
    day_end = DayEnd()
    day_end.run(NOON + off)
    assert line(queue) == []
    day_end.run(NOON + minutes(1))
    assert line(queue) == [1, 2]
    assert join(queue, CAI, NOON + minutes(2)).number == 3
    assert [kind for _, kind, state in outbox(queue) if state == "waiting" and kind == "day_ended"] == []


@pytest.mark.parametrize("off", AHEAD)
def test_hours_that_a_clock_ahead_has_kept_are_kept_anew(shop_hours: Queue, off: timedelta) -> None:
    openings = Openings()
    openings.run(NOON)
    openings.run(NOON + off + 8 * minutes(60))  # in the evening: it closes
    assert state(shop_hours) == "closed"
    openings.run(NOON + minutes(1))
    assert state(shop_hours) == "open"
    openings.run(NOON + 6 * minutes(60))
    assert state(shop_hours) == "closed"


@pytest.fixture
def shop_hours(queue: Queue) -> Queue:
    give_hours(queue, NOON - DAY, time(9), time(17))
    return queue


@pytest.mark.parametrize("jump", [3 * DAY, 366 * DAY])
def test_a_line_survives_that_the_clock_is_put_ahead(queue: Queue, jump: timedelta) -> None:
    """Be it that it was behind before, or that it is ahead now: they joined a moment ago."""
    join(queue, phone(9), NOON - 10 * minutes(60))  # of the day before
    join(queue, ANA, NOON - minutes(10)), join(queue, BEN, NOON - minutes(5))
    after = NOON + jump
    DayEnd().run(after)
    assert line(queue) == []
    keep_lines_after_jump(jump.total_seconds(), after + timedelta(seconds=1))
    DayEnd().run(after + minutes(1))
    assert line(queue) == [1, 2]
    assert join(queue, CAI, after + minutes(2)).number == 3
    assert [kind for _, kind, _ in outbox(queue)] == ["day_ended"], "of the day before; they never knew"


def test_nobody_is_back_in_a_line_that_closing_time_has_ended_by_a_jump(queue: Queue) -> None:
    give_hours(queue, NOON - DAY, time(22), time(6))
    hour = minutes(60)
    Openings().run(NOON + 10 * hour)
    join(queue, ANA, NOON + 16 * hour)
    jump, after = 2 * hour, NOON + 18 * hour + minutes(1)
    DayEnd().run(after)
    keep_lines_after_jump(jump.total_seconds(), after + timedelta(seconds=1))
    assert (state(queue), line(queue)) == ("closed", [])
    assert ("day_ended", "waiting") in [told[1:] for told in outbox(queue)]


def test_what_cannot_be_undone_waits_while_the_clock_may_be_wrong() -> None:
    times = {"now": 0.0}
    doubt, done = Doubt(monotonic=lambda: times["now"]), []
    job = unless(doubt, done.append)
    job(NOON)
    doubt.note((366 * DAY).total_seconds())
    job(NOON + 366 * DAY)
    assert done == [NOON]
    doubt.note(-(366 * DAY).total_seconds())
    job(NOON + minutes(1))
    assert done == [NOON, NOON + minutes(1)], "put right"
    doubt.note((366 * DAY).total_seconds())
    times["now"] += DAY.total_seconds()
    job(NOON + 367 * DAY)
    assert len(done) == 3, "believed after a day"


def test_three_days_behind_and_then_right_the_days_are_the_real_ones(queue: Queue) -> None:
    join(queue, ANA, NOON - 3 * DAY)
    for days in range(2):
        join(queue, phone(days), NOON + days * DAY)
    assert days_of_joins(queue)[1:] == [(TODAY, 1), (TODAY + DAY, 1)]


def test_a_host_three_days_behind_and_one_that_is_right_give_each_number_once(queue: Queue) -> None:
    for index in range(3):
        join(queue, phone(2 * index), NOON + minutes(index))
        join(queue, phone(2 * index + 1), NOON - 3 * DAY + minutes(index))
    given = days_of_joins(queue)
    assert [number for day, number in given if day == TODAY] == [1, 2, 3]
    assert len(set(given)) == 6


@pytest.mark.parametrize("off", AHEAD)
def test_a_heartbeat_from_the_future_hides_no_dead_clock(business: Business, off: timedelta) -> None:
    transaction(lambda s: record_heartbeat(s, "host:1", NOON + off))
    with reading() as session:
        assert last_seen(session, NOON) is None
    transaction(lambda s: record_heartbeat(s, "host:2", NOON))
    with reading() as session:
        assert last_seen(session, NOON + minutes(1)) == NOON
        assert last_seen(session) == NOON, "the other is gone"
    transaction(lambda s: record_heartbeat(s, "host:3", NOON + CLOCK_GONE_AFTER))
    with reading() as session:
        assert last_seen(session, NOON) == NOON + CLOCK_GONE_AFTER, "by so little hosts differ"


@pytest.mark.parametrize("off", AHEAD)
def test_a_duty_renewed_in_the_future_ends_all_the_same(queue: Queue, rosa: Servicer, off: timedelta) -> None:
    call_next(queue, rosa)
    call_next(queue, rosa, NOON + off)
    Duties().run(NOON + minutes(5))
    ended = duty().ended_at
    assert ended is not None
    assert ended <= NOON + minutes(5)


@pytest.mark.parametrize("off", AHEAD)
def test_the_figures_of_today_are_not_final_because_a_clock_ahead_said_so(
    queue: Queue, rosa: Servicer, off: timedelta
) -> None:
    def store(now: datetime) -> None:
        def work(session: Session) -> None:
            row = row_of_day(session, session.get_one(Queue, queue.id), TODAY, now)
            if row is not None:
                store_day(session, row)

        transaction(work)

    def joined(now: datetime) -> int:
        with reading() as session:
            found = figures_by_day(session, session.get_one(Queue, queue.id), TODAY, TODAY, now)
            return found[TODAY].whole[Count.JOINED]

    join(queue, ANA)
    DayEnd().run(NOON + off)
    store(NOON + off)
    join(queue, BEN, NOON + minutes(1))
    assert joined(NOON + minutes(2)) == 2
    store(NOON + minutes(2))
    assert joined(NOON + 2 * DAY) == 2


@pytest.mark.parametrize("off", AHEAD)
def test_summaries_go_on(business: Business, off: timedelta) -> None:
    ahead = (NOON + off).date()
    transaction(lambda s: s.execute(update(Business).values(summarized_day=ahead, summarized_week=ahead)))
    with reading() as session:
        found = session.get_one(Business, business.id)
        for period in Period:
            assert due_summary_day(found, NOON, period) is not None
        assert due_summary_day(found, NOON + off + minutes(60), Period.DAY) is None


@pytest.mark.parametrize("off", AHEAD)
def test_backups_go_on(business: Business, off: timedelta) -> None:
    transaction(lambda s: record_backup(s, NOON + off))
    assert transaction(lambda s: claim_backup(s, NOON))


@pytest.mark.parametrize("off", AHEAD)
def test_a_number_held_by_a_clock_ahead_is_tried_again(business: Business, off: timedelta) -> None:
    transaction(lambda s: s.execute(update(OurNumber).values(held_at=NOON + off, probe_after=NOON + off)))
    transaction(lambda s: bring_forward(s, NOON))
    with reading() as session:
        assert session.scalars(select(OurNumber.probe_after)).one() == NOON


@pytest.mark.parametrize("off", AHEAD)
def test_waits_are_worked_out_again(queue: Queue, rosa: Servicer, off: timedelta) -> None:
    estimates = Estimates()
    join(queue, ANA)
    estimates.run(NOON)
    join(queue, BEN, NOON + off)
    estimates.run(NOON + off)
    call_next(queue, rosa, NOON + minutes(1))
    for minute in range(1, 4):
        join(queue, phone(minute), NOON + minutes(minute))
        estimates.run(NOON + minutes(minute))
    with reading() as session:
        stored = session.scalars(select(QueueWaits)).one()
    assert stored.computed_at == NOON + minutes(3)
    assert stored.state == WaitState.OK
    assert stored.curve[0][0] < 60, "minutes, not days"
