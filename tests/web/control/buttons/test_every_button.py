"""Rules of every button: not by GET, not signed out, not for another business, only once."""

import secrets

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.people.business import Business
from models.people.servicers import Role
from models.queueing.presses.presses import Button, Press
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, make_business, make_queue, make_servicer

PAGES = (
    "/control/CET236",
    "/control/CET236/message",
    "/control/CET236/ticket/1",
)


def address(button: Button, keyword: str = "CET236") -> str:
    return f"/control/{keyword}/{button.value.replace('_', '-')}"


def fields(**values: str) -> dict[str, str]:
    return {"press": secrets.token_hex(16), "present": "", "csrf_token": "none"} | values


def answers(visitor: Visitor, **values: str) -> dict[Button, int]:
    """The status with which each button answers a press."""
    return {b: visitor.client.post(address(b), data=fields(**values)).status_code for b in Button}


def happened() -> int:
    """The number of events and presses."""
    with reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Event, Press)]
    return sum(counts)


@pytest.fixture
def without_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns the CSRF check off, so that posts without a token reach the view."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)


def test_get_is_refused_and_changes_nothing(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    before = happened()
    assert {b: rosas.client.get(address(b)).status_code for b in Button} == dict.fromkeys(Button, 405)
    assert happened() == before


def test_without_a_csrf_token_nothing_happens(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    before = happened()
    assert answers(rosas) == dict.fromkeys(Button, 400)
    assert happened() == before


def test_whoever_is_signed_out_is_asked_to_sign_in(
    queue: Queue, visitor: Visitor, without_csrf: None
) -> None:
    join(queue, ANA)
    before = happened()
    answer = visitor.client.post(address(Button.DONE), data=fields())
    assert (answer.status_code, answer.location) == (303, "/login?next=/control/CET236")
    assert answers(visitor) == dict.fromkeys(Button, 303)
    assert happened() == before


def test_another_businesss_queue_is_not_found(queue: Queue, app: Flask, without_csrf: None) -> None:
    join(queue, ANA)
    stranger = make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Sam")
    before = happened()
    assert answers(Visitor(app).sign_in(stranger)) == dict.fromkeys(Button, 404)
    assert happened() == before


def test_a_press_without_an_id_of_ours_is_refused(queue: Queue, rosas: Visitor, without_csrf: None) -> None:
    before = happened()
    for press_id in ("", "1", "x" * 32, "a" * 33):
        assert answers(rosas, press=press_id) == dict.fromkeys(Button, 400)
    assert happened() == before


def test_a_button_that_there_is_not_is_not_found(rosas: Visitor, without_csrf: None) -> None:
    assert rosas.client.post("/control/CET236/explode", data=fields()).status_code == 404


def test_pages_ask_the_signed_out_to_sign_in(queue: Queue, visitor: Visitor) -> None:
    for path in (*PAGES, "/control/"):
        answer = visitor.client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/login?next={path}")


def test_pages_of_another_business_are_not_found(queue: Queue, app: Flask) -> None:
    stranger = make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Sam")
    join(queue, ANA)
    for path in PAGES:
        assert Visitor(app).sign_in(stranger).client.get(path).status_code == 404


@pytest.mark.parametrize(
    "presses",
    [
        ["Call next"],
        ["Call next", "Start"],
        ["Call next", "Call again"],
        ["Call next", "Coming"],
        ["Call next", "Coming", "Hold"],
        ["Call next", "Start", "Done"],
        ["Call next", "No-show"],
        ["Call next", "Put back"],
        ["Call next", "Remove"],
        ["Call next", "Undo"],
        ["Add walk-in"],
        ["Call next", "Undo", "Take a break"],
        ["Back"],
        ["Pause"],
        ["Pause", "Open"],
    ],
    ids=lambda presses: presses[-1],
)
def test_pressing_again_on_the_same_page_does_nothing_and_says_so(
    queue: Queue, rosas: Visitor, presses: list[str]
) -> None:
    join(queue, ANA), join(queue, BEN)
    for button in presses[:-1]:
        rosas.press(button)
    before = rosas.page
    rosas.press(presses[-1])
    once = happened()
    page = rosas.press(presses[-1], before)
    assert happened() == once
    assert page.notices[0].startswith("You already pressed that. You're ")


def test_looking_never_changes_anything(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    before = happened()
    for path in (*PAGES, "/control/", "/control/cet236?still=1"):
        assert rosas.open(path).status == 200
    assert happened() == before


def test_pages_are_kept_in_no_cache(rosas: Visitor) -> None:
    assert rosas.client.get("/control/CET236").headers["Cache-Control"] == "no-store"


def test_a_page_holds_no_inline_code(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    pages = [rosas.open(path) for path in (*PAGES, "/account")]
    rosas.open("/control/CET236")
    for page in (*pages, rosas.press("Call next")):
        inline = [e for e in page.root.all("script") if "src" not in e.attributes] + page.root.all("style")
        handlers = [
            name for e in page.root.all() for name in e.attributes if name.startswith("on") or name == "style"
        ]
        assert (inline, handlers) == ([], [])


def test_a_name_is_shown_as_text_whatever_it_is(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA, name="<script>alert(1)</script>")
    page = rosas.press("Call next")
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.text


def test_someone_with_one_queue_lands_on_its_page(queue: Queue, rosas: Visitor) -> None:
    assert rosas.open("/control/").path == "/control/CET236"


def test_someone_with_several_queues_chooses(queue: Queue, rosas: Visitor, business: object) -> None:
    make_queue(business, "DEMO", name="Beards")  # type: ignore[arg-type]
    page = rosas.open("/control/")
    assert [link.attributes["href"] for link in page.root.all("a", **{"class": "queue-card-open"})] == [
        "/control/DEMO",
        "/control/CET236",
    ]


def test_a_manager_without_a_queue_lands_where_one_is_made(business: Business, app: Flask) -> None:
    boss = make_servicer(business, "Boss", role=Role.MANAGER)
    assert Visitor(app).sign_in(boss).open("/control/").path == "/manage"
    clerk = make_servicer(business, "Clerk")
    assert Visitor(app).sign_in(clerk).open("/control/").path == "/control/"
