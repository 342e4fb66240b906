"""In the minute of the day's start every page shows the new day; kept numbers are told apart."""

from datetime import time, timedelta

import pytest
import time_machine

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.jobs.queues.hours import give_hours
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, join, make_queue, outbox

FOUR = NOON + timedelta(hours=16)


@pytest.mark.parametrize("page", ["/q/CET236", "/q/CET236/board", "/control/CET236"])
def test_a_page_opened_in_the_new_day_shows_nobody_of_yesterday(
    queue: Queue, rosas: Visitor, page: str
) -> None:
    for someone in (ANA, BEN, CAI):
        join(queue, someone)
    assert "3 waiting" in rosas.open(page).html
    with time_machine.travel(FOUR, tick=True):
        assert rosas.open(page).status_line in ("0 waiting", "Nobody is waiting")


def test_whoever_waited_reads_that_the_day_ended_and_may_take_another(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    with time_machine.travel(FOUR, tick=True):
        page = visitor.open(f"/t/{token}")
    assert "The day ended before your turn" in page.text
    assert "losed" not in page.text
    assert "Take another number" in page.buttons


def test_a_kept_number_says_since_when_on_board_and_control_page(
    business: Business, rosa: Servicer, rosas: Visitor
) -> None:
    night = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(night, ANA)
    with time_machine.travel(FOUR + timedelta(hours=5), tick=True):
        join(night, BEN, FOUR + timedelta(hours=5))
        assert "Next 1 since yesterday 12:00 2" in rosas.open("/q/NIGHT/board").text.replace(" ", " ")
        first, second = rosas.open("/control/NIGHT").waiting
    assert "since yesterday 12:00" in first.replace(" ", " ")
    assert "yesterday" not in second


def test_the_hours_page_says_when_the_day_ends(queue: Queue, rosas: Visitor) -> None:
    assert "Its day ends at 04:00" in rosas.open("/manage/queues/CET236/hours").text
    give_hours(queue, NOON, time(22), time(6))
    words = rosas.open("/manage/queues/CET236/hours").text
    assert "Its day ends at 06:00, when it closes, so a shift isn't cut in two." in words
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "stays_open_overnight", True))
    assert "The line is kept." in rosas.open("/manage/queues/CET236/hours").text


def test_a_press_on_yesterdays_line_calls_nobody_of_it(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    with time_machine.travel(FOUR - timedelta(seconds=1), tick=False):
        rosas.open("/control/CET236")
    with time_machine.travel(FOUR, tick=True):
        page = rosas.press("Call next")
    assert (page.now_serving, page.waiting) == ("nobody", [])
    assert outbox(queue) == [(1, "day_ended", "waiting")]
