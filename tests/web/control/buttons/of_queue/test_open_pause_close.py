"""Open, Pause and Close: whether people may join and whether anybody is called."""

import pytest

from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import transaction
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, join, outbox, state, ticket


def test_pause_and_open(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Pause")
    assert (state(queue), "Paused" in page.text) == (QueueState.PAUSED, True)
    assert "Pause" not in page.buttons
    page = rosas.press("Open")
    assert (state(queue), "Paused" in page.text) == (QueueState.OPEN, False)
    assert "Open" not in page.buttons


def test_a_pause_can_say_why_and_customers_read_it(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    page = rosas.press("Pause", reason="back at\n14:00")
    assert "Paused: back at 14:00." in page.text
    assert "Paused: back at 14:00." in visitor.open("/q/CET236").text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("2 p. m.", "2 p. m."), ("14:00.", "14:00."), ("Lunch", "Lunch."), ("Back soon! ", "Back soon!")],
)
def test_a_reason_is_kept_as_typed_and_ends_with_one_full_stop_on_pages(
    queue: Queue, rosas: Visitor, visitor: Visitor, typed: str, shown: str
) -> None:
    page = rosas.press("Pause", reason=typed)
    assert f"Paused: {shown} Nobody is being called." in page.text
    assert f"Paused: {shown} We're not calling anyone" in visitor.open("/q/CET236").text
    assert transaction(lambda session: session.get_one(Queue, queue.id).pause_reason) == typed.strip()


def test_pausing_in_two_tabs_says_that_it_is_paused(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    rosas.press("Pause")
    page = luiss.press("Pause")
    assert page.notices == ["The queue is already paused. You're not serving anyone."]


def test_an_empty_queue_closes_at_once(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Close")
    assert (page.path, state(queue)) == ("/control/CET236", QueueState.CLOSED)
    assert "Close" not in page.buttons
    assert "Pause" not in page.buttons


def close(visitor: Visitor) -> Page:
    """The button, and the question before somebody loses a place."""
    visitor.press("Close")
    return visitor.press("Close")


def test_close_asks_before_it_sends_anybody_away(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.open("/control/CET236")
    page = rosas.press("Close")
    assert (page.path, page.headings) == ("/control/CET236/closing", ["Close Haircuts?"])
    assert "2 people are waiting. We'll text them that the queue has closed." in page.text
    assert (state(queue), outbox(queue)) == (QueueState.OPEN, [])
    page = rosas.press("Close")
    assert (page.path, state(queue)) == ("/control/CET236", QueueState.CLOSED)
    assert page.status_line == "0 waiting"
    assert ticket(queue, 1).state == TicketState.LEFT
    assert sorted(outbox(queue)) == [(1, "day_ended", "waiting"), (2, "day_ended", "waiting")]


def test_nobody_reads_of_a_close_that_is_undone_at_once(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.open("/control/CET236")
    close(rosas)
    rosas.press("Undo")
    assert outbox(queue) == [(1, "day_ended", "expired")]


def test_undo_of_close_brings_everybody_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.open("/control/CET236")
    close(rosas)
    page = rosas.press("Undo")
    assert page.status_line == "2 waiting"
    assert state(queue) == QueueState.OPEN


def test_whom_one_serves_stays_when_the_queue_closes(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    page = rosas.press("Close")
    assert page.now_serving == "1"
    page = rosas.press("Done")
    assert page.now_serving == "nobody"
    assert "Call next" not in page.buttons


def test_somebody_put_back_after_closing_can_be_called(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Close"), rosas.press("Put back")
    assert rosas.press("Call next").now_serving == "1"


def test_close_takes_servicers_off_duty_and_undo_brings_them_back(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA)
    rosas.press("Back"), luiss.press("Back")
    page = close(rosas)
    assert "Closed the queue, told 1 person waiting" in page.text
    assert "Back" in page.buttons
    assert "Back" in luiss.open("/control/CET236").buttons
    page = rosas.press("Undo")
    assert page.notices == ["Undone: closed the queue, told 1 person waiting."]
    assert "Take a break" in page.buttons
    assert "Take a break" in luiss.open("/control/CET236").buttons


def test_a_queue_that_stays_open_overnight_asks_nothing_as_nobody_loses_a_place(
    queue: Queue, rosas: Visitor
) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "stays_open_overnight", True))
    join(queue, ANA)
    rosas.open("/control/CET236")
    page = rosas.press("Close")
    assert (page.path, page.status_line) == ("/control/CET236", "1 waiting")


def test_somebody_who_joined_since_the_page_was_shown_is_asked_about_too(
    queue: Queue, rosas: Visitor
) -> None:
    old = rosas.open("/control/CET236")
    join(queue, ANA)
    page = rosas.press("Close", old)
    assert "1 person is waiting." in page.text
    assert state(queue) == QueueState.OPEN
