"""The forecast of a queue's next open day: made, scored by what came, and not told where it was wrong."""

from collections.abc import Iterable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.mails import word_summary
from jobs.reports.daily_statistics import DailyStatistics
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import set_holiday, set_hours
from models.queueing.tables.queues import Queue
from models.statistics.forecasts.arrivals import DayCount
from models.statistics.forecasts.day_forecasts import DayForecast, Score, forecast_told, score_of
from models.statistics.forecasts.day_tallies import store_tally
from models.statistics.summary import summary_of
from models.storage.database import Database, reading, transaction
from tests.models.statistics.forecasts.made_weeks import as_quarters, weeks
from tests.one_database import on_both, on_sqlite
from tests.world import NOON

TODAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 11)
A_DAY = timedelta(days=1)


@pytest.fixture
def known(queue: Queue) -> Queue:
    """Eight weeks have come and gone, up to yesterday."""
    tallied(queue, [day for day in weeks(10) if TODAY - 56 * A_DAY <= day.day < TODAY])
    return queue


def tallied(queue: Queue, days: list[DayCount]) -> None:
    def work(session: Session) -> None:
        for day in days:
            store_tally(session, queue.id, day.day, as_quarters(day))

    transaction(work)


def forecasts() -> dict[date, DayForecast]:
    with reading() as session:
        return {each.day: each for each in session.scalars(select(DayForecast))}


def test_tomorrow_is_told_in_the_evenings_mail_with_how_many_are_needed(known: Queue, rosa: Servicer) -> None:
    DailyStatistics().run(NOON)
    with reading() as session:
        business = session.get_one(Queue, known.id).business
        facts = summary_of(session, business, TODAY, NOON).mail_facts() | {"business": "Lopes <& Co>"}
    mail = word_summary(facts, "en", public_url="https://queue.example.com")
    told = forecasts()[TOMORROW]
    assert f"Wednesday 11: {told.low} to {told.high} people are likely to come, " in mail.text
    assert "of them between 12:00 and 13:00. With 1 servicer" in mail.text
    assert "nine in ten wait no more than 15 min" in mail.text
    assert "people are likely to come" in mail.html


def test_the_next_day_is_the_next_one_that_is_open(known: Queue) -> None:
    _opens_on(known, range(6))
    for day in (TOMORROW, TOMORROW + A_DAY):
        transaction(lambda s, day=day: set_holiday(s, known.business_id, day, "Feast"))  # type: ignore[misc]
    DailyStatistics().run(NOON)
    assert list(forecasts()) == [date(2026, 3, 13)]


def test_two_weeks_say_nothing_of_tomorrow(queue: Queue) -> None:
    tallied(queue, [day for day in weeks(10) if TODAY - 14 * A_DAY <= day.day < TODAY])
    DailyStatistics().run(NOON)
    assert forecasts() == {}


@on_both
def test_each_day_it_is_scored_against_what_came(known: Queue) -> None:
    DailyStatistics().run(NOON)
    tallied(known, [DayCount(TOMORROW, {9: 500})])
    DailyStatistics().run(NOON + 2 * A_DAY)
    assert forecasts()[TOMORROW].came == 500
    with reading() as session:
        told = forecast_told(session, session.get_one(Queue, known.id), TODAY + 2 * A_DAY)
    assert told is not None
    assert told.score == Score(0, 1)


@on_sqlite
@pytest.mark.parametrize("has_hours", [True, False])
def test_a_day_that_has_become_a_holiday_is_not_told_nor_scored(known: Queue, has_hours: bool) -> None:
    if has_hours:
        _opens_on(known, range(6))
    DailyStatistics().run(NOON)
    assert told_after(known, TODAY) == TOMORROW
    transaction(lambda s: set_holiday(s, known.business_id, TOMORROW, "Feast"))
    assert told_after(known, TODAY) is None
    tallied(known, [DayCount(TOMORROW, {})])
    DailyStatistics().run(NOON + 2 * A_DAY)
    assert TOMORROW not in forecasts()


@on_sqlite
def test_a_day_on_which_it_opens_no_more_is_not_told_but_the_next_one_is(known: Queue) -> None:
    _opens_on(known, range(6))
    DailyStatistics().run(NOON)
    transaction(lambda s: set_hours(s, Queue.lock(s, known.id), [TOMORROW.weekday()], None, now=NOON))
    assert told_after(known, TODAY) is None
    DailyStatistics().run(NOON)
    assert told_after(known, TODAY) == TOMORROW + A_DAY


@on_sqlite
def test_a_day_that_nobody_worked_was_neither_right_nor_wrong(known: Queue) -> None:
    DailyStatistics().run(NOON)
    tallied(known, [DayCount(TOMORROW, {})])
    DailyStatistics().run(NOON + 2 * A_DAY)
    assert TOMORROW not in forecasts()


@on_sqlite
def test_a_scored_day_that_is_noted_as_a_holiday_later_counts_no_more(known: Queue) -> None:
    _wrong(known, 2)
    transaction(lambda s: set_holiday(s, known.business_id, TODAY - A_DAY, "Feast"))
    with reading() as session:
        assert score_of(session, known.id, TODAY) == Score(0, 1)


def test_where_it_was_wrong_too_often_it_is_not_told(known: Queue) -> None:
    DailyStatistics().run(NOON)
    _wrong(known, 5)
    with reading() as session:
        business = session.get_one(Queue, known.id).business
        assert summary_of(session, business, TODAY, NOON).mail_facts()["next_days"] == []


@pytest.mark.parametrize(
    ("right", "of", "is_good"), [(0, 4, True), (2, 5, False), (3, 5, True), (5, 10, False)]
)
def test_three_of_five_must_have_been_right(right: int, of: int, is_good: bool) -> None:
    assert Score(right, of).is_good == is_good


@on_both
def test_it_is_made_anew_only_from_newer_tallies_and_old_ones_are_deleted(db: Database, known: Queue) -> None:
    DailyStatistics().run(NOON)
    first = forecasts()[TOMORROW].facts
    tallied(known, [DayCount(TODAY - 7 * A_DAY, {9: 1})])
    DailyStatistics().run(NOON)
    assert forecasts()[TOMORROW].facts == first
    DailyStatistics().run(NOON + 70 * A_DAY)
    assert TOMORROW not in forecasts()


def told_after(queue: Queue, day: date) -> date | None:
    with reading() as session:
        told = forecast_told(session, session.get_one(Queue, queue.id), day)
        return told and told.day


def _opens_on(queue: Queue, weekdays: Iterable[int]) -> None:
    hours = (time(9), time(18))
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), weekdays, hours, now=NOON))


def _wrong(queue: Queue, days: int) -> None:
    def work(session: Session) -> None:
        for back in range(1, days + 1):
            values = {"made_from": TODAY, "low": 1, "high": 2, "facts": {}, "came": 9}
            session.add(DayForecast(queue_id=queue.id, day=TODAY - back * A_DAY, **values))

    transaction(work)
