"""The button Later: announced, done once, and only shown if somebody can go first."""

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import call_next, join, line, phone


def crowd(queue: Queue, count: int) -> list[str]:
    return [join(queue, phone(index)).token for index in range(count)]


def test_later_is_told_before_it_is_done(queue: Queue, visitor: Visitor) -> None:
    first, *_ = crowd(queue, 6)
    page = visitor.open(f"/t/{first}")
    assert "Let 3 others go first. Your place would be 4" in page.text
    page = visitor.press("Later")
    assert line(queue) == [2, 3, 4, 1, 5, 6]
    assert "3 ahead of you" in page.text


def test_a_second_tap_does_nothing(queue: Queue, visitor: Visitor) -> None:
    first, *_ = crowd(queue, 6)
    old = visitor.open(f"/t/{first}")
    visitor.press("Later", old)
    visitor.press("Later", old)
    assert line(queue) == [2, 3, 4, 1, 5, 6]


def test_the_last_in_line_has_no_later(queue: Queue, visitor: Visitor) -> None:
    *_, last = crowd(queue, 3)
    assert "Later" not in visitor.open(f"/t/{last}").buttons


def test_whoever_is_called_has_no_later_and_an_old_page_changes_nothing(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    first, *_ = crowd(queue, 3)
    old = visitor.open(f"/t/{first}")
    call_next(queue, rosa)
    page = visitor.press("Later", old)
    assert "Later" not in page.buttons
    assert page.headings == ["It's your turn"]


def test_a_form_that_is_not_ours_changes_nothing(queue: Queue, visitor: Visitor) -> None:
    first, *_ = crowd(queue, 6)
    visitor.open(f"/t/{first}")
    for strange in ("", "x", "9" * 40, "1e9"):
        visitor.press("Later", visitor.open(f"/t/{first}"), others=strange)
    assert line(queue) == [1, 2, 3, 4, 5, 6]
