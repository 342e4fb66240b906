"""The weekly summary is sent once, on Monday at the summary's hour, to those who get it."""

import threading
from datetime import date, datetime, timedelta

import pytest

from jobs.reports.mail import PutOff
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.people.summary_period import Period
from models.queueing import ending
from models.queueing.hours.opening_hours import Holiday
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import MailState, SummaryMail
from models.storage.database import transaction
from models.texts.text_kinds import TextKind
from security.signed_links import read_unsubscribe_key
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.jobs.summing_up import (
    A_DAY,
    EIGHT,
    ROSAS_PHONE,
    SECRET,
    ScriptedMailer,
    change,
    give_hours,
    give_phone,
    mails,
    send_summary,
    summary_texts,
)
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, join, make_servicer, minutes

A_WEEK = timedelta(weeks=1)
MONDAY = date(2026, 3, 9)
DUE = EIGHT + 6 * A_DAY  # in the evening of Monday the 16th
LINE = "Week 9-15 Mar: 2 served (1 the week before), median wait 15 min (5), busiest Tue."


def serve(queue: Queue, rosa: Servicer, phone: str, joined: datetime, wait: float) -> None:
    ticket_id = join(queue, phone, joined).ticket_id
    call_next(queue, rosa, joined + minutes(wait))

    def work(session):
        ticket = Ticket.lock(session, ticket_id)
        assert ticket is not None
        ending.finish(session, ticket, by=By.servicer(rosa.id), now=joined + minutes(wait + 5))

    transaction(work)


@pytest.fixture
def shop(business: Business, queue: Queue, rosa: Servicer) -> Queue:
    """Two were served this week, and one the week before; the daily summaries are stopped."""
    serve(queue, rosa, ANA, NOON - A_WEEK, 5)
    serve(queue, rosa, ANA, NOON, 10)
    serve(queue, rosa, BEN, NOON + A_DAY, 20)
    change(rosa, gets_summary=False)
    change(business, summarized_week=MONDAY - A_WEEK)
    return queue


def weeks() -> list[SummaryMail]:
    return [mail for mail in mails() if mail.period == Period.WEEK]


def test_it_is_sent_on_monday_at_the_hour_and_once(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer, DUE - timedelta(seconds=1))
    assert mailer.got == []
    for minute in range(5):
        send_summary(mailer, DUE + minutes(minute))
    send_summary(mailer, DUE + A_WEEK - minutes(1))
    (mail,) = mailer.got
    assert mail["Subject"] == f"Barber Lopes: {LINE}"
    assert mail["To"].addresses[0].addr_spec == rosa.email
    assert [(row.day, row.state) for row in mails()] == [(MONDAY, MailState.SENT)]


def test_it_comes_beside_the_daily_one_of_its_first_day(shop: Queue, rosa: Servicer) -> None:
    change(rosa, gets_summary=True)
    serve(shop, rosa, BEN, NOON - A_DAY, 20)  # on Monday
    mailer = ScriptedMailer()
    send_summary(mailer, EIGHT - A_DAY)
    send_summary(mailer, DUE)
    assert [(row.period, row.day) for row in mails() if row.day == MONDAY] == [
        (Period.DAY, MONDAY),
        (Period.WEEK, MONDAY),
    ]
    assert len({mail["Message-ID"] for mail in mailer.got}) == len(mailer.got) == 2


def test_it_goes_to_those_who_have_not_stopped_this_one(
    shop: Queue, business: Business, rosa: Servicer
) -> None:
    eva = make_servicer(business, "Eva", role=Role.MANAGER, gets_summary=False)
    make_servicer(business, "Rui", role=Role.MANAGER, gets_summary=False, gets_weekly_summary=False)
    make_servicer(business, "Tom", gets_summary=False)
    mailer = ScriptedMailer()
    send_summary(mailer, DUE)
    assert mailer.to == [rosa.email, eva.email]


