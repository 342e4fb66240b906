"""Last call: no new numbers by text, on the web or at the desk; who waits is served, nobody is sent away."""

import pytest

from jobs.queues.last_calls import LastCalls
from models.people.business import Business
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.bot.transcript import text_in
from tests.web.control.buttons.of_queue.test_open_pause_close import state
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, line, make_queue, minutes, outbox, phone, ticket

NO_MORE = "there are no more numbers for Haircuts. We'll serve everyone already in line, then close."


@pytest.fixture
def last_call(queue: Queue, rosas: Visitor) -> None:
    """Ana and Ben wait; Rosa has pressed Last call."""
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben")
    rosas.press("Last call")


def test_it_says_so_and_can_be_undone(queue: Queue, last_call: None, rosas: Visitor) -> None:
    page = rosas.page
    assert state(queue) == QueueState.LAST_CALL
    assert "Last call: no new numbers." in page.text
    assert "It's last call" in page.headings
    assert {"Open", "Close", "Call next"} <= set(page.buttons)
    assert not {"Last call", "Pause", "Add walk-in"} & set(page.buttons)
    assert (line(queue), outbox(queue)) == ([1, 2], [])
    page = rosas.press("Undo")
    assert (state(queue), page.notices) == (QueueState.OPEN, ["Undone: started last call."])


def test_open_ends_it(queue: Queue, last_call: None, rosas: Visitor) -> None:
    rosas.press("Open")
    assert (state(queue), join(queue, CAI).number) == (QueueState.OPEN, 3)


def test_nobody_new_gets_a_number_by_text(queue: Queue, last_call: None) -> None:
    for word in ("CET236 Cai", "JOIN"):
        assert text_in(word, CAI, NOON + minutes(1)).text == f"Sorry, {NO_MORE}"
    assert (text_in("CET236", ANA, NOON + minutes(1)).text or "").startswith("You are still number 1")
    assert line(queue) == [1, 2]


def test_nor_on_the_web_and_the_pages_say_why(queue: Queue, visitor: Visitor, rosas: Visitor) -> None:
    join(queue, ANA)
    form = visitor.open("/q/CET236")
    rosas.press("Last call")
    page = visitor.press("Take a number", form)
    assert page.notices == [f"Sorry, {NO_MORE}"]
    assert "Last call" in page.headings
    assert "Take a number" not in page.buttons
    board = visitor.open("/q/CET236/board").text
    assert "Last call No new numbers. We'll serve everyone already in line, then close." in board
    assert "Text CET236 to" not in board


def test_nor_at_the_desk(queue: Queue, rosas: Visitor) -> None:
    form = rosas.page
    rosas.press("Last call")
    page = rosas.press("Add walk-in", form)
    assert page.notices[0].startswith("Nobody was added: it's last call, so there are no new numbers.")


def test_nor_by_transfer_from_another_queue(business: Business, queue: Queue, rosas: Visitor) -> None:
    make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA)
    old = open_ticket(rosas, queue, 1)

    rosas.open("/control/SHAVES")
    rosas.press("Last call")
    page = rosas.press("Transfer", old)
    assert page.notices[0].startswith("Nothing was changed: it's last call there")
    assert "Transfer" not in open_ticket(rosas, queue, 1).buttons


def test_done_goes_on_to_the_next_until_nobody_is_left(queue: Queue, last_call: None, rosas: Visitor) -> None:
    rosas.press("Call next"), rosas.press("Start")
    assert rosas.press("Done").now_serving == "2"
    page = rosas.press("Done")
    assert (page.now_serving, page.status_line) == ("nobody", "0 waiting")
    assert [ticket(queue, number).state for number in (1, 2)] == [TicketState.SERVED] * 2


def test_who_is_put_back_is_still_served(queue: Queue, last_call: None, rosas: Visitor) -> None:
    rosas.press("Call next"), rosas.press("Put back")
    LastCalls().run(NOON + minutes(10))
    assert (line(queue), state(queue)) == ([2, 1], QueueState.LAST_CALL)


def test_a_pause_would_let_people_join_and_is_refused(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA)
    luiss.press("Last call")
    page = rosas.press("Pause")
    assert page.notices[0].startswith("Nothing was changed: it's last call. Open the queue first.")
    assert state(queue) == QueueState.LAST_CALL


def test_a_manager_begins_it_too(queue: Queue, rosas: Visitor) -> None:
    rosas.open("/manage/queues/CET236")
    page = rosas.press("Last call")
    assert page.notices == ["Last call: no new numbers. The queue closes once everyone is served."]
    assert "Last call" not in page.buttons
    assert state(queue) == QueueState.LAST_CALL


def test_who_was_served_reads_why_there_is_no_other_number(
    queue: Queue, last_call: None, rosas: Visitor, visitor: Visitor
) -> None:
    rosas.press("Call next"), rosas.press("Done")
    page = visitor.open(f"/t/{ticket(queue, 1).token}")
    assert "It's last call for Haircuts, so there are no new numbers." in page.text
    assert page.buttons == []


def test_done_in_a_closed_queue_calls_nobody(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    """Rosa serves Ana while Luis closes; Ben, whom he had put back after that, waits on."""
    join(queue, ANA), join(queue, BEN), join(queue, phone(3))
    rosas.press("Call next")
    luiss.press("Call next")
    luiss.press("Close"), luiss.press("Close")
    luiss.press("Put back")
    page = rosas.open("/control/CET236")
    assert "Done also calls the next person." not in page.text
    page = rosas.press("Done")
    assert (page.now_serving, line(queue)) == ("nobody", [2])
    assert rosas.press("Call next").now_serving == "2"
