"""The button Reply: the counter answers one customer, by text or on their page."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.delivery.staleness import is_stale
from models.people.business import Business
from models.queueing.messages import conversation
from models.queueing.messages.conversation import HELD_BACK, REPLIES_ON_TICKET
from models.queueing.presses.presses import Press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading, transaction
from models.storage.rate_limits import Limit
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark
from models.texts.text_kinds import TextKind
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, make_business, make_queue, minutes, ticket

DOOR = "which door do I take?"


def replies() -> list[tuple[str, str]]:
    """The answers in the outbox: their words and state."""
    with reading() as session:
        of_kind = select(OutboundMessage).where(OutboundMessage.kind == TextKind.REPLY)
        texts = session.scalars(of_kind.order_by(OutboundMessage.id))
        return [(text.facts["note"], text.state.value) for text in texts]


def fields(visitor: Visitor, **more: str) -> dict[str, str]:
    """What the form with the button Reply would send."""
    return visitor.page.form_of("Reply")[1] | more


def send(visitor: Visitor, form: dict[str, str], keyword: str = "CET236") -> int:
    return visitor.client.post(f"/control/{keyword}/reply", data=form).status_code


def seconds_pass(span: timedelta) -> None:
    """As if all this had been pressed that much earlier."""

    def work(session: Session) -> None:
        for press in session.scalars(select(Press)):
            press.pressed_at -= span
        for remark in session.scalars(select(Remark)):
            remark.at -= span

    transaction(work)


def talk(visitor: Visitor) -> list[str]:
    return [q.text for q in visitor.page.root.all("q")]


@pytest.fixture
def asked(queue: Queue, rosas: Visitor) -> None:
    """Rosa has called Ana, who asks something."""
    join(queue, ANA)
    rosas.press("Call next")
    text_in(DOOR, ANA, NOON + minutes(1))
    open_ticket(rosas, queue, 1)


def test_it_goes_to_that_customer_once_and_both_read_what_was_said(
    asked: None, queue: Queue, rosas: Visitor
) -> None:
    rosas.press("Reply", note="The green one, on the left.")
    assert "Your answer is on its way to 1." in rosas.page.text
    assert replies() == [("The green one, on the left.", "waiting")]
    assert talk(rosas) == ["The green one, on the left."], "beside the number, in place of the question"
    assert "answered" in rosas.page.text
    page = open_ticket(rosas, queue, 1)
    assert talk(rosas) == [DOOR, "The green one, on the left."]
    assert "about to go out" in page.text
    assert "Text “answer”: about to go out" in story(page)


def test_the_same_press_twice_is_one_answer(asked: None, queue: Queue, rosas: Visitor) -> None:
    form = fields(rosas, note="Yes.")
    send(rosas, form), send(rosas, form)
    assert replies() == [("Yes.", "waiting")]


def test_an_answer_of_the_list_needs_one_press(asked: None, rosas: Visitor) -> None:
    rosas.press("Take your time.")
    assert replies() == [("Take your time.", "waiting")]


def test_who_reads_spanish_gets_it_in_spanish(queue: Queue, rosas: Visitor) -> None:
    text_in("CET236", ANA), text_in("LANG es", ANA)
    open_ticket(rosas, queue, 1)
    rosas.press("Take your time.")
    assert replies() == [("No hay prisa.", "waiting")]


def test_undo_takes_it_back_and_the_words_are_in_the_field_again(
    asked: None, queue: Queue, rosas: Visitor
) -> None:
    rosas.press("Reply", note="Yess.")
    assert "Answered 1" in rosas.page.text
    rosas.press("Undo")
    assert replies() == [("Yess.", "expired")], "it never leaves"
    assert fields(rosas)["note"] == "Yess."
    assert "nobody has read it" in rosas.page.text
    rosas.press("Reply", note="Yes.")
    open_ticket(rosas, queue, 1)
    assert talk(rosas) == [DOOR, "Yes."]
    assert replies() == [("Yess.", "expired"), ("Yes.", "waiting")]


def test_the_question_is_unanswered_again(asked: None, queue: Queue, rosas: Visitor) -> None:
    rosas.press("Reply", note="Yes.")
    text_in("hello?", ANA, NOON + minutes(2))
    rosas.press("Undo")
    assert ticket(queue, 1).unanswered_remarks == 2
    rosas.open("/control/CET236")
    assert talk(rosas) == ["hello?"]
    assert "and 1 before it" in rosas.page.text


def test_after_a_few_seconds_undo_goes_on_to_the_press_before(
    asked: None, queue: Queue, rosas: Visitor
) -> None:
    rosas.press("Reply", note="Yes.")
    seconds_pass(HELD_BACK)
    rosas.press("Undo")
    assert "your answer to 1 has been sent already" in rosas.page.text, "by a page from before"
    assert ticket(queue, 1).state == "called"
    assert replies() == [("Yes.", "waiting")]
    rosas.press("Undo")
    assert ticket(queue, 1).state == "waiting"


def test_what_the_carrier_has_is_not_taken_back(asked: None, queue: Queue, rosas: Visitor) -> None:
    rosas.press("Reply", note="Yes.")
    transaction(lambda s: s.execute(update(OutboundMessage).values(state="sending", attempts=1)))
    rosas.press("Undo")
    assert "your answer to 1 has been sent already" in rosas.page.text
    assert talk(rosas) == ["Yes."]


def test_it_is_refused_for_somebody_opted_out_and_for_somebody_without_a_phone(
    queue: Queue, rosas: Visitor
) -> None:
    join(queue, ANA), join(queue, None, source=Source.DESK)
    open_ticket(rosas, queue, 1)
    form = fields(rosas, note="Yes.")
    text_in("STOP", ANA, NOON + minutes(1))
    assert "They can't get texts" in open_ticket(rosas, queue, 1).text
    send(rosas, form)
    rosas.open("/control/CET236")
    assert replies() == []
    assert "We don't have their phone number" in open_ticket(rosas, queue, 2).text


def test_it_is_refused_once_the_ticket_is_over(asked: None, queue: Queue, rosas: Visitor) -> None:
    form = fields(rosas, note="Yes.")
    text_in("LEAVE", ANA, NOON + minutes(2))
    send(rosas, form)
    assert replies() == []
    assert "Reply" not in open_ticket(rosas, queue, 1).text


def test_an_answer_arrives_even_if_the_visit_ends_at_once(asked: None, queue: Queue, rosas: Visitor) -> None:
    rosas.press("Reply", note="Sorry, we can't do perms.")
    rosas.open("/control/CET236")
    rosas.press("No-show")
    assert ticket(queue, 1).state == "no_show"
    assert replies() == [("Sorry, we can't do perms.", "waiting")]
    with reading() as session:
        of_kind = select(OutboundMessage).where(OutboundMessage.kind == TextKind.REPLY)
        answer = session.scalars(of_kind).one()
        assert not is_stale(session, answer, answer.created_at + timedelta(seconds=50))
        assert is_stale(session, answer, answer.created_at + timedelta(seconds=70))


def test_no_answer_follows_somebody_who_has_left(asked: None, rosas: Visitor) -> None:
    rosas.press("Reply", note="Yes.")
    text_in("LEAVE", ANA, NOON + minutes(2))
    with reading() as session:
        of_kind = select(OutboundMessage).where(OutboundMessage.kind == TextKind.REPLY)
        answer = session.scalars(of_kind).one()
        assert is_stale(session, answer, answer.created_at)


def test_an_answer_to_somebody_who_is_forgotten_is_dropped(asked: None, rosas: Visitor) -> None:
    rosas.press("Reply", note="Yes.")
    text_in("FORGET", ANA, NOON + minutes(2))
    text_in("FORGET", ANA, NOON + minutes(3))
    with reading() as session:
        of_kind = select(OutboundMessage).where(OutboundMessage.kind == TextKind.REPLY)
        assert [text.state.value for text in session.scalars(of_kind)] == ["expired"]


def test_an_undone_answer_does_not_come_back_after_the_right_one(
    asked: None, queue: Queue, rosas: Visitor
) -> None:
    rosas.press("Reply", note="Yess.")
    rosas.press("Undo")
    address = rosas.page.path
    assert "recalled=" in address
    rosas.press("Reply", note="Yes.")
    rosas.open(address)
    assert fields(rosas)["note"] == ""


def test_an_undone_answer_does_not_count(asked: None, queue: Queue, rosas: Visitor) -> None:
    for index in range(REPLIES_ON_TICKET.most):
        open_ticket(rosas, queue, 1)
        rosas.press("Reply", note=f"Door {index}.")
        rosas.press("Undo")
    rosas.press("Reply", note="Door 3.")
    assert replies()[-1] == ("Door 3.", "waiting")


def test_only_so_many_an_hour_go_to_one_customer(asked: None, queue: Queue, rosas: Visitor) -> None:
    for index in range(REPLIES_ON_TICKET.most + 1):
        open_ticket(rosas, queue, 1)
        rosas.press("Reply", note=f"Door {index}.")
    assert len(replies()) == REPLIES_ON_TICKET.most
    assert "several answers this hour" in rosas.page.text
    assert f"Door {REPLIES_ON_TICKET.most}." in rosas.page.text, "what was typed is still there"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "Write your answer first."),
        ("x" * 201, "Use at most 200."),
        ("✂️", "Write it in words"),
        ("[]" * 99, "more than two texts"),
    ],
)
def test_what_no_text_can_carry_is_refused_with_the_reason(
    asked: None, rosas: Visitor, words: str, problem: str
) -> None:
    rosas.press("Reply", note=words)
    assert problem in rosas.page.text
    assert replies() == []


def test_a_phone_from_the_desk_gets_no_address(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, source=Source.DESK)
    open_ticket(rosas, queue, 1)
    rosas.press("Reply", note="win at www.example.com")
    assert "Leave out web addresses" in rosas.page.text
    assert replies() == []


def test_so_many_people_from_the_desk_an_hour_are_answered_by_one_servicer(
    queue: Queue, rosas: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a walk-in is a way to text strangers in words of one's own."""
    monkeypatch.setattr(conversation, "REPLIES_TO_THE_DESK", Limit("replies to the desk", 1, minutes(60)))
    join(queue, ANA, source=Source.DESK), join(queue, BEN, source=Source.DESK), join(queue, CAI)
    for number in (1, 2):
        open_ticket(rosas, queue, number)
        rosas.press("Reply", note=f"Hello, {number}.")
    assert "you've texted too many people from the desk this hour" in rosas.page.text
    assert "Hello, 2." in rosas.page.text, "what was typed is still there"
    open_ticket(rosas, queue, 3)
    rosas.press("Reply", note="Hello, 3.")
    assert [words for words, _ in replies()] == ["Hello, 1.", "Hello, 3."]


