"""Our scripts' presses are answered with the parts of the page after it; without scripts they lead there."""

import gzip

import pytest
from werkzeug.test import TestResponse

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.visitor import Element, Page, Visitor
from tests.world import ANA, BEN, CAI, join, line, ticket
from web.control.rendered import IN_PLACE

COUNTER = "/control/CET236"
SCRIPTS = {IN_PLACE: "yes"}


# What is neither exchanged nor missing: the words of side.html, and the empty place for messages.
STAYS = [
    "div.notices",
    *("Walk-in", "When somebody joins an empty line"),
    *("input.form-check-input", "Sound", "input.form-check-input", "Notification", "p.form-text"),
    "Keyboard shortcuts",
]


@pytest.fixture(autouse=True)
def three(queue: Queue) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)


def pressed(visitor: Visitor, button: str, headers: dict[str, str] = SCRIPTS, **fields: str) -> TestResponse:
    action, form = visitor.open(COUNTER).form_of(button)
    return visitor.client.post(action, data=form | fields, headers=headers)


def page_of(answer: TestResponse) -> Page:
    return Page(answer.status_code, answer.text, COUNTER)


def parts(page: Page) -> list[str]:
    return [one.attributes["data-part"] for one in page.root.all() if "data-part" in one.attributes]


def outside_of_parts(element: Element) -> list[str]:
    """Words, and elements that hold none, which the page that is open would not take."""
    if "data-part" in element.attributes:
        return []
    if not element.children:
        return [f"{element.tag}.{element.attributes.get('class', '')}"]
    words = [child.strip() for child in element.children if isinstance(child, str) and child.strip()]
    elements = [child for child in element.children if isinstance(child, Element)]
    return words + [found for child in elements for found in outside_of_parts(child)]


def test_a_press_is_answered_with_the_page_after_it(queue: Queue, rosas: Visitor) -> None:
    pressed(rosas, "Call next")
    answer = pressed(rosas, "Done")
    page = page_of(answer)
    assert (answer.status_code, answer.headers["Content-Location"]) == (200, COUNTER)
    assert (page.now_serving, page.status_line) == ("2", "1 waiting")
    assert ticket(queue, 1).state == TicketState.SERVED


def test_it_has_all_that_the_page_has_to_exchange_and_nothing_else(rosas: Visitor) -> None:
    answer = pressed(rosas, "Call next")
    whole = rosas.open(COUNTER)
    page = page_of(answer)
    assert parts(page) == parts(whole)
    assert page.root.all("title")[0].text == whole.root.all("title")[0].text
    assert page.root.all("body")[0].attributes == whole.root.all("body")[0].attributes
    assert not page.root.all("link") + page.root.all("script") + page.root.all("meta")
    assert outside_of_parts(page.root.all("body")[0]) == STAYS
    assert page.root.all("input", name="csrf_token")
    assert page.notices == []


def test_it_names_the_newest_change_it_shows_so_that_it_is_not_fetched_again(rosas: Visitor) -> None:
    shown, later = page_of(pressed(rosas, "Call next")), rosas.open(COUNTER)
    changes = [page.root.all(**{"class": "counter"})[0].attributes["data-change"] for page in (shown, later)]
    assert changes[0] == changes[1]


def test_without_scripts_it_leads_to_the_page(rosas: Visitor) -> None:
    answer = pressed(rosas, "Call next", headers={})
    assert (answer.status_code, answer.headers["Location"]) == (303, COUNTER)


def test_a_press_that_comes_twice_counts_once_and_says_so(queue: Queue, rosas: Visitor) -> None:
    action, form = rosas.open(COUNTER).form_of("Call next")
    first, again = (rosas.client.post(action, data=form, headers=SCRIPTS) for _ in range(2))
    assert page_of(first).now_serving == page_of(again).now_serving == "1"
    assert page_of(first).notices == []
    assert "You're serving 1." in page_of(again).notices[0]
    assert rosas.open(COUNTER).notices == []
    assert line(queue) == [2, 3]


def test_the_number_of_a_walk_in_has_an_address(rosas: Visitor) -> None:
    answer = pressed(rosas, "Add walk-in", name="Dona Rute")
    there = answer.headers["Content-Location"]
    assert "4" in page_of(answer).root.all("p", **{"class": "given-number"})[0].text
    assert "given-number" in rosas.open(there).html


def test_a_page_that_follows_its_queue_is_answered_so_too(rosas: Visitor) -> None:
    answer = rosas.client.get(COUNTER, headers=SCRIPTS)
    assert parts(page_of(answer)) == parts(rosas.open(COUNTER))
    assert not page_of(answer).root.all("link")


def test_who_is_signed_out_is_led_to_sign_in(rosas: Visitor) -> None:
    action, form = rosas.open(COUNTER).form_of("Call next")
    with rosas.client.session_transaction() as session:
        session.pop("_user_id")
    answer = rosas.client.post(action, data=form, headers=SCRIPTS)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


def test_it_is_compressed_as_the_page_is(rosas: Visitor) -> None:
    answer = pressed(rosas, "Call next", headers=SCRIPTS | {"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Now serving" in gzip.decompress(answer.data).decode()


def test_what_is_wrong_with_a_form_is_not_compressed(rosas: Visitor) -> None:
    both = SCRIPTS | {"Accept-Encoding": "gzip"}
    answer = pressed(rosas, "Add walk-in", headers=both, name="Dona Rute", party="many")
    assert answer.status_code == 422
    assert "Content-Encoding" not in answer.headers
