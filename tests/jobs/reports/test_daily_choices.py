"""Which days are summed up, and who gets it by mail, by text or not at all."""

import re
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

from matplotlib.image import imread
from sqlalchemy.orm import Session

from jobs.reports.mail import PutOff
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import Holiday
from models.queueing.numbers import take_number
from models.queueing.opening import close_queue
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from security.signed_links import read_unsubscribe_key
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.jobs.summing_up import (
    A_DAY,
    EIGHT,
    ROSAS_PHONE,
    SECRET,
    TODAY,
    ScriptedMailer,
    change,
    give_hours,
    give_phone,
    mails,
    send_summary,
    summary_texts,
)
from tests.world import ANA, NOON, call_next, join, minutes

LAST_WEEK = TODAY - timedelta(days=TODAY.weekday() + 7)


def test_who_comes_after_it_was_decided_causes_no_second_one(queue: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer)  # nobody came, nobody worked: nothing to tell
    join(queue, ANA, EIGHT + minutes(30))
    send_summary(mailer, EIGHT + minutes(31))
    assert mailer.got == []


def test_nothing_is_sent_for_a_day_on_which_it_was_closed(queue: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer)
    assert (mailer.got, mails()) == ([], [])


def test_a_day_that_was_open_and_nobody_came_is_told(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    change(business, summarized_week=LAST_WEEK)
    give_hours(queue)
    mailer = ScriptedMailer()
    send_summary(mailer)
    assert [mail["Subject"] for mail in mailer.got] == ["Barber Lopes: Tue: nobody came."]


def test_a_day_on_which_somebody_was_on_duty_was_open(queue: Queue, rosa: Servicer) -> None:
    call_next(queue, rosa, NOON)
    mailer = ScriptedMailer()
    send_summary(mailer)
    assert len(mailer.got) == 1
    send_summary(mailer, EIGHT + A_DAY)
    assert len(mailer.got) == 1


def test_a_holiday_and_a_closed_weekday_are_not_told(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    change(business, summarized_week=LAST_WEEK)
    give_hours(queue, (1, 3))  # Tuesday and Thursday
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=TODAY)))
    mailer = ScriptedMailer()
    for days in range(3):
        send_summary(mailer, EIGHT + days * A_DAY)
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
    send_summary(mailer)
    assert [mail["Subject"] for mail in mailer.got] == ["Barber Lopes: Tue: nobody came, 1 turned away."]


# By text ------------------------------------------------------------------------------------------------


def test_who_wants_it_gets_it_by_text_too_once(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa)
    for minute in range(3):
        send_summary(ScriptedMailer(), EIGHT + minutes(minute))
    (text,) = summary_texts()
    assert (text.servicer_id, text.customer_id, text.ticket_id) == (rosa.id, None, None)
    carrier, day = ScriptedCarrier(), Day(EIGHT)
    send_all(sender_with(carrier, day), day, rounds=3)
    (sent,) = [text for text in carrier.got if text.to == ROSAS_PHONE]
    assert sent.body == "Tue: 1 served, median wait 12 min, busiest 12-13."


def test_by_text_alone(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa, gets_summary=False)
    mailer = ScriptedMailer()
    send_summary(mailer)
    assert (mailer.got, len(summary_texts())) == ([], 1)


def test_nobody_who_did_not_ask_gets_a_text(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa, wants_summary_texts=False)
    send_summary(ScriptedMailer())
    assert summary_texts() == []


def test_nobody_is_woken_by_a_text_that_was_caught_up(shop: Queue, rosa: Servicer) -> None:
    give_phone(rosa)
    mailer = ScriptedMailer()
    send_summary(mailer, EIGHT + timedelta(hours=7))
    assert (len(mailer.got), summary_texts()) == (1, [])


# What the mail brings along --------------------------------------------------------------------------------


def test_the_mail_shows_its_picture_and_says_how_to_stop_it(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer)
    (mail,) = mailer.got
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [picture["Content-ID"] for picture in pictures] == ["<waits>", "<waits-dark>"]
    assert {picture.get_content_disposition() for picture in pictures} == {"inline"}
    assert 'src="cid:waits"' in html.get_content()
    stop_url = mail["List-Unsubscribe"].strip("<>")
    assert stop_url.startswith("https://q.example/stop/")
    assert read_unsubscribe_key(SECRET, stop_url.rpartition("/")[2]) == (rosa.id, "day")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in (html.get_content(), text.get_content()):
        assert stop_url in part
        assert "https://q.example/manage/statistics?span=day&" in part.replace("&amp;", "&")


def test_in_the_dark_its_picture_is_dark_as_the_mail_is(shop: Queue, rosa: Servicer) -> None:
    mailer = ScriptedMailer()
    send_summary(mailer)
    (mail,) = mailer.got
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    corners = [imread(BytesIO(picture.get_content()))[0, 0, :3] for picture in pictures]
    assert ["#" + "".join(f"{round(each * 255):02x}" for each in corner) for corner in corners] == [
        "#ffffff",
        "#26221f",
    ]
    html = mail.get_body(("html",))
    assert html is not None
    shown = html.get_content()
    assert ".light { display: none !important } .dark { display: block !important }" in shown
    (dark,) = re.findall(r'<img class="dark"[^>]*>', shown)
    assert 'src="cid:waits-dark"' in dark
    assert "display:none" in dark, "a mail program that knows no dark shows the other alone"


def test_a_mail_put_in_by_an_earlier_version_is_worded(shop: Queue) -> None:
    mailer = ScriptedMailer(("before", PutOff("later")))
    send_summary(mailer)
    (row,) = mails()
    older = {
        fact: known for fact, known in row.facts.items() if fact not in ("unusual", "columns", "kept_percent")
    }
    change(row, facts=older)
    send_summary(mailer, EIGHT + minutes(2))
    assert [mail.get_content_type() for mail in mailer.got] == ["multipart/alternative"]
