"""Done: finishes the present ticket and, if the servicer chose that setting, calls the next one."""

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import transaction
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, ticket


def test_done_finishes_and_calls_the_next(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.press("Call next"), rosas.press("Start")
    page = rosas.press("Done")
    assert page.now_serving == "2"
    assert page.status_line == "1 waiting"
    assert "Done with 1, called 2" in page.text
    assert ticket(queue, 1).state == TicketState.SERVED


def test_done_without_start_counts_the_call_as_the_beginning(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next"), rosas.press("Done")
    served = ticket(queue, 1)
    assert (served.state, served.started_at) == (TicketState.SERVED, None)


def test_with_nobody_waiting_it_says_so(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    page = rosas.press("Done")
    assert page.now_serving == "nobody"
    assert page.text.count("Nobody is waiting") == 1
    assert "Call next" in page.buttons


def test_nobody_is_waiting_is_not_in_the_page_while_somebody_is(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert "Nobody is waiting" not in rosas.open("/control/CET236").html


def test_who_has_it_set_so_finishes_without_calling(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, rosa.id), "calls_next_when_done", False))
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next")
    page = rosas.press("Done")
    assert page.now_serving == "nobody"
    assert line(queue) == [2]


def test_in_a_paused_queue_it_finishes_and_calls_nobody(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next"), rosas.press("Pause")
    page = rosas.press("Done")
    assert page.now_serving == "nobody"
    assert ticket(queue, 1).state == TicketState.SERVED
    assert line(queue) == [2]


def test_a_double_press_finishes_one_person(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    before = rosas.press("Call next")
    rosas.press("Done")
    page = rosas.press("Done", before)
    assert page.notices == ["You already pressed that. You're serving 2."]
    assert ticket(queue, 2).state == TicketState.CALLED
    assert line(queue) == [3]


def test_done_on_an_old_page_never_finishes_somebody_else(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    rosas.press("Call next")
    old_tab = rosas.open("/control/CET236")
    rosas.open("/control/CET236")
    rosas.press("Done")
    page = rosas.press("Done", old_tab)
    assert page.notices == [
        "Nothing was changed: your page was out of date. Look again, then press. You're serving 2."
    ]
    assert ticket(queue, 2).state == TicketState.CALLED
