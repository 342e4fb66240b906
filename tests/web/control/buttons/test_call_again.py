"""Call again: one more text to somebody who was called and has not come."""

from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, outbox


def test_who_has_not_come_is_texted_again(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    page = rosas.press("Call again")
    assert page.now_serving == "1"
    assert "Called 1 again" in page.text
    assert [kind for _, kind, _ in outbox(queue)] == ["your_turn", "reminder"]


def test_it_is_not_there_for_somebody_being_served(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    old = rosas.press("Call next")
    page = rosas.press("Start")
    assert "Call again" not in page.html
    page = rosas.press("Call again", old)
    assert page.notices == ["Nothing was changed: 1 is already being served. You're serving 1."]


def test_an_old_page_does_not_text_the_next_person(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    old = rosas.press("Call next")
    rosas.press("Done"), rosas.press("Call again", old)
    assert [kind for _, kind, _ in outbox(queue, 2)] == ["your_turn"]
