"""Undo: reverts the servicer's own last press completely, and only if the page named it."""

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, outbox, ticket


def test_a_call_is_taken_back_and_the_person_is_first_again(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: called 1."]
    assert page.now_serving == "nobody"
    assert line(queue) == [1, 2]
    assert outbox(queue) == [(1, "your_turn", "expired")]


def test_both_halves_of_done_and_call_are_taken_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.press("Call next"), rosas.press("Start"), rosas.press("Done")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: done with 1, called 2."]
    assert page.now_serving == "1"
    assert ticket(queue, 1).state == TicketState.SERVING
    assert line(queue) == [2, 3]


def test_presses_are_taken_back_one_after_the_other(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Start")
    rosas.press("Undo")
    assert ticket(queue, 1).state == TicketState.CALLED
    rosas.press("Undo")
    assert ticket(queue, 1).state == TicketState.WAITING


def test_it_is_not_there_when_nothing_can_be_taken_back(queue: Queue, rosas: Visitor) -> None:
    assert "Undo" not in rosas.page.buttons
    join(queue, ANA)
    rosas.press("Call next")
    assert "Undo" not in rosas.press("Undo").buttons


def test_nobody_takes_back_what_another_servicer_did(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    assert "Undo" not in luiss.open("/control/CET236").html


def test_an_old_page_does_not_take_back_a_later_press(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Pause")
    old_tab = rosas.open("/control/CET236")
    rosas.open("/control/CET236")
    rosas.press("Open")
    page = rosas.press("Undo", old_tab)
    assert page.notices[0].startswith("Nothing was changed: your page was out of date")
    assert "Pause" in page.buttons


def test_what_the_customer_has_changed_since_is_not_taken_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("No-show")
    old = rosas.page
    join(queue, ANA)  # took a new number
    page = rosas.open("/control/CET236")
    assert "Undo" not in page.buttons
    assert "Marked 1 as a no-show. You can't undo this any more: 1 has changed in the meantime." in page.text
    page = rosas.press("Undo", old)
    assert page.notices[0].startswith("Nothing was changed: ")
    assert ticket(queue, 1).state == TicketState.NO_SHOW


def test_it_is_not_offered_after_a_colleague_has_changed_the_queue(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    rosas.press("Pause")
    luiss.open("/control/CET236")
    luiss.press("Open")
    page = rosas.open("/control/CET236")
    assert "Undo" not in page.buttons
    assert "You can't undo this any more: something else has happened since." in page.text
    luiss.press("Undo")
    assert "Undo" in rosas.open("/control/CET236").buttons


def test_it_is_offered_again_once_what_stood_in_the_way_is_undone(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Put back")
    luiss.open("/control/CET236")
    luiss.press("Call next")
    assert "Undo" not in rosas.open("/control/CET236").buttons
    luiss.press("Undo")
    rosas.open("/control/CET236")
    assert rosas.press("Undo").now_serving == "1"


def test_a_break_a_pause_and_a_walk_in_are_taken_back_too(queue: Queue, rosas: Visitor) -> None:
    rosas.press("Pause")
    assert rosas.press("Undo").notices == ["Undone: paused the queue."]
    rosas.press("Take a break")
    assert "Take a break" in rosas.press("Undo").buttons
    rosas.press("Add walk-in")
    rosas.press("Undo")
    assert line(queue) == []
