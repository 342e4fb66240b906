"""A summary is sent once, at its hour, however often the clock restarts or how many there are."""

import threading
from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.queues.day_end import DayEnd
from jobs.reports.daily_summary import LEASE, DailySummary
from jobs.reports.mail import PutOff, Refused
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing import ending
from models.queueing.ending import end_waiting
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import MailState
from models.storage.database import transaction
from tests.jobs.queues.hours import give_hours
from tests.jobs.summing_up import (
    A_DAY,
    EIGHT,
    SECRET,
    TODAY,
    Crash,
    ScriptedMailer,
    change,
    mails,
    send_summary,
)
from tests.one_database import on_both
from tests.world import BEN, NOON, call_next, join, make_business, make_servicer, minutes


def test_it_is_sent_at_the_hour_and_once(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer, EIGHT - timedelta(seconds=1))
    assert mailer.got == []
    for minute in range(5):
        send_summary(mailer, EIGHT + minutes(minute))
    send_summary(mailer, EIGHT + A_DAY - minutes(1))
    (mail,) = mailer.got
    assert mail["Subject"] == "Barber Lopes: Tue: 1 served, median wait 12 min, busiest 12-13."
    assert mail["To"].addresses[0].addr_spec == rosa.email
    assert mail["From"] == "Barber Lopes <queue@shop.example>"
    assert [row.state for row in mails()] == [MailState.SENT]


def test_a_night_shift_is_summed_up_once_it_is_over(queue: Queue, rosa: Servicer) -> None:
    mailer, ten = ScriptedMailer(), NOON + timedelta(hours=10)
    give_hours(queue, NOON, time(22), time(6))
    DayEnd().run(NOON)
    send_summary(mailer, EIGHT)
    join(queue, BEN, ten)
    call_next(queue, rosa, ten + minutes(5))

    def work(session: Session) -> None:
        ticket = Ticket.lock(session, 1)
        assert ticket is not None
        ending.finish(session, ticket, by=By.servicer(rosa.id), now=ten + minutes(20))

    transaction(work)
    send_summary(mailer, ten + timedelta(hours=6))  # the next day of the business has begun
    assert not any("Tue:" in mail["Subject"] for mail in mailer.got)
    DayEnd().run(ten + timedelta(hours=8))
    send_summary(mailer, ten + timedelta(hours=8))
    assert mailer.got[-1]["Subject"].startswith("Barber Lopes: Tue: 1 served")


def test_the_next_day_has_its_own(shop: Queue) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer)
    join(shop, BEN, NOON + A_DAY)
    send_summary(mailer, EIGHT + A_DAY)
    assert [mail["Subject"][14:18] for mail in mailer.got] == ["Tue:", "Wed:"]


def test_it_goes_to_the_managers_of_the_business_who_have_not_said_no(
    shop: Queue, business: Business, rosa: Servicer, luis: Servicer
) -> None:
    eva = make_servicer(business, "Eva", role=Role.MANAGER)
    make_servicer(business, "Rui", role=Role.MANAGER, gets_summary=False)
    elsewhere = make_business(name="Clinic", number="+15550100001")
    make_servicer(elsewhere, "Zoe", role=Role.MANAGER)
    mailer = ScriptedMailer()
    send_summary(mailer)
    assert mailer.to == [rosa.email, eva.email]


@on_both
def test_two_clocks_at_once_send_it_once(shop: Queue) -> None:
    mailer, ready = ScriptedMailer(), threading.Barrier(4)
    mailer.offered = lambda: threading.Event().wait(0.05)

    def look() -> None:
        ready.wait(30)
        send_summary(mailer)

    clocks = [threading.Thread(target=look) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(60)
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


@pytest.mark.parametrize("fault", [PutOff("451 later"), RuntimeError("no connection")])
def test_a_mail_that_was_put_off_is_sent_later_once(shop: Queue, fault: Exception) -> None:
    mailer = ScriptedMailer(("before", fault), ("instead", PutOff("452 full")))
    send_summary(mailer)
    assert [row.state for row in mails()] == [MailState.WAITING]
    assert mails()[0].error in ("451 later", "RuntimeError: no connection")
    send_summary(mailer, EIGHT + minutes(0.5))
    assert mailer.got == []
    send_summary(mailer, EIGHT + minutes(1))  # put off once more, for longer
    send_summary(mailer, EIGHT + minutes(2.5))
    assert mailer.got == []
    for minute in (3, 4, 500):
        send_summary(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == 1


def test_a_mail_that_is_put_off_for_a_day_is_given_up(shop: Queue) -> None:
    mailer = ScriptedMailer(*[("before", PutOff("no such host"))] * 500)
    for half_hour in range(47):
        send_summary(mailer, EIGHT + minutes(30 * half_hour))
    assert [row.state for row in mails()] == [MailState.WAITING]
    send_summary(mailer, EIGHT + A_DAY)
    assert (mails()[0].day, mails()[0].state) == (TODAY, MailState.EXPIRED)


def test_a_mail_that_is_refused_for_good_is_not_tried_again(shop: Queue, business: Business) -> None:
    make_servicer(business, "Eva", role=Role.MANAGER)
    mailer = ScriptedMailer(("before", Refused("550 no such user")))
    for minute in (0, 1, 60, 600):
        send_summary(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == 1  # the other manager's
    assert [(row.state, row.error) for row in mails()] == [
        (MailState.REFUSED, "550 no such user"),
        (MailState.SENT, None),
    ]


@pytest.mark.parametrize("when", ["instead", "after"])
def test_one_of_unknown_outcome_is_never_sent_again(shop: Queue, when: str) -> None:
    mailer = ScriptedMailer((when, TimeoutError("no answer")))
    for minute in (0, 1, 60, 600):
        send_summary(mailer, EIGHT + minutes(minute))
    assert len(mailer.got) == (1 if when == "after" else 0)
    assert [row.state for row in mails()] == [MailState.UNKNOWN]


def test_killed_before_it_was_given_it_is_sent_by_the_next_clock(shop: Queue) -> None:
    mailer = ScriptedMailer(("before", Crash()))
    with pytest.raises(Crash):
        send_summary(mailer)
    send_summary(mailer, EIGHT + minutes(1))
    assert mailer.got == []  # the claim holds: the other one may still be alive
    for minute in (1, 2, 3):
        send_summary(mailer, EIGHT + LEASE + minutes(minute))
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


def test_killed_after_it_was_given_it_is_not_sent_again(shop: Queue) -> None:
    mailer = ScriptedMailer(("after", Crash()))
    with pytest.raises(Crash):
        send_summary(mailer)
    for minute in (1, 11, 12, 600):
        send_summary(mailer, EIGHT + minutes(minute))
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
        send_summary(mailer, now[0])  # another clock

    mailer.offered = dawdle
    slow.run(EIGHT)
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
        send_summary(mailer, EIGHT + 3 * A_DAY + timedelta(hours=7) + minutes(minute))
    assert [row.day for row in mails()] == [TODAY + 3 * A_DAY]
    assert len(mailer.got) == 1


# By text ------------------------------------------------------------------------------------------------


def test_another_hour_another_day(shop: Queue, business: Business) -> None:
    change(business, summary_hour=8)
    mailer = ScriptedMailer()
    send_summary(mailer, EIGHT)
    assert mailer.got == []
    send_summary(mailer, NOON + timedelta(hours=20))  # at eight the next morning
    assert [mail["Subject"][14:18] for mail in mailer.got] == ["Tue:"]
