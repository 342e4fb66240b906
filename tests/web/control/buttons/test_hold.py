"""Hold: somebody who was called and isn't there yet keeps the first place, while others are called."""

import pytest

from jobs.queues.alerts import NearlyUp
from jobs.queues.no_shows import NoShows
from models.people.servicers import Servicer
from models.queueing.duties import on_duty
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket, presses
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, CAI, NOON, join, minutes, outbox, phone, ticket


@pytest.fixture
def held(queue: Queue, rosas: Visitor) -> None:
    """Rosa has called Ana, who is coming, and has put her on hold; Ben, Cai and one more wait."""
    join(queue, ANA, name="Ana"), join(queue, BEN), join(queue, CAI), join(queue, phone(4))
    rosas.press("Call next"), rosas.press("Coming"), rosas.press("Hold")


def told(queue: Queue, number: int) -> list[str]:
    """The kinds of the texts about this number, without those that are not sent any more."""
    return [kind for _, kind, state in outbox(queue, number) if state != "expired"]


def said(text: str, phone: str) -> str:
    """Our answer to this text."""
    return text_in(text, phone, NOON).text or ""


def numbers(page: Page) -> list[str]:
    return [row.split()[0] for row in page.waiting]


def test_who_is_held_is_first_told_once_and_comes_next_by_one_press(
    queue: Queue, held: None, rosas: Visitor
) -> None:
    assert (rosas.page.now_serving, numbers(rosas.page)) == ("nobody", ["1", "2", "3", "4"])
    assert "on hold" in rosas.page.waiting[0]
    assert rosas.press("Call next").now_serving == "2"
    rosas.press("Put back")
    assert (told(queue, 1), told(queue, 2)) == (["on_hold"], ["put_back"])
    page = rosas.press("Bring in")
    assert page.now_serving == "1"
    assert told(queue, 1)[-1] == "your_turn"
    assert ticket(queue, 1).set_aside_at is None


def test_meanwhile_somebody_else_is_served_and_they_are_brought_in_next(
    queue: Queue, held: None, rosas: Visitor
) -> None:
    rosas.press("Call next"), rosas.press("Start")
    page = rosas.press("Next up")
    assert page.notices[0].startswith("1 is now first in line.")
    assert "on hold" not in page.waiting[0]
    assert rosas.press("Done").now_serving == "1"


def test_nobody_behind_counts_them_as_ahead(queue: Queue, held: None, rosas: Visitor) -> None:
    assert "You're next" in said("STATUS", BEN)
    assert "1 person ahead" in said("STATUS", CAI)
    assert ", 2 ahead" in open_ticket(rosas, queue, 4).text


def test_all_pages_count_the_same_line(queue: Queue, held: None, rosas: Visitor, visitor: Visitor) -> None:
    page = rosas.open("/control/CET236")
    assert page.status_line == "3 waiting"
    assert "1 on hold" in page.html
    assert "3 waiting" in visitor.open("/q/CET236").text
    assert "3 waiting" in rosas.open("/control").text


def test_those_behind_are_told_that_they_are_nearly_up_as_if_nobody_were_on_hold(
    queue: Queue, held: None
) -> None:
    NearlyUp().run(NOON)
    assert "nearly_up" in told(queue, 3)
    assert "nearly_up" not in told(queue, 1)


