"""Somebody who texts a closed queue reads when it opens, where its hours say so."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.customers import Customer
from models.queueing.hours.opening_hours import Holiday, set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.bot.stage import close
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON

CLOSED = "Sorry, Haircuts is closed right now."


def give_hours(queue: Queue, weekdays: tuple[int, ...] = EVERY_DAY, opens: time = time(9)) -> None:
    hours = opens, time(17)
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), weekdays, hours, now=NOON))


def said(word: str = "CET236", hours: int = 8) -> str:
    """At eight in the evening of a Tuesday, unless said otherwise."""
    reply = text_in(word, now=NOON + timedelta(hours=hours)).text
    assert reply is not None
    return reply


@pytest.mark.parametrize("word", ["CET236", "JOIN"])
def test_the_reply_says_that_it_opens_tomorrow(db: Database, queue: Queue, word: str) -> None:
    give_hours(queue), close(queue)
    assert said(word) == f"{CLOSED} It opens tomorrow at 09:00."


def test_a_business_in_the_united_states_says_am(db: Database, business: Business, queue: Queue) -> None:
    transaction(lambda s: setattr(s.get_one(Business, business.id), "timezone", "America/New_York"))
    give_hours(queue), close(queue)
    assert said(hours=0).endswith(" at 9 AM.")


def test_it_opens_later_today(db: Database, queue: Queue) -> None:
    give_hours(queue, opens=time(15, 30)), close(queue)
    assert said(hours=0) == f"{CLOSED} It opens today at 15:30."


def test_it_opens_on_a_weekday_after_a_holiday(db: Database, business: Business, queue: Queue) -> None:
    give_hours(queue), close(queue)
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=date(2026, 3, 11))))
    assert said() == f"{CLOSED} It opens on Thursday at 09:00."


def test_it_opens_next_week(db: Database, queue: Queue) -> None:
    give_hours(queue, (1,)), close(queue)  # Tuesdays
    assert said() == f"{CLOSED} Please try again when we're open."
    assert said(hours=24).endswith("It opens on Tuesday at 09:00.")


def test_by_hand_nobody_knows_when_it_opens(db: Database, queue: Queue) -> None:
    close(queue)
    assert said() == f"{CLOSED} Please try again when we're open."


@in_turn
@pytest.mark.parametrize(
    ("language", "words"),
    [
        *(("es", "Abre mañana a las 9:00."), ("fr", "Ouverture demain à 9h.")),
        *(("pt", "Abre amanha às 9h."), ("de", "Wir öffnen morgen um 9 Uhr.")),
    ],
)
def test_in_the_language_of_the_customer(db: Database, queue: Queue, language: str, words: str) -> None:
    give_hours(queue), close(queue)

    def work(session: Session) -> None:
        Customer.with_phone(session, queue.business_id, ANA, NOON).language = language

    transaction(work)
    assert words in said()
