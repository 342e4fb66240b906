"""No-show: called and did not come."""

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, outbox, ticket


def test_who_did_not_come_is_marked_and_told(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next")
    page = rosas.press("No-show")
    assert page.now_serving == "nobody"
    assert "Marked 1 as a no-show" in page.text
    assert ticket(queue, 1).state == TicketState.NO_SHOW
    assert (1, "no_show", "waiting") in outbox(queue)


def test_it_is_not_there_for_somebody_being_served(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Start")
    assert "No-show" not in rosas.page.html


def test_an_old_page_does_not_mark_somebody_who_has_been_started(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    old = rosas.press("Call next")
    rosas.press("Start")
    page = rosas.press("No-show", old)
    assert page.notices == ["Nothing was changed: 1 is already being served. You're serving 1."]
    assert ticket(queue, 1).state == TicketState.SERVING


def test_an_old_page_does_not_mark_the_next_person(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    old = rosas.press("Call next")
    rosas.press("Done")
    rosas.press("No-show", old)
    assert ticket(queue, 2).state == TicketState.CALLED
