"""Somebody who was called texts 9: the servicer reads that they have left, and has the next or calls them."""

import pytest
import time_machine

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.bot.stage import turn_text_leaves
from tests.bot.transcript import text_in
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, CAI, NOON, join, minutes


@pytest.fixture
def called(queue: Queue, rosas: Visitor) -> None:
    """Rosa has called Ana; Ben and Cai wait."""
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben"), join(queue, CAI, name="Cai")
    rosas.press("Call next")
    turn_text_leaves()


def page_at(visitor: Visitor, minute: float) -> Page:
    with time_machine.travel(NOON + minutes(minute), tick=True):
        return visitor.open("/control/CET236")


def test_the_next_is_there_and_the_page_says_who_has_left(called: None, rosas: Visitor) -> None:
    text_in("9", ANA, NOON + minutes(1))
    page = page_at(rosas, 1.2)
    assert page.now_serving == "2"
    assert "1 has left the line." in page.text
    turn_text_leaves(NOON + minutes(1))
    text_in("9", BEN, NOON + minutes(2))
    page = page_at(rosas, 2.2)
    assert page.now_serving == "3"
    assert "2 has left the line." in page.text


def test_the_page_no_longer_says_so_once_they_are_back(called: None, rosas: Visitor) -> None:
    text_in("9", ANA, NOON + minutes(1))
    text_in("1", ANA, NOON + minutes(2))
    page = page_at(rosas, 2.2)
    assert page.now_serving == "2"
    assert "Ana" in page.waiting[0]
    assert "has left the line" not in page.text


def test_nor_once_something_is_pressed(called: None, rosas: Visitor) -> None:
    text_in("9", ANA, NOON + minutes(1))
    page = page_at(rosas, 1.2)
    with time_machine.travel(NOON + minutes(2), tick=True):
        assert "has left the line" not in rosas.press("Start", page).text


def test_without_that_setting_call_next_is_offered(called: None, rosa: Servicer, rosas: Visitor) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, rosa.id), "calls_next_when_done", False))
    text_in("9", ANA, NOON + minutes(1))
    page = page_at(rosas, 1.2)
    assert page.now_serving == "nobody"
    assert "1 has left the line." in page.text
    with time_machine.travel(NOON + minutes(2), tick=True):
        assert rosas.press("Call next").now_serving == "2"
