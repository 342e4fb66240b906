"""A summary is sent once, at its hour, however often the clock restarts or how many there are."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.reports.daily_summary import LEASE, DailySummary
from jobs.reports.mail import PutOff, Refused
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing import ending
from models.queueing.ending import end_waiting
from models.queueing.hours.opening_hours import Holiday
from models.queueing.numbers import take_number
from models.queueing.opening import close_queue
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import MailState
from models.storage.database import transaction
from security.signed_links import read_unsubscribe_key
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.jobs.summing_up import (
    A_DAY,
    EIGHT,
    ROSAS_PHONE,
    SECRET,
    TODAY,
    Crash,
    ScriptedMailer,
    change,
    give_hours,
    give_phone,
    mails,
    summary_texts,
    sweep,
)
from tests.world import ANA, BEN, NOON, call_next, join, make_business, make_servicer, minutes


@pytest.fixture
def shop(queue: Queue, rosa: Servicer) -> Queue:
    """Ana waited 12 minutes today, and Rosa, a manager, served her."""
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON + minutes(12))

    def work(session: Session) -> None:
        ticket = Ticket.lock(session, 1)
        assert ticket is not None
        ending.finish(session, ticket, by=By.servicer(rosa.id), now=NOON + minutes(20))

    transaction(work)
    return queue


def test_it_is_sent_at_the_hour_and_once(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    sweep(mailer, EIGHT - timedelta(seconds=1))
    assert mailer.got == []
    for minute in range(5):
        sweep(mailer, EIGHT + minutes(minute))
    sweep(mailer, EIGHT + A_DAY - minutes(1))
    (mail,) = mailer.got
    assert mail["Subject"] == "Barber Lopes: Tue: 1 served, median wait 12 min, busiest 12-13."
    assert mail["To"].addresses[0].addr_spec == rosa.email
    assert mail["From"] == "Barber Lopes <queue@shop.example>"
    assert [row.state for row in mails()] == [MailState.SENT]


def test_the_next_day_has_its_own(shop: Queue) -> None:
    mailer = ScriptedMailer()
    sweep(mailer)
    join(shop, BEN, NOON + A_DAY)
    sweep(mailer, EIGHT + A_DAY)
    assert [mail["Subject"][14:18] for mail in mailer.got] == ["Tue:", "Wed:"]


def test_it_goes_to_the_managers_of_the_business_who_have_not_said_no(
    shop: Queue, business: Business, rosa: Servicer, luis: Servicer
) -> None:
    eva = make_servicer(business, "Eva", role=Role.MANAGER)
    make_servicer(business, "Rui", role=Role.MANAGER, gets_summary=False)
    elsewhere = make_business(name="Clinic", number="+15550100001")
    make_servicer(elsewhere, "Zoe", role=Role.MANAGER)
    mailer = ScriptedMailer()
    sweep(mailer)
    assert mailer.to == [rosa.email, eva.email]


def test_two_clocks_at_once_send_it_once(shop: Queue) -> None:
    mailer, ready = ScriptedMailer(), threading.Barrier(4)
    mailer.offered = lambda: threading.Event().wait(0.05)

    def look() -> None:
        ready.wait(5)
        sweep(mailer)

    clocks = [threading.Thread(target=look) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(20)
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


@pytest.mark.parametrize("fault", [PutOff("451 later"), RuntimeError("no connection")])
def test_a_mail_that_was_put_off_is_sent_later_once(shop: Queue, fault: Exception) -> None:
    mailer = ScriptedMailer(("before", fault), ("instead", PutOff("452 full")))
    sweep(mailer)
    assert [row.state for row in mails()] == [MailState.WAITING]
    assert mails()[0].error in ("451 later", "RuntimeError: no connection")
    sweep(mailer, EIGHT + minutes(0.5))
    assert mailer.got == []
    sweep(mailer, EIGHT + minutes(1))  # put off once more, for longer
    sweep(mailer, EIGHT + minutes(2.5))
    assert mailer.got == []
    for minute in (3, 4, 500):
        sweep(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == 1


def test_a_mail_that_is_put_off_for_a_day_is_given_up(shop: Queue) -> None:
    mailer = ScriptedMailer(*[("before", PutOff("no such host"))] * 500)
    for half_hour in range(47):
        sweep(mailer, EIGHT + minutes(30 * half_hour))
    assert [row.state for row in mails()] == [MailState.WAITING]
    sweep(mailer, EIGHT + A_DAY)
    assert (mails()[0].day, mails()[0].state) == (TODAY, MailState.EXPIRED)


def test_a_mail_that_is_refused_for_good_is_not_tried_again(shop: Queue, business: Business) -> None:
    make_servicer(business, "Eva", role=Role.MANAGER)
    mailer = ScriptedMailer(("before", Refused("550 no such user")))
    for minute in (0, 1, 60, 600):
        sweep(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == 1  # the other manager's
    assert [(row.state, row.error) for row in mails()] == [
        (MailState.REFUSED, "550 no such user"),
        (MailState.SENT, None),
    ]


@pytest.mark.parametrize("when", ["instead", "after"])
def test_one_of_unknown_outcome_is_never_sent_again(shop: Queue, when: str) -> None:
    mailer = ScriptedMailer((when, TimeoutError("no answer")))
    for minute in (0, 1, 60, 600):
        sweep(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == (1 if when == "after" else 0)
    assert [row.state for row in mails()] == [MailState.UNKNOWN]


def test_killed_before_it_was_given_it_is_sent_by_the_next_clock(shop: Queue) -> None:
    mailer = ScriptedMailer(("before", Crash()))
    with pytest.raises(Crash):
        sweep(mailer)
    sweep(mailer, EIGHT + minutes(1))
    assert mailer.got == []  # the claim holds: the other one may still be alive
    for minute in (1, 2, 3):
        sweep(mailer, EIGHT + LEASE + minutes(minute))
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


def test_killed_after_it_was_given_it_is_not_sent_again(shop: Queue) -> None:
    mailer = ScriptedMailer(("after", Crash()))
    with pytest.raises(Crash):
        sweep(mailer)
    for minute in (1, 11, 12, 600):
        sweep(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.UNKNOWN]


def test_a_clock_that_took_longer_than_its_claim_sends_nothing(shop: Queue) -> None:
    mailer = ScriptedMailer()
    now = [EIGHT]
    slow = DailySummary(
        mailer,
        sender="q@shop.example",
        public_url="https://q.example",
        secret_key=SECRET,
        now=lambda: now[0],
    )

    def dawdle() -> None:
        mailer.offered = lambda: None
        now[0] = EIGHT + LEASE + minutes(1)
        sweep(mailer, now[0])  # another clock

    mailer.offered = dawdle
    slow.sweep(EIGHT)
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


def test_of_an_outage_the_last_day_is_caught_up(shop: Queue) -> None:
    for days in (1, 2, 3):
        join(shop, BEN, NOON + days * A_DAY)
        transaction(
            lambda session: end_waiting(session, Queue.lock(session, shop.id), by=By.clock(), now=NOON)
        )
    mailer = ScriptedMailer()
    for minute in range(3):
        sweep(mailer, EIGHT + 3 * A_DAY + timedelta(hours=7) + minutes(minute))
    assert [row.day for row in mails()] == [TODAY + 3 * A_DAY]
    assert len(mailer.got) == 1


def test_who_comes_after_it_was_decided_causes_no_second_one(queue: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    sweep(mailer)  # nobody came, nobody worked: nothing to tell
    join(queue, ANA, EIGHT + minutes(30))
    sweep(mailer, EIGHT + minutes(31))
    assert mailer.got == []


def test_nothing_is_sent_for_a_day_on_which_it_was_closed(queue: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    sweep(mailer)
    assert (mailer.got, mails()) == ([], [])


def test_a_day_that_was_open_and_nobody_came_is_told(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    change(business, summarized_week=TODAY)
    give_hours(queue)
    mailer = ScriptedMailer()
    sweep(mailer)
    assert [mail["Subject"] for mail in mailer.got] == ["Barber Lopes: Tue: nobody came."]


def test_a_day_on_which_somebody_was_on_duty_was_open(queue: Queue, rosa: Servicer) -> None:
    call_next(queue, rosa, NOON)
    mailer = ScriptedMailer()
    sweep(mailer)
    assert len(mailer.got) == 1
    sweep(mailer, EIGHT + A_DAY)
    assert len(mailer.got) == 1


def test_a_holiday_and_a_closed_weekday_are_not_told(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    change(business, summarized_week=TODAY)
    give_hours(queue, (1, 3))  # Tuesday and Thursday
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=TODAY)))
    mailer = ScriptedMailer()
    for days in range(3):
        sweep(mailer, EIGHT + days * A_DAY)
    assert [row.day for row in mails()] == [TODAY + 2 * A_DAY]


def test_who_was_turned_away_by_mistake_is_told(queue: Queue, rosa: Servicer) -> None:
    ticket = join(queue, ANA, NOON - A_DAY)
    transaction(lambda s: close_queue(s, Queue.lock(s, queue.id), by=By.clock(), now=NOON - A_DAY))

    def work(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        customer = session.get_one(Ticket, ticket.ticket_id).customer
        assert locked.state == QueueState.CLOSED
        with suppress(NotPossible):
            take_number(session, locked, customer, source=Source.TEXT, by=By.customer(), now=NOON)

    transaction(work)
    mailer = ScriptedMailer()
    sweep(mailer)
    assert [mail["Subject"] for mail in mailer.got] == ["Barber Lopes: Tue: nobody came, 1 turned away."]


# By text ------------------------------------------------------------------------------------------------


def test_who_wants_it_gets_it_by_text_too_once(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa)
    for minute in range(3):
        sweep(ScriptedMailer(), EIGHT + minutes(minute))
    (text,) = summary_texts()
    assert (text.servicer_id, text.customer_id, text.ticket_id) == (rosa.id, None, None)
    carrier, day = ScriptedCarrier(), Day(EIGHT)
    send_all(sender_with(carrier, day), day, rounds=3)
    (sent,) = [text for text in carrier.got if text.to == ROSAS_PHONE]
    assert sent.body == "Tue: 1 served, median wait 12 min, busiest 12-13."


def test_by_text_alone(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa, gets_summary=False)
    mailer = ScriptedMailer()
    sweep(mailer)
    assert (mailer.got, len(summary_texts())) == ([], 1)


def test_nobody_who_did_not_ask_gets_a_text(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa, wants_summary_texts=False)
    sweep(ScriptedMailer())
    assert summary_texts() == []


def test_nobody_is_woken_by_a_text_that_was_caught_up(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa)
    mailer = ScriptedMailer()
    sweep(mailer, EIGHT + timedelta(hours=7))
    assert (len(mailer.got), summary_texts()) == (1, [])


def test_another_hour_another_day(shop: Queue, business: Business) -> None:
    change(business, summary_hour=8)
    mailer = ScriptedMailer()
    sweep(mailer, EIGHT)
    assert mailer.got == []
    sweep(mailer, NOON + timedelta(hours=20))  # at eight the next morning
    assert [mail["Subject"][14:18] for mail in mailer.got] == ["Tue:"]


# What the mail brings along --------------------------------------------------------------------------------


def test_the_mail_shows_its_picture_and_says_how_to_stop_it(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    sweep(mailer)
    (mail,) = mailer.got
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<waits>", "inline")
    assert 'src="cid:waits"' in html.get_content()
    stop_url = mail["List-Unsubscribe"].strip("<>")
    assert stop_url.startswith("https://q.example/stop/")
    assert read_unsubscribe_key(SECRET, stop_url.rpartition("/")[2]) == (rosa.id, "day")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in (html.get_content(), text.get_content()):
        assert stop_url in part
        assert "https://q.example/manage/statistics?span=day&" in part.replace("&amp;", "&")


def test_a_mail_put_in_by_an_earlier_version_is_worded(shop: Queue) -> None:
    mailer = ScriptedMailer(("before", PutOff("later")))
    sweep(mailer)
    (row,) = mails()
    older = {
        fact: known for fact, known in row.facts.items() if fact not in ("unusual", "columns", "kept_percent")
    }
    change(row, facts=older)
    sweep(mailer, EIGHT + minutes(2))
    assert [mail.get_content_type() for mail in mailer.got] == ["multipart/alternative"]
