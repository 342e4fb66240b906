"""The conversation with the counter on a customer's own page."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.people.actors import By
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.messages.conversation import SAID_ON_TICKET
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading
from models.texts.remarks import Remark
from tests.bot.stage import count
from tests.bot.transcript import text_in
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, call_next, change, join, minutes, ticket


@pytest.fixture
def token(queue: Queue) -> str:
    """Somebody has joined on the web. The token of their page."""
    return join(queue, None, source=Source.WEB).token


def said(visitor: Visitor) -> list[str]:
    return [q.text for q in visitor.page.root.all("q")]


def test_what_is_written_stands_on_both_pages(
    queue: Queue, token: str, visitor: Visitor, rosas: Visitor
) -> None:
    visitor.open(f"/t/{token}")
    visitor.press("Send", words="  which door\n do I take? ")
    assert said(visitor) == ["which door do I take?"]
    rosas.open("/control/CET236")
    assert said(rosas) == ["which door do I take?"]


def test_it_says_whether_somebody_is_there_to_read_it(
    queue: Queue, token: str, visitor: Visitor, rosa: Servicer
) -> None:
    visitor.open(f"/t/{token}")
    assert "Nobody is at the counter to read it right now." in visitor.press("Send", words="hello?").text
    join(queue, BEN)
    call_next(queue, rosa)
    assert "Passed on to the counter." in visitor.press("Send", words="the green door?").text


def test_a_second_tap_says_nothing_more(queue: Queue, token: str, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{token}")
    visitor.press("Send", words="which door?"), visitor.press("Send", page, words="which door?")
    assert said(visitor) == ["which door?"]


def test_whoever_texts_sees_it_all_there_too(queue: Queue, visitor: Visitor) -> None:
    own = join(queue, ANA).token
    text_in("which door do I take?", ANA, NOON + minutes(1))
    visitor.open(f"/t/{own}")
    assert said(visitor) == ["which door do I take?"]


def test_whoever_was_forgotten_while_being_served_leaves_no_more_words(
    queue: Queue, token: str, visitor: Visitor, rosas: Visitor
) -> None:
    """Nothing would erase them any more: who was forgotten once is not forgotten again in time."""
    rosas.open("/control/CET236"), rosas.press("Call next"), rosas.press("Start")
    before = visitor.open(f"/t/{token}")
    counter = rosas.open(f"/control/CET236/ticket/{ticket(queue, 1).id}")
    change(1, queue, lambda s, t: forget(s, t.customer, by=By.customer(), now=NOON))
    notices = visitor.press("Send", before, words="I am Zebrawood").notices
    assert notices == ["We've erased your phone number, name and texts."]
    assert "Write to the counter" not in visitor.page.text
    rosas.press("Reply", counter, note="Yes, Zebrawood?")
    with reading() as session:
        assert session.scalars(select(Remark)).all() == []


def test_nothing_empty_and_nothing_endless_is_said(queue: Queue, token: str, visitor: Visitor) -> None:
    visitor.open(f"/t/{token}")
    assert "Write your message first." in visitor.press("Send", words="  ").text
    assert "Use at most 300 characters." in visitor.press("Send", words="x" * 301).text
    assert count(Remark) == 0


def test_only_so_much_is_said_in_an_hour(queue: Queue, token: str, visitor: Visitor) -> None:
    visitor.open(f"/t/{token}")
    for index in range(SAID_ON_TICKET.most + 1):
        visitor.press("Send", words=f"door {index}?")
    assert "You've written a lot this hour." in visitor.page.text
    assert count(Remark) == SAID_ON_TICKET.most


def test_once_it_is_over_nothing_can_be_said(queue: Queue, token: str, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{token}")
    visitor.press("Leave the queue")
    assert "Send" not in visitor.page.buttons
    visitor.press("Send", page, words="wait!")
    assert count(Remark) == 0


def test_it_needs_the_form_of_the_page(app: Flask, queue: Queue, token: str, visitor: Visitor) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    visitor.client.post(f"/t/{token}/say", data={"words": "hello"})
    assert count(Remark) == 0


def test_what_is_written_never_becomes_part_of_a_page(
    queue: Queue, token: str, visitor: Visitor, rosas: Visitor
) -> None:
    visitor.open(f"/t/{token}")
    visitor.press("Send", words="<img src=x onerror=alert(1)> door")
    rosas.open("/control/CET236")
    for browser in (visitor, rosas):
        assert said(browser) == ["<img src=x onerror=alert(1)> door"]
        assert not [img for img in browser.page.root.all("img") if img.attributes.get("src") == "x"]


def test_an_open_page_of_whoever_has_said_something_follows_at_once(
    queue: Queue, token: str, visitor: Visitor
) -> None:
    def follows() -> bool:
        return any("data-talks" in one.attributes for one in visitor.page.root.all("section"))

    visitor.open(f"/t/{token}")
    assert not follows()
    visitor.press("Send", words="which door?")
    assert follows()
