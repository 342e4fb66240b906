"""Coming: the servicer knows that somebody who was called is on their way, and waits for them."""

import secrets

import pytest
import time_machine
from flask import Flask

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.duties import on_duty
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket, presses
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, NOON, join, make_business, make_queue, make_servicer, minutes, ticket


@pytest.fixture
def called(queue: Queue, rosas: Visitor) -> None:
    """Rosa has called Ana; Ben waits."""
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben")
    rosas.press("Call next")


def press_at(visitor: Visitor, later: float, button: str, page: Page | None = None) -> Page:
    """So many minutes after noon."""
    with time_machine.travel(NOON + minutes(later), tick=True):
        return visitor.press(button, page)


def send(visitor: Visitor, page: Page, button: str, address: str) -> Page:
    """A form of the page, sent to the address of another button."""
    _, fields = page.form_of(button)
    visitor.client.post(address, data=fields | {"press": secrets.token_hex(16)})
    return visitor.open("/control/CET236")


def test_everybody_at_the_counter_sees_until_when_they_are_waited_for(
    queue: Queue, called: None, rosas: Visitor, luiss: Visitor
) -> None:
    page = rosas.press("Coming")
    assert page.now_serving == "1"
    assert "Marked 1 as coming" in page.text
    for page in (rosas.page, luiss.open("/control/CET236"), open_ticket(luiss, queue, 1)):
        assert "coming, about 12:05" in page.text
    assert story(page)[-1] == "Marked as coming by Rosa"


def test_they_see_themselves_until_when_they_are_waited_for(
    queue: Queue, called: None, rosas: Visitor, visitor: Visitor
) -> None:
    path = f"/t/{ticket(queue, 1).token}"
    assert "waiting for you" not in visitor.open(path).text
    rosas.press("Coming")
    assert "We're waiting for you until 12:05." in visitor.open(path).text


def test_it_can_be_pressed_again_until_twenty_minutes_after_the_call(
    queue: Queue, called: None, rosas: Visitor
) -> None:
    for later, until in ((0, "12:05"), (4, "12:09"), (14, "12:19"), (17, "12:20")):
        assert f"coming, about {until}" in press_at(rosas, later, "Coming").text
        open_ticket(rosas, queue, 1)  # once pressed, Hold has its place on the queue's page
    assert "Coming" not in presses(rosas.page)


def test_it_is_not_there_where_a_queue_waits_no_longer_for_anybody(
    business: Business, rosa: Servicer, app: Flask
) -> None:
    queue = make_queue(business, "NOWAIT", coming_minutes=0)
    join(queue, ANA)
    rosas = Visitor(app).sign_in(rosa)
    rosas.open("/control/NOWAIT")
    assert "Coming" not in rosas.press("Call next").buttons
    assert "Coming" not in presses(open_ticket(rosas, queue, 1))


def test_an_old_page_waits_no_longer_than_that(queue: Queue, called: None, rosas: Visitor) -> None:
    page = press_at(rosas, 21, "Coming", rosas.page)
    assert page.notices == ["Nothing was changed: we can't wait any longer for 1. You're serving 1."]
    assert ticket(queue, 1).coming_until is None


def test_it_makes_nothing_shorter_that_they_have_said(queue: Queue, called: None, rosas: Visitor) -> None:
    text_in("15 min late", ANA, NOON + minutes(1))
    open_ticket(rosas, queue, 1)
    assert "coming, about 12:16" in press_at(rosas, 2, "Coming").text


def test_undo_takes_it_back_and_then_the_call(queue: Queue, called: None, rosas: Visitor) -> None:
    rosas.press("Coming")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: marked 1 as coming."]
    assert (page.now_serving, "coming, about" in page.text) == ("1", False)
    assert story(open_ticket(rosas, queue, 1))[-1] == "Undone by Rosa: marked as coming"
    rosas.open("/control/CET236")
    assert rosas.press("Undo").now_serving == "nobody"


def test_undo_is_not_offered_once_they_have_said_so_themselves(
    queue: Queue, called: None, rosas: Visitor
) -> None:
    rosas.press("Coming")
    text_in("10 min late", ANA, NOON + minutes(1))
    page = rosas.open("/control/CET236")
    assert "Undo" not in page.buttons
    assert "You can't undo this any more: 1 has changed in the meantime." in page.text
    assert "coming, about 12:11" in page.text


def test_it_is_there_only_for_somebody_who_was_called_and_has_not_come(
    queue: Queue, called: None, rosas: Visitor
) -> None:
    old = rosas.page
    assert "Coming" in presses(open_ticket(rosas, queue, 1))
    assert "Coming" not in presses(open_ticket(rosas, queue, 2)), "waits"
    text_in("HERE", ANA, NOON + minutes(1))
    assert "Coming" not in rosas.open("/control/CET236").buttons
    page = rosas.press("Coming", old)
    assert page.notices == ["Nothing was changed: 1 is already here. You're serving 1."]
    old = rosas.page
    page = rosas.press("Start", old)
    assert "Coming" not in page.buttons
    page = send(rosas, page, "Done", "/control/CET236/coming")
    assert page.notices == ["Nothing was changed: 1 is already being served. You're serving 1."]


def test_it_is_refused_for_somebody_who_waits(queue: Queue, called: None, rosas: Visitor) -> None:
    page = send(rosas, open_ticket(rosas, queue, 2), "Remove", "/control/CET236/coming")
    assert page.notices == ["Nothing was changed. You're serving 1."]
    assert ticket(queue, 2).coming_until is None


def test_an_old_page_waits_for_nobody_who_was_called_since(
    queue: Queue, called: None, rosas: Visitor
) -> None:
    old = rosas.page
    rosas.press("Done"), rosas.press("Coming", old)
    assert ticket(queue, 2).coming_until is None


def test_a_manager_waits_for_a_colleagues_customer_and_is_not_on_duty_by_that(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA)
    luiss.press("Call next")
    open_ticket(rosas, queue, 1)
    rosas.press("Coming")
    assert "coming, about 12:05" in luiss.open("/control/CET236").text
    assert story(open_ticket(rosas, queue, 1))[-1] == "Marked as coming by Rosa, for Luis"
    with reading() as session:
        assert [duty.servicer.name for duty in on_duty(session, queue.id)] == ["Luis"]


def test_a_servicer_decides_nothing_about_a_colleagues_customer(
    queue: Queue, called: None, luiss: Visitor
) -> None:
    page = open_ticket(luiss, queue, 1)
    assert presses(page) == ["Take over"]
    send(luiss, page, "Take over", "/control/CET236/coming")
    assert ticket(queue, 1).coming_until is None


def test_nobody_of_another_business_can(queue: Queue, called: None, rosa: Servicer, app: Flask) -> None:
    """Not in our queue, nor with our ticket from a queue of their own."""
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    theirs = make_queue(elsewhere, "SHAVES")
    stranger = Visitor(app).sign_in(make_servicer(elsewhere, "Sam"))
    _, fields = stranger.open(f"/control/{theirs.keyword}").form_of("Call next")
    fields |= {"ticket": str(ticket(queue, 1).id), "state": "called", "whose": str(rosa.id)}
    for keyword, status in (("CET236", 404), ("SHAVES", 303)):
        fields["press"] = secrets.token_hex(16)
        assert stranger.client.post(f"/control/{keyword}/coming", data=fields).status_code == status
    assert ticket(queue, 1).coming_until is None
