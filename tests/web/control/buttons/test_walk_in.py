"""Add walk-in: a number for somebody at the desk, with or without a phone."""

from datetime import timedelta

import pytest

from models.people.audit_log import AuditAction, entries_of
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from models.storage.rate_limits import Limit
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, change, join, line, make_queue, outbox, ticket
from web.account import phone_searches


def test_somebody_without_a_phone_gets_a_number_to_be_called_aloud(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Add walk-in", name="Dona Rute", party="3")
    assert page.notices == ["Dona Rute has number 1, with 0 ahead."]
    (row,) = page.waiting
    assert row.startswith("1 Dona Rute party of 3")
    assert row.endswith("no texts — call aloud")
    assert outbox(queue) == []


def test_somebody_with_a_phone_is_sent_a_confirmation(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Add walk-in", name="Ben", phone="555 010 1002")
    assert "call aloud" not in page.waiting[0]
    assert outbox(queue) == [(1, "joined", "waiting")]
    assert change(1, queue, lambda s, t: t.customer.phone) == "+15550101002"


def test_a_phone_with_its_trunk_zero_is_the_phone_that_was_meant(
    queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.http.fields.phone_field.is_allowed", lambda *_: True)
    rosas.press("Add walk-in", name="Ben", phone="+44 (0)7700 900456")
    assert change(1, queue, lambda s, t: t.customer.phone) == "+447700900456"


def test_nothing_has_to_be_filled_in(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Add walk-in")
    assert page.notices == ["The new customer has number 1, with 0 ahead."]
    assert (ticket(queue, 1).name, ticket(queue, 1).party) == (None, 1)


HELD = "That phone already has number 1."


def test_a_phone_that_somebody_gives_changes_nothing_of_the_ticket_it_has(
    queue: Queue, rosas: Visitor
) -> None:
    """Ana waits; somebody at the desk gives her phone, a name and a party."""
    join(queue, ANA, name="Ana", party=4)
    before, texts, events = ticket(queue, 1), outbox(queue), story(open_ticket(rosas, queue, 1))
    rosas.open("/control/CET236")
    page = rosas.press("Add walk-in", name="Ben", party="2", phone="555 010 1001")
    assert (page.status, HELD in page.text) == (422, True)
    after = ticket(queue, 1)
    assert (after.name, after.party, after.alerted_at) == ("Ana", 4, before.alerted_at)
    assert (line(queue), outbox(queue), story(open_ticket(rosas, queue, 1))) == ([1], texts, events)


def test_the_servicer_gives_a_second_number_without_texts(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, name="Ana", party=4)
    rosas.press("Add walk-in", name="Ben", party="2", phone=ANA)
    page = rosas.press("Second number, no texts")
    assert page.notices == ["Ben has number 2, with 1 ahead."]
    assert page.waiting[1].endswith("no texts — call aloud")
    assert (ticket(queue, 2).name, ticket(queue, 2).party, outbox(queue)) == ("Ben", 2, [])
    assert HELD not in page.text
    page = rosas.press("Undo")
    assert (line(queue), page.status) == ([1], 200)


def test_or_looks_at_the_ticket_that_there_is(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, name="Ana", party=4)
    page = rosas.press("Add walk-in", name="Ben", phone=ANA)
    [link] = [a for a in page.root.all("a") if a.text == "Show number 1"]
    assert rosas.open(link.attributes["href"]).headings[0] == "1 Ana party of 4"


@pytest.mark.parametrize("presses", [["Call next"], ["Call next", "Start"]])
def test_it_is_so_too_while_they_are_called_or_served(
    queue: Queue, rosas: Visitor, luiss: Visitor, presses: list[str]
) -> None:
    join(queue, ANA, name="Ana")
    for button in presses:
        luiss.press(button)
    page = rosas.press("Add walk-in", name="Ben", phone=ANA)
    assert (HELD in page.text, ticket(queue, 1).name) == (True, "Ana")


def test_a_phone_that_waits_in_another_queue_only_gets_a_number(
    business: Business, queue: Queue, rosas: Visitor
) -> None:
    join(make_queue(business, "SHAVES"), ANA, name="Ana", party=3)
    page = rosas.press("Add walk-in", name="Ben", phone=ANA)
    assert page.notices == ["Ben has number 1, with 0 ahead."]


UNFIT = [
    ({"phone": "12"}, "That isn't a phone number."),
    ({"phone": "010-1002"}, "That phone number isn't complete"),
    ({"phone": "call me"}, "That isn't a phone number."),
    ({"phone": "+351912345678"}, "We can't text phones in that country."),
    ({"party": "0"}, "1 to 99."),
    ({"party": "100"}, "1 to 99."),
    ({"party": "two"}, "1 to 99."),
    ({"party": "²"}, "1 to 99."),
    ({"name": "x" * 41}, "Use at most 40 characters."),
]


def test_what_can_not_be_is_refused_in_words_and_keeps_what_was_typed(queue: Queue, rosas: Visitor) -> None:
    for typed, words in UNFIT:
        page = rosas.press("Add walk-in", **({"name": "Ben", "party": "1", "phone": ""} | typed))
        assert (page.status, words in page.text) == (422, True), typed
        assert page.form_of("Add walk-in")[1].items() >= typed.items()
    assert line(queue) == []


def test_a_name_loses_line_ends_and_control_characters(queue: Queue, rosas: Visitor) -> None:
    rosas.press("Add walk-in", name=" Ana \n\x00 Lopes\u200f ")
    assert ticket(queue, 1).name == "Ana Lopes"


def test_a_double_press_adds_one_person(queue: Queue, rosas: Visitor) -> None:
    before = rosas.page
    rosas.press("Add walk-in", name="Ben")
    page = rosas.press("Add walk-in", before, name="Ben")
    assert page.notices == ["You already pressed that. You're not serving anyone."]
    assert line(queue) == [1]


def test_a_form_filled_in_while_others_pressed_still_adds(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    form = rosas.open("/control/CET236")
    rosas.press("Call next")
    page = rosas.press("Add walk-in", form, name="Ben")
    assert page.notices == ["Ben has number 2, with 0 ahead."]


def test_a_closed_queue_takes_nobody(queue: Queue, rosas: Visitor) -> None:
    form = rosas.page
    page = rosas.press("Close")
    assert "Add walk-in" not in page.html
    page = rosas.press("Add walk-in", form)
    assert page.notices == ["Nobody was added: the queue is closed. You're not serving anyone."]


def test_a_paused_queue_takes_people(queue: Queue, rosas: Visitor) -> None:
    rosas.press("Pause"), rosas.press("Add walk-in")
    assert line(queue) == [1]


def test_a_name_that_carries_an_address_is_not_texted_to_a_stranger(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Add walk-in", name="Win at shop.example", phone=ANA)
    assert "Leave web addresses, email addresses and phone numbers out of the name" in page.text
    assert line(queue) == []
    rosas.press("Add walk-in", name="Win at shop.example", phone="")
    assert line(queue) == [1], "nobody is texted"


def test_so_many_strangers_an_hour_are_texted_by_one_servicer(
    queue: Queue, rosas: Visitor, luiss: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.control.walk_in.TEXTED_WALK_INS", Limit("few", 2, timedelta(hours=1)))
    for who in (ANA, BEN, CAI):
        page = rosas.press("Add walk-in", phone=who)
    assert "too many numbers with a phone this hour" in page.text
    assert line(queue) == [1, 2]
    rosas.press("Add walk-in", name="Dan")
    luiss.press("Add walk-in", phone=CAI)
    assert line(queue) == [1, 2, 3, 4]


def test_phones_that_are_told_to_be_known_are_limited_and_in_the_audit_log(
    queue: Queue, rosa: Servicer, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever tries phones one by one learns who waits."""
    monkeypatch.setattr(phone_searches, "PHONE_SEARCHES", Limit("searches of phones", 2, timedelta(hours=1)))
    join(queue, ANA)
    join(queue, BEN)
    for known, party in (("555 010 1001", "1"), ("555 010 1002", "0")):
        assert "That phone already has number" in rosas.press("Add walk-in", phone=known, party=party).text
    for phone in ("555 010 1002", "555 010 1003"):
        page = rosas.press("Add walk-in", phone=phone, party="1")
        assert (page.status, "That phone already" in page.text) == (422, False)
        assert "You've searched for too many phones." in page.text
    assert "Dona Rute has number 3" in rosas.press("Add walk-in", name="Dona Rute", phone="").text
    with reading() as session:
        entries = [
            e for e in entries_of(session, queue.business_id) if e.action == AuditAction.SEARCHED_PHONES
        ]
    assert [entry.servicer_id for entry in entries] == [rosa.id, rosa.id]


def test_nor_are_more_told_to_whoever_asks_many_at_the_same_moment(
    queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_searches, "PHONE_SEARCHES", Limit("searches of phones", 1, timedelta(hours=1)))
    join(queue, ANA)
    join(queue, BEN)
    rosas.press("Add walk-in", phone="555 010 1001", party="1")
    monkeypatch.setattr("web.control.walk_in.why_not_asked", lambda *_: None)  # as all at once are asked
    page = rosas.press("Add walk-in", phone="555 010 1002", party="1")
    assert "That phone already" not in page.text
    assert "You've searched for too many phones." in page.text
