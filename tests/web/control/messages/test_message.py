"""Message to everybody waiting: one text each, and only what can be sent."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.queueing.messages import announcements
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import reading, transaction
from models.storage.rate_limits import Limit
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.web.control.tickets import opt_out
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, make_business, make_queue, outbox

HOUR = timedelta(hours=1)


def write(visitor: Visitor, note: str) -> None:
    visitor.open("/control/CET236/message")
    visitor.press("Send message", note=note)


def test_everybody_who_waits_gets_it_once(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.press("Call next")
    write(rosas, "The coffee machine\r\nworks again.")
    assert rosas.page.path == "/control/CET236"
    assert rosas.page.notices == ["Your message is on its way to 2 people."]
    assert "Messaged 2 people" in rosas.page.text
    assert [text for text in outbox(queue) if text[1] == "announcement"] == [
        (2, "announcement", "waiting"),
        (3, "announcement", "waiting"),
    ]
    with reading() as session:
        notes = {text.facts.get("note") for text in session.query(OutboundMessage)} - {None}
    assert notes == {"The coffee machine works again."}


def test_signs_that_a_text_goes_without_are_named(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    write(rosas, "Tea ☕ and cake 🍰 à la carte!")
    assert rosas.page.notices == [
        "Your message is on its way to 1 person. An SMS leaves out ☕ (U+2615), 🍰 (U+1F370)."
    ]


def test_who_can_not_be_texted_is_to_be_told_aloud(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    opt_out(queue, 1)
    write(rosas, "Tea!")
    assert rosas.page.notices == [
        "Your message is on its way to 1 person. Tell 1 person aloud. They can't be texted."
    ]


def test_where_nobody_can_be_texted_nothing_is_sent(queue: Queue, rosas: Visitor) -> None:
    join(queue, None)
    write(rosas, "Tea!")
    assert rosas.page.notices[0].startswith("Nothing was sent: nobody waiting can be texted.")
    assert "Undo" not in rosas.page.buttons


def test_with_nobody_waiting_there_is_nothing_to_press(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    page = rosas.open("/control/CET236/message")
    assert "Message to everybody" in [a.text for a in rosas.open("/control/CET236").root.all("a")]
    page_now = rosas.press("Call next")
    assert "Message to everybody" not in page_now.html
    assert rosas.open("/control/CET236/message").buttons == []
    rosas.press("Send message", page, note="Tea!")
    assert rosas.page.notices == ["Nothing was sent: nobody is waiting. You're serving 1."]


UNFIT = [
    ("", "Write your message first."),
    ("  \n ", "Write your message first."),
    ("x" * 141, "That's 141 characters. Use at most 140."),
    ("😀✂️", "A text can't show 😀 (U+1F600), ✂️ (U+2702). Write it in words."),
    ("王" * 140, "That takes more than two texts. Shorten it."),
]


@pytest.mark.parametrize(("note", "words"), UNFIT)
def test_what_can_not_be_sent_is_given_back(queue: Queue, rosas: Visitor, note: str, words: str) -> None:
    join(queue, ANA)
    write(rosas, note)
    assert rosas.page.status == 422
    assert words in rosas.page.text
    assert outbox(queue) == []
    (box,) = rosas.page.root.all("textarea")
    assert box.text == note.strip()
    assert box.attributes["aria-invalid"] == "true"


def test_control_characters_and_markup_are_plain_words(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    write(rosas, "Tea\x00 <b>now</b>\u2028please")
    with reading() as session:
        assert session.query(OutboundMessage).one().facts["note"] == "Tea <b>now</b> please"


def test_undo_stops_what_has_not_left_and_tells_of_what_has(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    write(rosas, "Tea!")

    def one_leaves(session) -> None:  # type: ignore[no-untyped-def]
        session.query(OutboundMessage).order_by(OutboundMessage.id).first().state = TextState.SENT

    transaction(one_leaves)
    page = rosas.press("Undo")
    assert page.notices == ["Undone: messaged 2 people, but 1 person already got the message."]
    assert [state for _, _, state in outbox(queue)] == ["sent", "expired"]


def test_a_message_that_everybody_has_offers_no_undo(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    write(rosas, "Tea!")

    def all_leave(session) -> None:  # type: ignore[no-untyped-def]
        for text in session.query(OutboundMessage):
            text.state = TextState.SENT

    transaction(all_leave)
    page = rosas.open("/control/CET236")
    assert "Messaged 2 people" in page.text
    assert "Undo" not in page.buttons


def test_so_many_messages_in_an_hour_then_what_was_typed_stays_on_the_page(
    queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "MESSAGES_OF_QUEUE", Limit("messages of a queue", 2, HOUR))
    join(queue, ANA)
    with time_machine.travel(NOON, tick=False):
        for note in ("Tea!", "Coffee!", "Cake!"):
            write(rosas, note)
    assert rosas.page.status == 429
    assert "Nothing was sent: everyone has had several messages this hour." in rosas.page.text
    assert "Try again in 60 min, or tell them aloud." in rosas.page.text
    (box,) = rosas.page.root.all("textarea")
    assert (box.text, len(outbox(queue))) == ("Cake!", 2)
    with time_machine.travel(NOON + HOUR, tick=False):
        write(rosas, "Cake!")
    assert rosas.page.notices == ["Your message is on its way to 1 person."]


def test_so_many_in_all_queues_of_a_business(
    business: Business, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "MESSAGES_OF_BUSINESS", Limit("messages of a business", 2, HOUR))
    other = make_queue(business, keyword="SHAVE", name="Shaves")
    theirs = make_queue(make_business(name="Another", number="+15550109999"), keyword="OTHER", name="Theirs")
    for line in (queue, other, theirs):
        join(line, ANA)
        announce(line)
    with pytest.raises(NotPossible, match="too_many_messages"):
        announce(queue)
    announce(theirs)


def announce(queue: Queue) -> None:
    def work(session: Session) -> None:
        announcements.announce(session, Queue.lock(session, queue.id), "Tea!", by=By.clock(), now=NOON)

    transaction(work)


def test_a_double_press_sends_it_once(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    before = rosas.open("/control/CET236/message")
    rosas.press("Send message", note="Tea!")
    page = rosas.press("Send message", before, note="Tea!")
    assert page.notices[0].startswith("You already pressed that.")
    assert len(outbox(queue)) == 1


def test_no_address_goes_to_a_phone_that_was_given_at_the_desk(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/control/CET236")
    rosas.press("Add walk-in", phone="555 010 1002")
    rosas.open("/control/CET236/message")
    page = rosas.press("Send message", note="Win at shop.example")
    assert (page.status, "gave their phone number at the desk" in page.text) == (422, True)
    assert outbox(queue) == [(1, "joined", "waiting")]
    rosas.press("Send message", note="Back at two")
    assert outbox(queue)[-1] == (1, "announcement", "waiting")


def test_but_those_who_wrote_to_us_may_be_sent_one(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.open("/control/CET236/message")
    rosas.press("Send message", note="The menu: shop.example")
    assert outbox(queue)[-1] == (1, "announcement", "waiting")


def test_the_reason_of_a_pause_carries_no_address(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/control/CET236")
    page = rosas.press("Pause", reason="Win at shop.example")
    assert "leave out web addresses, email addresses" in page.notices[0]
    assert "Pause" in page.buttons, "and it is not paused"
