"""Call next: the first in line comes to the servicer who pressed, and to nobody else."""

from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, outbox


def test_the_first_in_line_is_called_and_shown_large(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, name="Ana", party=2), join(queue, BEN)
    page = rosas.press("Call next")
    assert page.now_serving == "1"
    assert "Ana" in page.text
    assert "party of 2" in page.text
    assert page.status_line == "1 waiting"
    assert outbox(queue) == [(1, "your_turn", "waiting")]


def test_call_next_is_not_there_while_somebody_is_served(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    page = rosas.press("Call next")
    assert "Call next" not in page.html
    rosas.press("Start")
    assert "Call next" not in rosas.page.html


def test_with_nobody_waiting_nobody_is_called(rosas: Visitor) -> None:
    page = rosas.press("Call next")
    assert page.now_serving == "nobody"
    assert page.text.count("Nobody is waiting") == 1


def test_a_double_press_calls_one_person(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    before = rosas.page
    rosas.press("Call next")
    page = rosas.press("Call next", before)
    assert page.now_serving == "1"
    assert page.notices == ["You already pressed that. You're serving 1."]
    assert line(queue) == [2]


def test_a_press_in_an_old_tab_calls_nobody_and_says_whom_one_serves(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    old_tab = rosas.page
    rosas.open("/control/CET236")
    rosas.press("Call next")
    page = rosas.press("Call next", old_tab)
    assert page.notices == [
        "Nothing was changed: your page was out of date. Look again, then press. You're serving 1."
    ]
    assert line(queue) == [2]


def test_two_servicers_who_press_at_once_get_two_people(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.open("/control/CET236"), luiss.open("/control/CET236")
    assert rosas.press("Call next").now_serving == "1"
    assert luiss.press("Call next").now_serving == "2"


def test_each_sees_whom_the_other_serves(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    (others,) = luiss.open("/control/CET236").root.all("ul", **{"aria-labelledby": "others-title"})
    assert others.text.startswith("1 Rosa called")


def test_a_paused_queue_calls_nobody(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    before = rosas.page
    page = rosas.press("Pause")
    assert "Call next" not in page.buttons
    page = rosas.press("Call next", before)
    assert page.notices == [
        "Nothing was changed: the queue is paused. Open it to call somebody. You're not serving anyone."
    ]
    assert line(queue) == [1]
