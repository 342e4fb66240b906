"""Take a break and Back: they end and start a servicer's duty, on which the waits depend."""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from models.people.servicers import Servicer
from models.queueing.duties import duty_of
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join

AtCounter = Callable[[Servicer], Visitor]


def is_on_duty(queue: Queue, servicer: Servicer) -> bool:
    with reading() as session:
        return duty_of(session, queue.id, servicer.id) is not None


def test_the_first_press_brings_one_on_duty(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    assert not is_on_duty(queue, rosa)
    assert "Take a break" not in rosas.page.buttons
    rosas.press("Call next")
    assert is_on_duty(queue, rosa)


def test_a_break_and_back(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    rosas.press("Back")
    page = rosas.press("Take a break")
    assert not is_on_duty(queue, rosa)
    assert "Take a break" not in page.buttons
    page = rosas.press("Back")
    assert is_on_duty(queue, rosa)
    assert page.notices == ["You're back."]


def test_no_break_while_somebody_is_served(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    join(queue, ANA)
    old = rosas.press("Back")
    page = rosas.press("Call next")
    assert "Take a break" not in page.html
    page = rosas.press("Take a break", old)
    assert page.notices[0].endswith("You're serving 1.")
    assert is_on_duty(queue, rosa)


def test_a_break_in_two_tabs_is_one_break(queue: Queue, rosas: Visitor) -> None:
    rosas.press("Back")
    other_tab = rosas.open("/control/CET236")
    rosas.open("/control/CET236")
    rosas.press("Take a break")
    page = rosas.press("Take a break", other_tab)
    assert page.notices == ["You're already off duty. You're not serving anyone."]


def test_who_has_not_begun_is_not_on_a_break(queue: Queue, rosas: Visitor) -> None:
    assert "You're not on duty yet. Your first press puts you on duty." in rosas.page.text
    assert "You're not on duty yet" in rosas.page.headings
    page = rosas.press("Back")
    assert page.notices == ["You're on duty."]
    page = rosas.press("Take a break")
    assert "You're on a break. Your next press ends it." in page.text
    assert "You're on a break" in page.headings


def test_yesterdays_duty_is_no_break_today(queue: Queue, rosa: Servicer, at_counter: AtCounter) -> None:
    with time_machine.travel(NOON - timedelta(days=1)):
        rosas = at_counter(rosa)
        rosas.press("Back"), rosas.press("Take a break")
    page = rosas.open("/control/CET236")
    assert "You're not on duty yet" in page.headings
