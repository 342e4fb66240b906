"""Remove: the servicer takes a ticket out of the queue."""

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, ticket


def test_who_is_removed_is_served_no_more(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    page = rosas.press("Remove")
    assert page.now_serving == "nobody"
    assert ticket(queue, 1).state == TicketState.REMOVED


def test_an_old_page_does_not_remove_the_next_person(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    old = rosas.press("Call next")
    rosas.press("Done")
    rosas.press("Remove", old)
    assert ticket(queue, 2).state == TicketState.CALLED


def test_it_is_not_there_when_nobody_is_served(rosas: Visitor) -> None:
    assert "Remove" not in rosas.page.html
