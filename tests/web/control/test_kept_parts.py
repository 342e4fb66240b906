"""Parts of the page are made once for all servicers; what is one page's own is filled in for each."""

import re

from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, call_next, join
from web.control.blanks import PRESS_BLANK, TICKET_BLANK, TOKEN_BLANK
from web.control.kept_parts import side_part
from web.control.page import ControlPage
from web.control.walk_in import Given, WalkIn
from web.http.language import use_language

COUNTER = "/control/CET236"


def fields(page: Page, name: str) -> list[str]:
    return [one.attributes["value"] for one in page.root.all("input", name=name)]


def test_each_page_has_its_own_token_and_each_button_an_id_of_its_own(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    pages = [rosas.open(COUNTER), rosas.open(COUNTER)]
    one, other = (set(fields(page, "csrf_token")) for page in pages)
    assert len(one) == len(other) == 1
    assert one != other
    ids = [press_id for page in pages for press_id in fields(page, "press")]
    assert len(ids) == len(set(ids)) > 10
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_no_blank_is_left_and_every_form_names_whom_this_servicer_has(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    assert set(fields(rosas.open(COUNTER), "present")) == {""}
    rosas.press("Call next")
    html = rosas.open(COUNTER).html
    assert not [each for each in (TOKEN_BLANK, PRESS_BLANK, TICKET_BLANK) if str(each) in html]
    [mine] = set(fields(rosas.page, "present"))
    assert f"/ticket/{mine}" in html


def test_a_press_in_a_part_that_another_page_had_first_counts(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    luiss.open(COUNTER)
    rosas.open(COUNTER)
    assert "Paused: lunch" in rosas.press("Pause", reason="lunch").text


def page_with(**shown: object) -> ControlPage:
    usual: dict[str, object] = dict.fromkeys(ControlPage._fields)
    usual |= {"keyword": "CET236", "state": QueueState.OPEN, "desks": (), "sent_away": 0, "waiting_count": 2}
    return ControlPage(**(usual | shown))  # type: ignore[arg-type]


def side(page: ControlPage, walk_in: WalkIn | None = None, given: Given | None = None) -> str:
    return side_part(page, walk_in or WalkIn(), given, still=False)


def test_a_part_that_shows_the_same_is_made_once(app: Flask) -> None:
    with app.test_request_context():
        first = side(page_with(change=1))
    with app.test_request_context():
        assert side(page_with(change=2, waiting_count=3)) is first


def test_a_part_that_shows_anything_else_is_made_anew(app: Flask) -> None:
    with app.test_request_context():
        usual = side(page_with())
        assert "/control/LAB1/pause" in side(page_with(keyword="LAB1"))
        assert "The queue is closed" in side(page_with(state=QueueState.CLOSED))
        assert "Take a break" in side(page_with(is_on_duty=True))
        assert 'value="Ana"' in side(page_with(), WalkIn(name="Ana"))
        assert "3 ahead" in side(page_with(), given=Given("A12", 3))
        assert side(page_with()) is usual


def test_a_part_is_in_the_language_of_each_page(app: Flask) -> None:
    with app.test_request_context():
        assert "Walk-in" in side(page_with())
        use_language(own="es")
        assert "Walk-in" not in side(page_with())


def test_the_buttons_are_those_of_the_present_ticket(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    """Of a servicer who was first to call, and of one for whom the same buttons were kept."""
    join(queue, ANA), join(queue, BEN)
    for visitor in (rosas, luiss):
        visitor.open(COUNTER)
        visitor.press("Call next")
        [mine] = set(fields(visitor.page, "present"))
        links = [one.attributes["href"] for one in visitor.page.root.all("a") if "Note" in one.text]
        assert links == [f"{COUNTER}/ticket/{mine}"]
        assert {"Start", "No-show", "Coming"} <= set(visitor.page.buttons)
        visitor.press("Start")
        assert not {"Start", "No-show", "Coming"} & set(visitor.page.buttons)


def test_only_who_has_nobody_may_take_over(app: Flask, queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    assert "Take over" in rosas.open(COUNTER).buttons
    rosas.press("Call next")
    assert "Take over" not in rosas.open(COUNTER).buttons
