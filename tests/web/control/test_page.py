"""What the servicer's page shows besides its buttons."""

from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import reminders, ticket_details
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.line.promised import keep_told
from models.queueing.line.waits import PAUSED, Wait
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from models.waiting.estimator import WaitState
from tests.web.control.tickets import opt_out
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, call_next, change, join, make_queue, ticket
from web.control.line import SHOWN_AT_MOST
from web.customer.ticket_page import between
from web.http.clock_words import span


def test_the_line_shows_number_name_party_and_since_when(
    business: Business, queue: Queue, rosas: Visitor
) -> None:
    joined = datetime.now(UTC) - timedelta(minutes=12)
    join(queue, ANA, joined, name="Ana", party=2), join(queue, BEN)
    page = rosas.open("/control/CET236")
    assert page.status_line == "2 waiting"
    clock = joined.astimezone(business.zone).strftime("%H:%M")
    assert page.waiting[0].startswith(f"1 Ana party of 2 12 min since {clock} told ")
    assert page.waiting[1].startswith("2 No name")


def test_who_is_on_hold_behind_those_shown_counts_as_on_hold(queue: Queue, rosas: Visitor) -> None:
    for _ in range(SHOWN_AT_MOST + 2):
        join(queue, None)
    last = SHOWN_AT_MOST + 2
    transaction(lambda s: setattr(s.merge(ticket(queue, last)), "set_aside_at", datetime.now(UTC)))
    page = rosas.open("/control/CET236?all=1")
    assert page.status_line == f"{SHOWN_AT_MOST + 1} waiting"
    assert "1 on hold" in page.html
    assert len(page.waiting) == SHOWN_AT_MOST


def test_who_can_not_be_texted_is_marked_from_the_start(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    opt_out(queue, 1)
    rows = rosas.open("/control/CET236").waiting
    assert rows[0].endswith("no texts — call aloud")
    assert "call aloud" not in rows[1]


def test_who_is_called_and_can_not_be_texted_is_to_be_called_aloud(queue: Queue, rosas: Visitor) -> None:
    join(queue, None)
    page = rosas.press("Call next")
    assert "no texts — call aloud" in page.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (TextState.FAILED, "text failed — call aloud"),
        (TextState.REJECTED, "text failed — call aloud"),
        (TextState.UNKNOWN, "text failed — call aloud"),
    ],
)
def test_a_turn_text_in_trouble_is_shown(
    queue: Queue, rosas: Visitor, outcome: TextState, words: str
) -> None:
    join(queue, ANA)
    assert words not in rosas.press("Call next").html
    transaction(lambda s: [setattr(text, "state", outcome) for text in s.query(OutboundMessage)])
    assert words in rosas.open("/control/CET236").text


def test_who_does_not_come_is_asked_about(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert "not here?" not in rosas.press("Call next").html
    change(1, queue, lambda s, t: reminders.flag_not_here(s, t, by=By.clock(), now=datetime.now(UTC)))
    assert "not here?" in rosas.open("/control/CET236").text


def test_past_its_limit_the_queue_calls_for_backup(queue: Queue, rosas: Visitor) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "backup_above", 1))
    join(queue, ANA)
    assert "Call for backup" not in rosas.open("/control/CET236").html
    join(queue, BEN)
    assert "Call for backup" in rosas.open("/control/CET236").text


def test_past_a_wait_that_is_too_long_the_queue_calls_for_backup(queue: Queue, rosas: Visitor) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "backup_minutes", 10))
    join(queue, ANA)
    assert "Call for backup" not in rosas.open("/control/CET236").html
    join(queue, BEN), join(queue, CAI)
    assert "Call for backup" in rosas.open("/control/CET236").text


def test_before_closing_the_last_number_likely_served_is_forecast(queue: Queue, rosas: Visitor) -> None:
    def closes_soon(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        set_hours(session, locked, EVERY_DAY, (time(9), time(12, 20)), now=datetime.now(UTC))

    assert "likely to be served" not in rosas.page.html
    transaction(closes_soon)
    for phone in (ANA, BEN, CAI):
        join(queue, phone)
    assert "Last number likely to be served before 12:20: 2" in rosas.open("/control/CET236").text


def test_a_promise_that_was_not_kept_is_marked(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, datetime.now(UTC) - timedelta(minutes=40)), join(queue, BEN)
    rows = rosas.open("/control/CET236").root.all("ol")[0].all("li")
    assert [len(row.all("span", **{"class": "late"})) for row in rows] == [1, 0]


def test_the_line_shows_what_was_promised_last(business: Business, queue: Queue, rosas: Visitor) -> None:
    now = datetime.now(UTC)
    join(queue, ANA, now - timedelta(minutes=40)), join(queue, BEN, now - timedelta(minutes=40))
    later = Wait(50, 70, expected=60, state=WaitState.OK)
    stands = Wait(50, 70, expected=60, state=PAUSED)
    change(1, queue, lambda s, t: keep_told(s, t, later, now))
    change(2, queue, lambda s, t: keep_told(s, t, stands, now))
    [ana, ben] = rosas.open("/control/CET236").root.all("ol")[0].all("li")
    first, last = (at.astimezone(business.zone) for at in between(later, now))
    assert f"told {first:%H:%M}–{last:%H:%M}" in ana.text
    assert (ana.all("span", **{"class": "late"}), "told" in ben.text) == ([], False)


def test_arrival_lead_and_the_newest_text_stand_in_the_row(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, source=Source.WEB)
    assert rosas.open("/control/CET236").waiting[0].endswith("text on its way")
    transaction(lambda s: [setattr(text, "state", TextState.DELIVERED) for text in s.query(OutboundMessage)])
    change(1, queue, lambda s, t: ticket_details.set_lead(s, t, 15, by=By.customer(), now=datetime.now(UTC)))
    change(1, queue, lambda s, t: ticket_details.arrive(s, t, by=By.customer(), now=datetime.now(UTC)))
    assert rosas.open("/control/CET236").waiting[0].endswith("wants 15 min notice text delivered here")


def test_no_phone_number_is_in_the_page(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert ANA[2:] not in rosas.open("/control/CET236").html
    assert ANA[2:] not in rosas.press("Call next").html


def test_the_page_refreshes_itself_slowly_unless_held(queue: Queue, rosas: Visitor) -> None:
    assert rosas.page.root.all("meta", **{"http-equiv": "refresh"})
    assert not rosas.open("/control/CET236?still=1").root.all("meta", **{"http-equiv": "refresh"})


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1, minutes=5), "1 h 05 min"),
        (timedelta(hours=26), "26 h 00 min"),
        (timedelta(seconds=-3), "under 1 min"),
    ],
)
def test_a_span_keeps_its_hours(app: Flask, length: timedelta, words: str) -> None:
    with app.test_request_context():
        assert span(length) == words


def test_who_is_being_served_in_another_queue_is_marked(
    business: Business, queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    shaves = make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA), join(queue, BEN), join(shaves, ANA)
    call_next(shaves, luis)
    rows = rosas.open("/control/CET236").waiting
    assert "at Shaves with Luis for" in rows[0]
    assert "Shaves" not in rows[1]
    assert rosas.press("Call next").now_serving == "2"