def test_where_nobody_else_waits_call_next_calls_them(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Coming"), rosas.press("Hold")
    assert rosas.press("Call next").now_serving == "1"


def test_done_calls_nobody_who_is_on_hold(queue: Queue, rosas: Visitor) -> None:
    """They may not be there yet: the servicer sees whether they are."""
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next"), rosas.press("Coming"), rosas.press("Hold")
    rosas.press("Call next"), rosas.press("Start")
    page = rosas.press("Done")
    assert (page.now_serving, numbers(page)) == ("nobody", ["1"])
    assert "Bring in" in page.buttons


def test_several_on_hold_stand_in_the_order_of_their_calls(queue: Queue, held: None, rosas: Visitor) -> None:
    rosas.press("Call next"), rosas.press("Coming")
    page = rosas.press("Hold")
    assert numbers(page) == ["1", "2", "3", "4"]
    assert rosas.press("Call next").now_serving == "3"


def test_their_clocks_wait(queue: Queue, held: None) -> None:
    for later in (5, 30, 120):
        NoShows().run(NOON + minutes(later))
    assert told(queue, 1) == ["on_hold"]
    assert ticket(queue, 1).state == "waiting"


def test_they_are_told_that_their_place_is_kept_and_can_say_that_they_are_here(
    queue: Queue, held: None, rosas: Visitor, visitor: Visitor
) -> None:
    answer = said("STATUS", ANA)
    assert "You're next." in answer
    assert "We're keeping your place until you're here." in answer
    path = f"/t/{ticket(queue, 1).token}"
    page = visitor.open(path).text
    assert "Others may go first for now." in page
    assert "You're next" not in page
    assert "keeping your place" not in said("HERE", ANA)
    assert "here" in rosas.open("/control/CET236").waiting[0]
    assert "You're next" in visitor.open(path).text


@pytest.mark.parametrize(("text", "state"), [("LEAVE", "left"), ("STOP", "waiting")])
def test_they_can_leave_and_stop_as_anybody_who_waits(
    queue: Queue, held: None, text: str, state: str
) -> None:
    text_in(text, ANA, NOON)
    assert ticket(queue, 1).state == state


def test_who_rather_lets_others_go_first_is_on_hold_no_longer(queue: Queue, held: None) -> None:
    for later in (1, 2):
        text_in("LATER 2", ANA, NOON + minutes(later))
    assert ticket(queue, 1).set_aside_at is None
    assert "2 people ahead" in said("STATUS", ANA)


def test_undo_calls_them_again(queue: Queue, held: None, rosas: Visitor) -> None:
    assert "Put 1 on hold" in rosas.page.text
    page = rosas.press("Undo")
    assert page.now_serving == "1"
    assert told(queue, 1) == ["your_turn"]
    assert "coming, about 12:05" in page.text
    assert story(open_ticket(rosas, queue, 1))[-1].startswith("Text")


def test_undo_of_the_next_call_puts_them_on_hold_again(queue: Queue, held: None, rosas: Visitor) -> None:
    before = ticket(queue, 1).set_aside_at
    rosas.press("Bring in"), rosas.press("Undo")
    assert ticket(queue, 1).set_aside_at == before
    assert numbers(rosas.page) == ["1", "2", "3", "4"]
    assert rosas.press("Call next").now_serving == "2"


def test_hold_is_for_somebody_who_was_called(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next")
    assert "Hold" not in rosas.page.buttons, "Coming is there"
    assert "Hold" in presses(open_ticket(rosas, queue, 1))
    assert "Hold" not in presses(open_ticket(rosas, queue, 2))
    rosas.open("/control/CET236")
    page = rosas.press("Coming")
    assert "Hold" in page.buttons
    assert "Coming" not in page.buttons
    assert "Hold" not in rosas.press("Start").buttons
    assert rosas.press("Hold", page).now_serving == "1"
    assert ticket(queue, 1).state == "serving"


def test_a_manager_holds_a_colleagues_customer(
    queue: Queue, rosas: Visitor, luiss: Visitor, rosa: Servicer
) -> None:
    join(queue, ANA)
    luiss.press("Call next")
    open_ticket(rosas, queue, 1)
    rosas.press("Hold")
    assert "Rosa did it for you: put 1 on hold." in luiss.open("/control/CET236").text
    with reading() as session:
        assert [duty.servicer.name for duty in on_duty(session, queue.id)] == ["Luis"]


def test_who_is_on_hold_is_removed_and_sent_away_at_closing_like_the_others(
    queue: Queue, held: None, rosas: Visitor
) -> None:
    open_ticket(rosas, queue, 1)
    rosas.press("Remove")
    rosas.press("Bring back", open_ticket(rosas, queue, 1))
    assert ticket(queue, 1).set_aside_at is None
