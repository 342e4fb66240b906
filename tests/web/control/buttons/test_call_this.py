"""Call this one: somebody who waits is called before those ahead of them, from their row."""

import pytest

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.models.queueing.undo.presses import texts_leave
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, call_next, join, line, make_queue, outbox, phone, ticket


@pytest.fixture
def three(queue: Queue) -> Queue:
    join(queue, ANA), join(queue, BEN), join(queue, CAI, name="Cai")
    return queue


def test_who_is_chosen_is_called_and_those_ahead_keep_their_places(three: Queue, rosas: Visitor) -> None:
    open_ticket(rosas, three, 3)
    page = rosas.press("Call this one")
    assert (page.path, page.now_serving) == ("/control/CET236", "3")
    assert "Called 3 before their turn" in page.text
    assert line(three) == [1, 2]
    assert outbox(three, 3)[-1] == (3, "your_turn", "waiting")
    told = story(open_ticket(rosas, three, 3))
    assert any(words.startswith("Called before their turn by Rosa, 2 ahead") for words in told)


def test_the_first_in_line_is_called_as_by_call_next(three: Queue, rosas: Visitor) -> None:
    open_ticket(rosas, three, 1)
    page = rosas.press("Call this one")
    assert page.now_serving == "1"
    assert "before their turn" not in page.text


def test_undo_gives_everybody_the_place_they_had(three: Queue, rosas: Visitor) -> None:
    join(three, phone(1))
    open_ticket(rosas, three, 4)
    rosas.press("Move to front")
    open_ticket(rosas, three, 3)
    rosas.press("Call this one")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: called 3 before their turn."]
    assert line(three) == [4, 1, 2, 3]
    assert outbox(three, 3)[-1] == (3, "your_turn", "expired")


def test_who_was_told_hears_how_many_are_ahead_and_is_told_again_in_time(
    queue: Queue, rosas: Visitor
) -> None:
    for index in range(6):
        join(queue, phone(index))
    open_ticket(rosas, queue, 6)
    rosas.press("Call this one")
    texts_leave(queue)
    rosas.press("Undo")
    assert outbox(queue, 6)[-1] == (6, "called_too_early", "waiting")
    assert ticket(queue, 6).alerted_at is None


def test_it_is_not_offered_while_one_serves_somebody_and_refused_from_an_old_page(
    three: Queue, rosas: Visitor
) -> None:
    old = open_ticket(rosas, three, 3)
    rosas.open("/control/CET236")
    rosas.press("Call next")
    assert "Call this one" not in open_ticket(rosas, three, 3).html
    page = rosas.press("Call this one", old)
    assert page.notices == ["Nothing was changed: finish with 1 first. You're serving 1."]
    assert line(three) == [2, 3]


def test_two_who_choose_the_same_one_call_them_once(three: Queue, rosas: Visitor, luiss: Visitor) -> None:
    open_ticket(rosas, three, 2), open_ticket(luiss, three, 2)
    assert luiss.press("Call this one").now_serving == "2"
    page = rosas.press("Call this one")
    assert page.now_serving == "nobody"
    assert "2 has changed in the meantime" in page.notices[0]


def test_a_double_press_counts_once(three: Queue, rosas: Visitor) -> None:
    old = open_ticket(rosas, three, 2)
    rosas.press("Call this one")
    page = rosas.press("Call this one", old)
    assert page.notices == ["You already pressed that. You're serving 2."]
    assert ticket(three, 2).state == TicketState.CALLED


def test_nobody_is_called_while_the_queue_is_paused(three: Queue, rosas: Visitor) -> None:
    old = open_ticket(rosas, three, 2)
    rosas.open("/control/CET236")
    rosas.press("Pause")
    assert "Call this one" not in open_ticket(rosas, three, 2).html
    assert "the queue is paused" in rosas.press("Call this one", old).notices[0]


def test_whom_another_queue_serves_is_not_called_here(
    business: Business, three: Queue, rosas: Visitor, luis: Servicer
) -> None:
    shaves = make_queue(business, "SHAVES", name="Shaves")
    join(shaves, CAI)
    old = open_ticket(rosas, three, 3)
    call_next(shaves, luis)
    assert "Call this one" not in open_ticket(rosas, three, 3).html
    page = rosas.press("Call this one", old)
    assert page.notices[0].startswith("Nothing was changed: another queue has just called 3.")
    assert line(three) == [1, 2, 3]
