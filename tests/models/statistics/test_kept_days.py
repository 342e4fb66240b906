"""Rows of days are written when something has changed, become final, and change no figure."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import UNDONE
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import (
    DayFigures,
    days_to_count_again,
    days_to_refresh,
    days_without_row,
    figures_by_day,
    row_of_day,
    store_day,
)
from models.statistics.distributions import Count
from models.statistics.span import span_of
from models.storage.database import Database, reading, transaction
from tests.models.statistics.day_rows import (
    A_DAY,
    LATER,
    TODAY,
    figures,
    finish,
    joined_in,
    leave,
    refresh,
    stored,
)
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, join, make_queue, minutes, phone


def test_a_row_is_written_when_something_has_changed(db: Database, queue: Queue) -> None:
    assert not refresh(queue, TODAY, NOON + A_DAY)  # nobody came: no row
    join(queue, ANA, NOON)
    leave(queue, 1)
    assert refresh(queue, TODAY, NOON + A_DAY)
    assert not refresh(queue, TODAY, NOON + A_DAY + minutes(1))
    join(queue, BEN, NOON + minutes(1))
    assert refresh(queue, TODAY, NOON + A_DAY + minutes(2))
    assert joined_in(stored(queue)[TODAY]) == 2


def test_the_row_of_today_has_no_figures_yet_and_who_asks_gets_them(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    assert not refresh(queue, TODAY, NOON)  # nobody yet: no row
    join(queue, ANA, NOON), join(queue, BEN, NOON)
    call_next(queue, rosa, NOON)
    assert refresh(queue, TODAY, NOON)
    finish(queue, 1, NOON + minutes(5))
    assert not refresh(queue, TODAY, NOON + minutes(6))
    row = stored(queue)[TODAY]
    assert (row.is_final, joined_in(row)) == (False, 0)
    whole = figures(queue).whole
    assert (whole[Count.JOINED], whole[Count.SERVED]) == (2, 1)


def test_a_row_is_final_once_the_day_is_settled(db: Database, business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA, NOON), join(queue, BEN, NOON)
    end = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
    call_next(queue, rosa, NOON)
    finish(queue, 1, NOON + minutes(5))
    refresh(queue, TODAY, end + timedelta(hours=7))
    assert not stored(queue)[TODAY].is_final  # Ben still waits
    with reading() as session:
        assert TODAY in days_to_refresh(session, queue.id, TODAY + 5 * A_DAY, NOON + 5 * A_DAY)
    call_next(queue, rosa, end + timedelta(hours=8))
    finish(queue, 2, end + timedelta(hours=9))
    refresh(queue, TODAY, end + timedelta(hours=10))
    assert not stored(queue)[TODAY].is_final  # a press can be taken back, a rating may come
    refresh(queue, TODAY, end + timedelta(hours=15))
    row = stored(queue)[TODAY]
    assert (row.is_final, DayFigures.from_json(row.figures).whole[Count.SERVED]) == (True, 2)
    with reading() as session:
        assert days_to_refresh(session, queue.id, TODAY + A_DAY, end + timedelta(hours=16)) == [TODAY + A_DAY]
        assert TODAY not in days_to_refresh(session, queue.id, TODAY + 5 * A_DAY, NOON + 5 * A_DAY)
        assert days_to_count_again(session, queue.id, TODAY + A_DAY, end + timedelta(hours=16)) == [TODAY]
        assert days_to_count_again(session, queue.id, TODAY + 5 * A_DAY, NOON + 5 * A_DAY) == []


@on_both
def test_a_day_of_work_left_from_the_day_before_has_a_row_while_it_is_today(
    db: Database, business: Business, rosa: Servicer
) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON)
    tomorrow = TODAY + A_DAY
    assert refresh(queue, tomorrow, NOON + A_DAY)
    assert not refresh(queue, tomorrow, NOON + A_DAY + minutes(1))
    finish(queue, 1, NOON + A_DAY + minutes(2))
    with reading() as session:  # the clock was off for weeks
        mine = session.get_one(Queue, queue.id)
        assert tomorrow in days_to_refresh(session, queue.id, TODAY + 40 * A_DAY, NOON + 40 * A_DAY)
        assert figures_by_day(session, mine, None, None, NOON + 40 * A_DAY)[tomorrow].duties


def test_what_another_clock_computed_later_is_not_overwritten(db: Database, queue: Queue) -> None:
    join(queue, ANA, NOON)
    with reading() as session:
        early = row_of_day(session, session.get_one(Queue, queue.id), TODAY, NOON + A_DAY)
    join(queue, BEN, NOON)
    assert refresh(queue, TODAY, NOON + A_DAY + minutes(1))
    assert early is not None
    transaction(lambda session: store_day(session, early))
    assert joined_in(stored(queue)[TODAY]) == 2


def test_days_that_have_tickets_and_no_row_are_found(db: Database, business: Business, queue: Queue) -> None:
    for days in (0, 2, 3, 40):
        join(queue, phone(days), NOON + days * A_DAY)
    join(make_queue(business, "OTHER"), ANA, NOON + A_DAY)
    refresh(queue, TODAY + 2 * A_DAY, NOON + 2 * A_DAY)
    with reading() as session:
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY + 40 * A_DAY) == [
            TODAY + 3 * A_DAY,
            TODAY,
        ]
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY) == []


def test_figures_by_day_are_the_same_with_and_without_rows(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    for days in range(4):
        now = NOON + days * A_DAY
        join(queue, phone(days), now), call_next(queue, rosa, now + minutes(days))
        finish(queue, 1, now + minutes(9)) if days == 0 else _finish_last(queue, now + minutes(9))
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        without = figures_by_day(session, mine, None, None, LATER)
    for days in range(3):
        refresh(queue, TODAY + days * A_DAY, NOON + 9 * A_DAY)
    assert all(row.is_final for row in stored(queue).values())
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        assert figures_by_day(session, mine, None, None, LATER) == without
        first, last = TODAY + A_DAY, TODAY + 2 * A_DAY
        assert list(figures_by_day(session, mine, first, last, LATER)) == [first, last]
        span = span_of(session, [mine], None, None, LATER)
    assert span.whole[Count.JOINED] == sum(day.whole[Count.JOINED] for day in without.values()) == 4


def _finish_last(queue: Queue, now: datetime) -> None:
    def work(session: Session) -> None:
        last = session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()
        assert last is not None
        ticket = Ticket.lock(session, last)
        assert ticket is not None
        ending.finish(session, ticket, by=By.clock(), now=now)

    transaction(work)


@on_both
def test_a_day_of_which_everything_was_undone_has_a_row_and_is_no_day_of_the_figures(
    db: Database, queue: Queue
) -> None:
    join(queue, ANA, NOON)
    leave(queue, 1, UNDONE)
    assert refresh(queue, TODAY, LATER)
    assert stored(queue)[TODAY].is_final
    assert figures(queue).is_empty
    with reading() as session:
        assert days_without_row(session, session.get_one(Queue, queue.id), TODAY + A_DAY) == []
