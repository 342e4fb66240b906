"""Bring back: the old place again, from the list or the ticket's page; a closed line as a whole."""

from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, outbox, ticket


def test_a_no_show_who_comes_after_all_is_called_next(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN)
    rosas.press("Call next"), rosas.press("No-show")
    page = luiss.open("/control/CET236/ended")
    assert "1 Ana Didn't come" in page.text
    page = luiss.press("Bring back")
    assert page.notices == ["1 is back in line, with 0 ahead."]
    assert "Brought 1 back" in page.text
    assert line(queue) == [1, 2]
    page = open_ticket(luiss, queue, 1)
    assert story(page)[-2:] == ["Brought back by Luis", "Text “brought back”: about to go out"]
    assert "Bring back" not in page.buttons
    luiss.open("/control/CET236")
    luiss.press("Undo")
    assert ticket(queue, 1).state == TicketState.NO_SHOW


def test_who_was_served_or_waits_cannot_be_brought_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next"), rosas.press("Start"), rosas.press("Done")
    for number in (1, 2):
        assert "Bring back" not in open_ticket(rosas, queue, number).buttons
    assert "Nobody to bring back" in rosas.open("/control/CET236/ended").text


def test_an_old_page_brings_back_nobody_who_has_taken_another_number(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("No-show")
    old = open_ticket(rosas, queue, 1)
    join(queue, ANA)
    page = rosas.press("Bring back", old)
    assert page.notices == [
        "Nothing was changed: they're already in line, with number 2. You're not serving anyone."
    ]


def test_a_line_sent_away_by_closing_is_back_with_one_press(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.open("/control/CET236")
    rosas.press("Close"), rosas.press("Close")  # and yes
    page = luiss.open("/control/CET236")
    assert "3 people were still waiting at closing." in page.text
    page = luiss.press("Bring back")
    assert page.notices == ["The queue is open, with 3 people back in line."]
    assert "Opened the queue, brought 3 people back" in page.text
    with reading() as session:
        assert session.get_one(Queue, queue.id).state == QueueState.OPEN
    assert line(queue) == [1, 2, 3]
    assert sorted(outbox(queue)) == sorted(
        [
            (n, kind, state)
            for n in (1, 2, 3)
            for kind, state in (("day_ended", "expired"), ("brought_back", "waiting"))
        ]
    )
    page = luiss.press("Undo")
    assert line(queue) == []
    assert "3 people were still waiting at closing." in page.text


def test_a_closed_queue_that_sent_nobody_away_has_no_such_button(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Close")
    assert "Bring back" not in page.buttons


def test_the_customers_page_says_that_they_are_back(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    token = ticket(queue, 2).token
    open_ticket(rosas, queue, 2)
    rosas.press("Remove")
    assert "Removed from the line" in visitor.open(f"/t/{token}").text
    open_ticket(rosas, queue, 2)
    rosas.press("Bring back")
    page = visitor.open(f"/t/{token}")
    assert "1 ahead of you" in page.text
    assert "You're back in line at your old place." in page.text
