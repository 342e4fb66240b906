"""Move to front: makes a waiting ticket next in line, from the ticket's page."""

from models.queueing.tables.queues import Queue
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line


def three_wait(queue: Queue) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI, name="Cai")


def test_who_is_put_first_is_next(queue: Queue, rosas: Visitor) -> None:
    three_wait(queue)
    assert "Move to front" in open_ticket(rosas, queue, 3).buttons
    page = rosas.press("Move to front")
    assert page.path == "/control/CET236"
    assert page.notices == ["3 is now first in line."]
    assert line(queue) == [3, 1, 2]
    assert "Moved 3 to the front" in page.text
    assert rosas.press("Call next").now_serving == "3"


def test_undo_puts_everybody_back_in_their_places(queue: Queue, rosas: Visitor) -> None:
    three_wait(queue)
    open_ticket(rosas, queue, 3)
    rosas.press("Move to front")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: moved 3 to the front."]
    assert line(queue) == [1, 2, 3]


def test_who_is_first_can_not_be_put_first(queue: Queue, rosas: Visitor) -> None:
    three_wait(queue)
    assert "Move to front" not in open_ticket(rosas, queue, 1).html
    old = open_ticket(rosas, queue, 2)
    rosas.press("Move to front")
    other_tab = rosas.press("Move to front", old)
    assert other_tab.notices[0].startswith("You already pressed that.")
    join(queue)
    again = old.form_of("Move to front")[1] | {"press": "0" * 32}
    rosas.press("Move to front", old, **again)
    assert rosas.page.notices == ["2 is already first in line. You're not serving anyone."]
    assert line(queue) == [2, 1, 3]


def test_an_old_page_does_not_put_first_whom_a_colleague_has_called(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    three_wait(queue)
    open_ticket(rosas, queue, 2)
    luiss.press("Call next"), luiss.press("Done")
    page = rosas.press("Move to front")
    assert page.notices == ["Nothing was changed: 2 has changed in the meantime. You're not serving anyone."]
    assert line(queue) == [3]


def test_it_may_be_pressed_while_somebody_is_being_served(queue: Queue, rosas: Visitor) -> None:
    three_wait(queue)
    rosas.press("Call next")
    open_ticket(rosas, queue, 3)
    page = rosas.press("Move to front")
    assert page.now_serving == "1"
    assert line(queue) == [3, 2]
