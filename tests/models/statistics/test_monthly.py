"""Stored months equal the figures from events; a month of which a day has changed is invalid."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from jobs.reports.daily_statistics import DailyStatistics
from models.history.records import Record
from models.history.tickets import History, import_records
from models.people.actors import By
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.as_json import span_as_json
from models.statistics.daily import QueueDay
from models.statistics.distributions import Count
from models.statistics.monthly import QueueMonth, row_of_month, store_month
from models.statistics.span import span_of
from models.storage.database import Database, database, reading, transaction
from tests.one_database import on_both
from tests.world import NOON, call_next, join, minutes, phone, statements

A_DAY = timedelta(days=1)
FIRST = date(2026, 3, 10)  # the day of NOON
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
DAYS = (0, 1, 6, 18, 21, 22, 27, 50)  # after the first; 18 days on the clocks change
LATER = NOON + 100 * A_DAY
SPANS = [
    (None, None),
    (date(2026, 1, 1), date(2026, 12, 31)),
    (date(2026, 1, 1), date(2026, 3, 31)),
    (date(2026, 4, 1), date(2026, 6, 30)),
    (date(2026, 3, 30), date(2026, 4, 5)),
    (date(2026, 3, 11), date(2026, 4, 30)),
    (date(2026, 3, 1), date(2026, 4, 29)),
]


@pytest.fixture
def spring(db: Database, queue: Queue, rosa: Servicer) -> Queue:
    """Days of March and April with three guests each: one is served, two give up."""
    for days in DAYS:
        a_day(queue, rosa, days)
    return queue


def a_day(queue: Queue, rosa: Servicer, days: int) -> None:
    now = NOON + days * A_DAY
    for guest in range(3):
        join(queue, phone(10 * days + guest), now + minutes(guest) + timedelta(microseconds=days + 1))
    call_next(queue, rosa, now + minutes(3 + days % 7))
    transaction(lambda session: end_all(session, now + minutes(17)))


def end_all(session: Session, now: datetime) -> None:
    live = select(Ticket.id).where(Ticket.ended_at.is_(None)).order_by(Ticket.id)
    for ticket_id in session.scalars(live).all():
        ticket = Ticket.lock(session, ticket_id)
        assert ticket is not None
        if ticket.state == TicketState.CALLED:
            ending.finish(session, ticket, by=By.clock(), now=now)
        else:
            ending.leave(session, ticket, by=By.customer(), now=now + minutes(ticket.number))


def told(queue: Queue, first: date | None = None, last: date | None = None) -> Any:
    """The complete JSON for these days."""
    with reading() as session:
        span = span_of(session, [session.get_one(Queue, queue.id)], first, last, LATER)
        return json.loads(json.dumps(span_as_json(session, span)))


def months() -> list[date]:
    with reading() as session:
        return list(session.scalars(select(QueueMonth.month).order_by(QueueMonth.month)))


def kept() -> list[tuple[date, dict[str, Any], bytes]]:
    with reading() as session:
        found = session.scalars(select(QueueMonth).order_by(QueueMonth.month))
        return [(row.month, row.figures, row.durations) for row in found]


def import_one(queue: Queue, at: datetime) -> None:
    record = Record(
        number=77,
        joined_at=at,
        called_at=at + minutes(5),
        started_at=None,
        ended_at=at + minutes(9),
        outcome=TicketState.SERVED,
        servicer=None,
        party=None,
        line=2,
    )

    def work(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        import_records(session, locked, History.of(locked.business, [record]), now=LATER)

    transaction(work)


def test_any_span_is_the_same_from_months_from_days_and_from_events(spring: Queue) -> None:
    from_events = [told(spring, *span) for span in SPANS]
    assert from_events[0]["joined"] == 3 * len(DAYS)
    DailyStatistics().run(LATER)
    assert months() == [MARCH, APRIL]
    from_months = [told(spring, *span) for span in SPANS]
    assert from_months == from_events
    transaction(lambda session: session.execute(delete(QueueMonth)))
    assert [told(spring, *span) for span in SPANS] == from_events


def test_months_that_grew_with_the_days_are_those_made_at_once(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    clock = DailyStatistics()
    for days in (0, 1, 20, 22, 52):
        now = NOON + days * A_DAY
        a_day(queue, rosa, days)
        clock.run(now + minutes(18)), clock.run(now + timedelta(hours=23))
    clock.run(LATER)
    grown = kept()
    assert [month for month, *_ in grown] == [MARCH, APRIL, date(2026, 5, 1)]
    transaction(lambda session: (session.execute(delete(QueueMonth)), session.execute(delete(QueueDay))))
    DailyStatistics().run(LATER)
    assert kept() == grown


def test_a_month_is_kept_when_nothing_of_it_can_change_any_more(spring: Queue, rosa: Servicer) -> None:
    DailyStatistics().run(NOON + 21 * A_DAY)  # the last day of March
    assert months() == []
    join(spring, phone(999), NOON + 50 * A_DAY)  # in April, and waits on
    DailyStatistics().run(LATER)
    assert months() == [MARCH]
    transaction(lambda session: end_all(session, LATER))
    DailyStatistics().run(LATER + A_DAY)
    assert months() == [MARCH, APRIL]


def test_a_history_that_is_taken_in_is_in_the_figures_at_once(spring: Queue) -> None:
    clock = DailyStatistics()
    clock.run(LATER)
    before = told(spring)
    import_one(spring, NOON + 4 * A_DAY)  # a day of March on which nobody had come
    assert months() == [APRIL]
    assert told(spring)["joined"] == before["joined"] + 1
    clock.run(LATER + 2 * A_DAY)
    assert months() == [MARCH, APRIL]
    assert told(spring)["served"] == before["served"] + 1


def test_a_month_read_before_a_history_was_taken_in_is_not_kept(spring: Queue) -> None:
    DailyStatistics().run(LATER)
    with reading() as session:
        row = row_of_month(session, spring.id, MARCH)
    assert row is not None
    import_one(spring, NOON + 4 * A_DAY)
    assert transaction(lambda session: store_month(session, row)) is False
    assert months() == [APRIL]


@on_both
def test_a_past_day_that_is_another_makes_its_month_worth_nothing(spring: Queue) -> None:
    clock = DailyStatistics()
    clock.run(LATER)
    right = told(spring)
    wrong = kept()[0][1] | {"gave_up": []}
    transaction(lambda session: session.execute(update(QueueMonth).values(figures=wrong)))
    assert told(spring) != right  # the months are what is read
    later = update(QueueDay).where(QueueDay.day.in_([FIRST, APRIL]))
    transaction(lambda session: session.execute(later.values(computed_at=LATER + minutes(1))))
    assert told(spring) == right
    clock.run(LATER + A_DAY)
    assert months() == [MARCH, APRIL]
    assert told(spring) == right


def test_a_day_that_may_change_again_makes_its_month_worth_nothing(spring: Queue) -> None:
    DailyStatistics().run(LATER)
    transaction(lambda session: session.execute(update(QueueMonth).values(figures={})))
    transaction(lambda session: session.execute(update(QueueDay).values(is_final=False)))
    assert told(spring)["joined"] == 3 * len(DAYS)


@on_both
def test_to_forget_a_customer_changes_no_figure(spring: Queue) -> None:
    DailyStatistics().run(LATER)
    before, months_before = told(spring), kept()

    def work(session: Session) -> None:
        for customer in session.scalars(select(Customer)):
            forget(session, customer, by=By.clock(), now=LATER)

    transaction(work)
    transaction(lambda session: (session.execute(delete(QueueMonth)), session.execute(delete(QueueDay))))
    assert told(spring) == before
    DailyStatistics().run(LATER + A_DAY)
    assert kept() == months_before


def test_a_year_of_months_reads_no_days_figures_but_of_the_month_that_is_not_over(
    spring: Queue, rosa: Servicer
) -> None:
    a_day(spring, rosa, 54)
    now = NOON + 55 * A_DAY  # a day of May
    DailyStatistics().run(now)
    assert months() == [MARCH, APRIL]
    with reading() as session, statements(database()) as asked:
        queue = session.get_one(Queue, spring.id)
        asked.clear()
        span = span_of(session, [queue], date(2026, 1, 1), date(2026, 12, 31), now)
    assert span.whole[Count.JOINED] == 3 * len(DAYS) + 3
    of_days = [statement for statement in asked if "queue_days.figures" in statement]
    assert len(of_days) == 2  # before March and after April
    assert len(asked) <= 21
