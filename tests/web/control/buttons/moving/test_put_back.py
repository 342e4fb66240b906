"""Put back: returns the ticket to the line, a few places from the front."""

from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, outbox, phone


def test_who_is_put_back_waits_behind_the_next_two(queue: Queue, rosas: Visitor) -> None:
    for number in (ANA, BEN, CAI, phone(4)):
        join(queue, number)
    rosas.press("Call next")
    page = rosas.press("Put back")
    assert line(queue) == [2, 3, 1, 4]
    assert page.now_serving == "nobody"
    assert [row.split()[0] for row in page.waiting] == ["2", "3", "1", "4"]
    assert "put_back" in [kind for _, kind, _ in outbox(queue, 1)]


def test_somebody_being_served_can_be_put_back_too(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next"), rosas.press("Start"), rosas.press("Put back")
    assert line(queue) == [2, 1]


def test_an_old_page_does_not_put_the_next_person_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    old = rosas.press("Call next")
    rosas.press("Done")
    page = rosas.press("Put back", old)
    assert page.now_serving == "2"
    assert line(queue) == [3]


def test_it_is_not_there_when_nobody_is_served(rosas: Visitor) -> None:
    assert "Put back" not in rosas.page.html
