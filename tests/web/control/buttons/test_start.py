"""Start: the customer has come, and the service time begins."""

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, ticket


def test_started_customers_are_being_served(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    page = rosas.press("Start")
    assert "being served for" in page.text
    assert "Start" not in page.buttons
    assert "No-show" not in page.buttons
    assert ticket(queue, 1).state == TicketState.SERVING


def test_start_is_there_only_for_somebody_who_was_called(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert "Start" not in rosas.open("/control/CET236").buttons


def test_starting_in_two_tabs_starts_once(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    other_tab = rosas.open("/control/CET236")
    rosas.open("/control/CET236")
    rosas.press("Start")
    page = rosas.press("Start", other_tab)
    assert page.notices == ["Nothing was changed: 1 is already being served. You're serving 1."]


def test_an_old_page_never_starts_somebody_else(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    old = rosas.press("Call next")
    rosas.press("Done")
    page = rosas.press("Start", old)
    assert page.notices[0].endswith("You're serving 2.")
    assert ticket(queue, 2).state == TicketState.CALLED
