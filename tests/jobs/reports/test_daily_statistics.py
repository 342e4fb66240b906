"""The clock keeps the stored rows right: yesterday's, those of an outage, those of an imported history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from jobs.reports import daily_statistics
from jobs.reports.daily_statistics import DailyStatistics
from models.history.records import Record
from models.history.tickets import History, import_records
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.statistics.daily import DayFigures, QueueDay, delete_days
from models.statistics.distributions import Count
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.world import ANA, BEN, NOON, call_next, change, join, minutes, phone

TODAY = date(2026, 3, 10)
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)


def rows() -> dict[date, tuple[int, bool]]:
    with reading() as session:
        found = session.scalars(select(QueueDay).order_by(QueueDay.day))
        days = [
            (row.day, DayFigures.from_json(row.figures).whole[Count.JOINED], row.is_final) for row in found
        ]
    return {day: (joined, is_final) for day, joined, is_final in days if joined}


def stored_days() -> list[date]:
    with reading() as session:
        return list(session.scalars(select(QueueDay.day).order_by(QueueDay.day)))


def test_a_day_is_counted_once_some_hours_after_its_end(db: Database, queue: Queue, rosa: Servicer) -> None:
    clock = DailyStatistics()
    clock.run(NOON)
    assert stored_days() == []
    join(queue, ANA, NOON)
    clock.run(NOON + minutes(1))
    assert stored_days() == [TODAY]
    join(queue, BEN, NOON + minutes(2))
    for number in (1, 2):
        call_next(queue, rosa, NOON + minutes(3 * number))
        change(number, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=NOON + minutes(9)))
    clock.run(NOON + minutes(10))
    assert rows() == {}  # whoever asks counts them
    clock.run(NOON + A_DAY)
    assert rows() == {TODAY: (2, True)}


def test_a_report_that_comes_late_is_counted(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON + minutes(5))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=NOON + minutes(9)))
    _report(TextState.SENT)
    clock, started = DailyStatistics(), NOON + 3 * A_DAY  # after a weekend
    clock.run(started)
    assert _texts() == (1, 0)
    _report(TextState.DELIVERED)
    clock.run(started + AN_HOUR)
    assert _texts() == (1, 1)


def _report(state: TextState) -> None:
    transaction(lambda session: session.execute(update(OutboundMessage).values(state=state)))


def _texts() -> tuple[int, int]:
    """The texts sent and delivered, of the stored day."""
    with reading() as session:
        texts = DayFigures.from_json(session.scalars(select(QueueDay.figures)).one()).texts
    return texts.sent, texts.delivered


def test_rebuilding_gives_the_same_rows(db: Database, queue: Queue, rosa: Servicer) -> None:
    for days in range(3):
        join(queue, phone(days), NOON + days * A_DAY)
    DailyStatistics().run(NOON + 3 * A_DAY)

    def figures() -> list[tuple[date, dict[str, object], bool]]:
        with reading() as session:
            found = session.scalars(select(QueueDay).order_by(QueueDay.day))
            return [(row.day, row.figures, row.is_final) for row in found]

    before = figures()
    assert [day for day, *_ in before] == [TODAY + days * A_DAY for days in range(3)]
    transaction(lambda session: session.execute(delete(QueueDay)))
    DailyStatistics().run(NOON + 3 * A_DAY)
    assert figures() == before


def test_no_day_is_counted_twice_in_a_run(
    db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(3):
        join(queue, phone(days), NOON + days * A_DAY)
    counted: list[date] = []

    def count(session: Session, queue: Queue, day: date, now: datetime) -> None:
        counted.append(day)

    monkeypatch.setattr(daily_statistics, "row_of_day", count)
    DailyStatistics().run(NOON + 3 * A_DAY)
    assert sorted(counted) == [TODAY + days * A_DAY for days in range(4)]


def test_days_of_an_outage_are_caught_up_a_few_at_a_time(db: Database, queue: Queue, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(daily_statistics, "MOST_DAYS_AT_ONCE", 2)
    for days in range(5):
        join(queue, phone(days), NOON + days * A_DAY)
    clock, now = DailyStatistics(), NOON + 9 * A_DAY
    counts = []
    for job in range(4):
        clock.run(now + minutes(job))
        counts.append(len(rows()))
    assert counts == [2, 4, 5, 5]


def test_an_imported_history_gets_its_rows_and_corrects_those_there_are(db: Database, queue: Queue) -> None:
    clock = DailyStatistics()
    join(queue, ANA, NOON)
    clock.run(NOON + 2 * A_DAY)
    assert rows() == {TODAY: (1, False)}
    transaction(lambda session: session.execute(QueueDay.__table__.update().values(is_final=True)))
    past = [_served(1, NOON - 20 * A_DAY), _served(7, NOON)]

    def work(session):  # type: ignore[no-untyped-def]
        locked = Queue.lock(session, queue.id)
        return import_records(session, locked, History.of(locked.business, past), now=NOON + 2 * A_DAY)

    assert transaction(work).new == 2
    clock.run(NOON + 2 * A_DAY + AN_HOUR)
    assert rows() == {TODAY - 20 * A_DAY: (1, True), TODAY: (2, False)}


def test_forgetting_rows_touches_no_other_days(db: Database, queue: Queue) -> None:
    for days in range(3):
        join(queue, phone(days), NOON + days * A_DAY)
    DailyStatistics().run(NOON + 3 * A_DAY)
    transaction(lambda session: delete_days(session, queue.id, TODAY + A_DAY, TODAY + A_DAY))
    assert list(rows()) == [TODAY, TODAY + 2 * A_DAY]


def test_a_business_that_changes_its_clocks_keeps_its_days(db: Database, queue: Queue) -> None:
    before, after = (datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (2, 3))  # the day starts at 3
    join(queue, ANA, before), join(queue, BEN, after)
    DailyStatistics().run(after + AN_HOUR)
    assert stored_days() == [date(2026, 3, 28), date(2026, 3, 29)]


def _served(number: int, at: datetime) -> Record:
    return Record(
        number=number,
        joined_at=at,
        called_at=at + minutes(5),
        started_at=None,
        ended_at=at + minutes(9),
        outcome=TicketState.SERVED,
        servicer=None,
        party=None,
        line=number + 1,
    )
