"""LEAVE from somebody who is being served: the counter sees it, and decides."""

import pytest

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join, minutes, ticket


@pytest.fixture
def serving(queue: Queue, rosas: Visitor) -> str:
    """Rosa serves Ana. The token of Ana's page."""
    token = join(queue, ANA).token
    rosas.press("Call next"), rosas.press("Start")
    return token


def test_the_counter_sees_it_and_their_story_tells_it(
    queue: Queue, serving: str, rosas: Visitor, luiss: Visitor
) -> None:
    before = (
        rosas.open("/control/CET236").root.all("div", **{"class": "counter"})[0].attributes["data-change"]
    )
    assert "says they're leaving" not in rosas.page.text
    answer = text_in("LEAVE", ANA, NOON + minutes(1))
    assert answer.text == "Thanks, number 1. We've told the counter for Haircuts that you've left."
    page = rosas.open("/control/CET236")
    assert "says they're leaving" in page.text
    assert page.root.all("div", **{"class": "counter"})[0].attributes["data-change"] != before
    assert "says they're leaving" in luiss.open("/control/CET236").text
    page = open_ticket(luiss, queue, 1)
    assert "says they're leaving" in page.text
    assert story(page)[-1] == "Said they're leaving"
    assert ticket(queue, 1).state == TicketState.SERVING


def test_it_is_told_once_however_often_it_is_said(queue: Queue, serving: str, rosas: Visitor) -> None:
    first, second = text_in("LEAVE", ANA, NOON + minutes(1)), text_in("OUT", ANA, NOON + minutes(2))
    assert first.text == second.text
    assert story(open_ticket(rosas, queue, 1)).count("Said they're leaving") == 1


def test_the_servicers_presses_can_still_be_undone(queue: Queue, serving: str, rosas: Visitor) -> None:
    text_in("LEAVE", ANA, NOON + minutes(1))
    rosas.open("/control/CET236")
    rosas.press("Done")
    assert ticket(queue, 1).state == TicketState.SERVED
    rosas.press("Undo")
    assert "says they're leaving" in rosas.page.text
    rosas.press("Undo")
    assert ticket(queue, 1).state == TicketState.CALLED


def test_a_colleague_takes_over_and_ends_it(queue: Queue, serving: str, luiss: Visitor) -> None:
    text_in("LEAVE", ANA, NOON + minutes(1))
    luiss.open("/control/CET236")
    luiss.press("Take over"), luiss.press("Done")
    assert ticket(queue, 1).state == TicketState.SERVED


def test_who_is_put_back_waits_as_if_it_had_not_been_said(queue: Queue, serving: str, rosas: Visitor) -> None:
    text_in("LEAVE", ANA, NOON + minutes(1))
    rosas.open("/control/CET236")
    rosas.press("Put back")
    assert "says they're leaving" not in rosas.press("Call next").text


def test_it_can_be_said_on_their_page(queue: Queue, serving: str, rosas: Visitor, visitor: Visitor) -> None:
    visitor.open(f"/t/{serving}")
    page = visitor.press("Leave the queue")
    assert "The counter knows you've left." in page.text
    assert "Leave the queue" not in page.buttons
    assert "says they're leaving" in rosas.open("/control/CET236").text


def test_cancel_tells_the_counter_too_and_stops_the_texts(queue: Queue, serving: str, rosas: Visitor) -> None:
    """CANCEL leaves the queue as well; the carrier answers it."""
    assert text_in("CANCEL", ANA, NOON + minutes(1)).text is None
    assert "says they're leaving" in rosas.open("/control/CET236").text