def test_the_ticket_of_another_queue_or_business_gets_nothing(
    asked: None, queue: Queue, rosas: Visitor
) -> None:
    other = make_queue(make_business(name="Elsewhere", number="+15550100009"), "OTHER")
    join(other, BEN)
    form = fields(rosas, note="Yes.", ticket=str(ticket(other, 1).id))
    assert send(rosas, form) == 404
    assert send(rosas, form, "OTHER") == 404
    assert replies() == []


def test_somebody_on_the_web_reads_it_on_their_page(
    business: Business, queue: Queue, rosas: Visitor, visitor: Visitor
) -> None:
    token = join(queue, None, source=Source.WEB).token
    open_ticket(rosas, queue, 1)
    rosas.press("Reply", note="The green door.")
    page = visitor.open(f"/t/{token}")
    assert talk(visitor) == [], "while it can be undone"
    due = [each.attributes.get("data-due-seconds") for each in page.root.all("section")]
    assert any(due), "then it is looked for again"
    seconds_pass(HELD_BACK)
    visitor.open(f"/t/{token}")
    assert talk(visitor) == ["The green door."]
    assert "will read your answer on their page" in rosas.page.text
    assert replies() == []
    open_ticket(rosas, queue, 1)
    assert "on their page" in rosas.page.text
