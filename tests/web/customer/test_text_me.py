"""Text me: how somebody who took a number on the web gets texts about it."""

from urllib.parse import unquote

from models.queueing.tables.queues import Queue
from tests.bot.transcript import text_in
from tests.web.visitor import Visitor
from tests.world import ANA, join


def test_the_link_opens_the_text_that_binds_the_phone(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    page = visitor.press("Take a number")
    (link,) = [each for each in page.root.all("a") if each.text == "Text me"]
    address, _, body = unquote(link.attributes["href"]).partition("?&body=")
    assert address == "sms:+15550100000"
    assert body in page.text
    text_in(body, ANA)
    page = visitor.open(page.path)
    assert not [each for each in page.root.all("a") if each.text == "Text me"]
    assert "We'll text you" in page.text


def test_the_code_is_drawn_for_another_phone(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, None).token
    answer = visitor.client.get(f"/t/{token}/text-me.svg")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert visitor.client.get(f"/t/{join(queue, ANA).token}/text-me.svg").status_code == 404


def test_it_is_not_offered_where_there_is_a_phone_already(queue: Queue, visitor: Visitor) -> None:
    assert "Text me" not in visitor.open(f"/t/{join(queue, ANA).token}").text


def test_taking_another_number_on_that_page_later_is_the_same_persons(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    page = visitor.press("Take a number")
    (link,) = [each for each in page.root.all("a") if each.text == "Text me"]
    text_in(unquote(link.attributes["href"]).partition("?&body=")[2], ANA)
    visitor.open(page.path)
    visitor.press("Leave the queue")
    visitor.open("/q/CET236")
    assert "We'll text you" in visitor.press("Take a number").text