@on_both
def test_two_clocks_at_once_send_it_once(shop: Queue) -> None:
    mailer, ready = ScriptedMailer(), threading.Barrier(4)

    def look() -> None:
        ready.wait(30)
        send_summary(mailer, DUE)

    clocks = [threading.Thread(target=look) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(60)
    assert len(mailer.got) == 1
    assert [row.state for row in mails()] == [MailState.SENT]


def test_of_an_outage_of_weeks_the_last_week_is_caught_up_and_not_by_text(
    shop: Queue, rosa: Servicer
) -> None:
    give_phone(rosa, wants_summary_texts=False, wants_weekly_summary_texts=True)
    serve(shop, rosa, ANA, NOON + 2 * A_WEEK, 10)
    mailer = ScriptedMailer()
    for minute in range(3):
        send_summary(mailer, DUE + 2 * A_WEEK + 3 * A_DAY + minutes(minute))  # on Thursday
    assert [row.day for row in mails()] == [MONDAY + 2 * A_WEEK]
    assert len(mailer.got) == 1
    assert summary_texts(TextKind.WEEKLY_SUMMARY) == []


def test_a_mail_server_that_is_away_for_days_gets_it_still(shop: Queue) -> None:
    mailer = ScriptedMailer(*[("before", PutOff("no such host"))] * 3)
    for hours in (0, 1, 60):
        send_summary(mailer, DUE + timedelta(hours=hours))
    assert [row.state for row in mails()] == [MailState.WAITING]
    send_summary(mailer, DUE + 4 * A_DAY)
    assert len(mailer.got) == 1


def test_nothing_is_sent_for_a_week_in_which_it_was_closed_all_days(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    give_hours(queue)
    for days in range(14):
        holiday = Holiday(business_id=business.id, day=MONDAY - A_WEEK + days * A_DAY)
        transaction(lambda session, holiday=holiday: session.add(holiday))
    mailer = ScriptedMailer()
    send_summary(mailer, DUE - A_WEEK)
    send_summary(mailer, DUE - minutes(1))
    send_summary(mailer, DUE)
    assert weeks() == []
    send_summary(mailer, DUE + A_WEEK)
    assert [row.day for row in weeks()] == [MONDAY + A_WEEK]
    assert "Barber Lopes: Week 16-22 Mar: nobody came." in [mail["Subject"] for mail in mailer.got]


def test_weeks_before_the_queue_was_made_are_not_told(queue: Queue, rosa: Servicer) -> None:
    change(queue, created_at=NOON)
    give_hours(queue)
    send_summary(ScriptedMailer(), EIGHT)
    assert weeks() == []


def test_who_wants_it_gets_it_by_text_once(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa, wants_summary_texts=False, wants_weekly_summary_texts=True, gets_weekly_summary=False)
    mailer = ScriptedMailer()
    for minute in range(3):
        send_summary(mailer, DUE + minutes(minute))
    assert (mailer.got, summary_texts()) == ([], [])
    (text,) = summary_texts(TextKind.WEEKLY_SUMMARY)
    assert text.servicer_id == rosa.id
    carrier, day = ScriptedCarrier(), Day(DUE)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert [sent.body for sent in carrier.got if sent.to == ROSAS_PHONE] == [LINE]


def test_the_mail_shows_its_picture_and_stops_only_itself(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer, DUE)
    (mail,) = mailer.got
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [picture["Content-ID"] for picture in pictures] == ["<waits>", "<waits-dark>"]
    stop_url = mail["List-Unsubscribe"].strip("<>")
    assert read_unsubscribe_key(SECRET, stop_url.rpartition("/")[2]) == (rosa.id, "week")
    for part in (html.get_content(), text.get_content()):
        assert stop_url in part
        assert "Week of 9 to 15 March 2026" in part
        assert "/manage/statistics?span=week&on=2026-03-09" in part.replace("&amp;", "&")
    assert "Tuesday 10: 1 served, median wait 10 min, 0 gave up." in text.get_content()
