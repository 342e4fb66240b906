"""WHEN before leaving home: the wait now, the quietest time left today, the last safe time to join."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.reply_kinds import ReplyKind
from jobs.reports.daily_statistics import DailyStatistics
from models.history.records import Record
from models.history.tickets import History, import_records
from models.people.business import Business
from models.queueing.hours.opening_hours import set_holiday, set_hours
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.forecasts.day_tallies import DayTally, delete_tallies, store_tally
from models.statistics.forecasts.quarters import Quarter, Quarters
from models.storage.database import Database, transaction
from models.texts.daily_allowance import allowance
from tests.bot.stage import close, count, each_takes
from tests.bot.transcript import play, text_in
from tests.models.statistics.forecasts.made_days import day_of
from tests.one_database import on_sqlite
from tests.world import ANA, BEN, NOON, join, make_queue, minutes

A_WEEK = timedelta(weeks=1)
TUESDAYS = [NOON - weeks * A_WEEK for weeks in range(8, 0, -1)]


def came_on(queue: Queue, days: Iterable[datetime], *, quiet: range = range(15, 17)) -> None:
    """On these days somebody came each quarter hour from 9 to 18, and was called after 25 minutes, in quiet
    hours after 5; the clock has tallied it."""
    records = []
    for day in days:
        for number, quarter in enumerate(range(9 * 4, 18 * 4), start=1):
            at = day - timedelta(hours=12) + minutes(15 * quarter)
            called = at + minutes(5 if at.hour in quiet else 25)
            served = (called, called, called + minutes(6), TicketState.SERVED, None, None)
            records.append(Record(number, at, *served, line=len(records) + 2))

    def work(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        import_records(session, locked, History.of(locked.business, records), now=NOON)

    transaction(work)
    DailyStatistics().run(NOON)


def tallied(queue: Queue, days: Iterable[datetime], tally: Quarters | None = None) -> None:
    """As if such days had come and gone; else with a quiet time from 15 to 17."""

    def work(session: Session) -> None:
        for day in days:
            store_tally(session, queue.id, day.date(), tally or day_of())

    transaction(work)


def test_the_quiet_afternoon_of_eight_weeks_is_named_and_no_number_is_taken(queue: Queue) -> None:
    came_on(queue, TUESDAYS)
    each_takes(5, queue)
    tickets = count(Ticket)
    play("""
        > WHEN CET236
        < Haircuts: The wait is about 2-8 min. Quietest today: 15:00 to 17:00, usually under 5 min (8 of 8 Tuesdays). Last safe time to join: 17:45 (8 of 8). Text CET236 to take a number.
        > ¿cuándo debo venir?
        < Haircuts: Espera de unos 2-8 min. Lo mas tranquilo hoy: de las 15:00 a las 17:00, normalmente menos de 5 min (8 de 8 martes). Ultima hora segura para pedir numero: las 17:45 (8 de 8). Para pedir numero, envie CET236.
    """)  # noqa: E501
    assert count(Ticket) == tickets


@pytest.mark.parametrize("days", [TUESDAYS[-2:], [day + timedelta(days=1) for day in TUESDAYS]])
def test_from_two_tuesdays_or_from_other_days_only_the_wait_now_is_told(
    queue: Queue, days: list[datetime]
) -> None:
    tallied(queue, days)
    each_takes(5, queue)
    assert text_in("WHEN").text == "Haircuts: The wait is about 2-8 min. Text CET236 to take a number."


def test_a_holiday_is_like_no_other_tuesday(queue: Queue) -> None:
    tallied(queue, TUESDAYS[-3:])
    assert "3 of 3 Tuesdays" in (text_in("when is it quiet?").text or "")
    transaction(lambda s: set_holiday(s, queue.business_id, TUESDAYS[-1].date(), "Feast"))
    assert "Tuesdays" not in (text_in("when is it quiet?").text or "")


def test_nothing_is_told_of_a_day_on_which_it_stays_closed(queue: Queue) -> None:
    tallied(queue, TUESDAYS)
    hours = (time(9), time(16))
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), [0, 1], hours, now=NOON))
    assert "Last safe time to join: 15:45" in (text_in("WHEN").text or "")
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), [1], None, now=NOON))
    close(queue)
    assert text_in("WHEN").text == "Haircuts: closed right now. It opens on Monday at 09:00."


@on_sqlite
def test_a_queue_closed_early_by_hand_tells_only_when_it_opens(queue: Queue) -> None:
    tallied(queue, TUESDAYS)
    close(queue)
    assert text_in("WHEN").text == "Haircuts: closed right now."
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), range(5), (time(9), time(18)), now=NOON))
    assert text_in("WHEN").text == "Haircuts: closed right now. It opens tomorrow at 09:00."


@on_sqlite
def test_a_queue_that_is_to_open_tells_times_after_that(queue: Queue) -> None:
    tallied(queue, TUESDAYS)
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), range(5), (time(16), time(18)), now=NOON))
    close(queue)
    told = text_in("WHEN").text or ""
    assert "It opens today at 16:00. Quietest today: 16:00 to 17:00" in told
    assert "Last safe time to join: 17:45" in told


@on_sqlite
@pytest.mark.parametrize(("minute", "told"), [(-1, "12:00"), (0, "now"), (10, "now"), (15, None)])
def test_a_last_safe_time_that_has_begun_is_now_and_one_that_is_over_is_not_told(
    queue: Queue, minute: int, told: str | None
) -> None:
    too_late = {number: Quarter(joined=2, on_duty=1, unserved=2) for number in range(12 * 4 + 1, 18 * 4)}
    tallied(queue, TUESDAYS, day_of() | too_late)
    said = text_in("WHEN", now=NOON + minutes(minute)).text or ""
    assert ("Last safe time to join: " in said) == (told is not None)
    assert told is None or f"Last safe time to join: {told} (8 of 8 Tuesdays)." in said


@on_sqlite
def test_nobody_is_sent_now_into_a_line_that_is_full(queue: Queue) -> None:
    tallied(queue, TUESDAYS, day_of() | {number: Quarter(unserved=2) for number in range(12 * 4 + 1, 18 * 4)})
    join(queue, ANA)
    transaction(lambda s: setattr(Queue.lock(s, queue.id), "capacity", 1))
    assert text_in("WHEN", BEN).text == "Haircuts: the line is full right now."


def test_no_quiet_time_is_told_that_would_be_too_late(queue: Queue) -> None:
    def work(session: Session) -> None:
        for day in TUESDAYS:
            store_tally(session, queue.id, day.date(), day_of(first=16, end=18, unserved=1))

    transaction(work)
    told = text_in("WHEN").text or ""
    assert "Quietest today: 16:00 to 17:15" in told
    assert "Last safe time to join: 17:15" in told


def test_somebody_in_line_who_asks_when_is_told_their_place(queue: Queue) -> None:
    join(queue, ANA)
    assert text_in("when?").kind == ReplyKind.STATUS
    assert text_in("WHEN CET236").kind == ReplyKind.WHEN


def test_with_several_queues_we_ask_which(business: Business, queue: Queue) -> None:
    make_queue(business, "SHAVE", name="Shaves")
    reply = text_in("when should I come?")
    assert reply.text == "For which line? Text WHEN CET236 for Haircuts or WHEN SHAVE for Shaves."
    assert text_in("WHEN SHAVE").kind == ReplyKind.WHEN


def test_it_counts_in_the_days_limit(business: Business, queue: Queue) -> None:
    text_in("WHEN")
    text_in("STATUS")
    assert transaction(lambda s: allowance(s, s.get_one(Business, business.id), NOON).sent) == 1


def test_an_imported_day_is_tallied_anew(db: Database, queue: Queue) -> None:
    came_on(queue, TUESDAYS[-1:])
    assert count(DayTally) == 1
    day: date = TUESDAYS[-1].date()
    transaction(lambda s: delete_tallies(s, queue.id, day, day))
    DailyStatistics().run(NOON)
    assert count(DayTally) == 1
