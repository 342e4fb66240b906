"""A tablet in the shop, paired with a code: one number after the other, and nothing of anybody is kept."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.door_codes import shown_code
from models.queueing.tables.kiosks import Kiosk
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.storage.rate_limits import Count, Limit
from tests.web.customer.test_queue_page import close
from tests.web.visitor import Page, Visitor
from tests.world import NOON, line, make_queue

KIOSK = "/q/CET236/kiosk"


def code_for(app: Flask, manager: Servicer, keyword: str = "CET236", name: str = "Tablet") -> str:
    visitor = Visitor(app).sign_in(manager)
    visitor.open(f"/manage/queues/{keyword}/kiosks")
    (words,) = visitor.press("Show a code", name=name).notices
    found = re.search(r"enter ([A-Z0-9]{4} [A-Z0-9]{4}) within", words)
    assert found is not None, words
    return found[1]


def paired(app: Flask, manager: Servicer, keyword: str = "CET236") -> Visitor:
    tablet = Visitor(app)
    tablet.open(f"/q/{keyword}/kiosk")
    tablet.press("Pair this tablet", code=code_for(app, manager, keyword).lower())
    return tablet


@pytest.fixture
def tablet(app: Flask, queue: Queue, rosa: Servicer) -> Visitor:
    return paired(app, rosa)


def number_on(page: Page) -> int:
    found = re.search(r"You are number (\d+)", page.text)
    assert found is not None, page.text
    return int(found[1])


def cookies(visitor: Visitor) -> set[str]:
    return {name for _domain, _path, name in visitor.client._cookies}


def test_two_visitors_get_two_numbers_and_nothing_of_the_first_is_left(queue: Queue, tablet: Visitor) -> None:
    before = cookies(tablet)
    assert number_on(tablet.press("Take a number", name="Ana", party="3")) == 1
    assert tablet.page.path == KIOSK  # no address of hers
    again = tablet.open(KIOSK)
    assert "Ana" not in again.html
    assert "/t/" not in again.html
    assert number_on(tablet.press("Take a number", name="Ben")) == 2
    assert cookies(tablet) == before
    assert line(queue) == [1, 2]
    with reading() as session:
        taken = session.scalars(select(Ticket).order_by(Ticket.number)).all()
        assert [(one.name, one.party) for one in taken] == [("Ana", 3), ("Ben", 1)]
        assert taken[0].customer_id != taken[1].customer_id


def test_the_page_leads_nowhere_else(tablet: Visitor) -> None:
    for page in (tablet.page, tablet.press("Take a number")):
        links = {link.attributes["href"].partition("?")[0] for link in page.root.all("a")}
        assert links <= {KIOSK, "#main"}


def test_a_double_tap_is_one_number_and_a_form_sent_again_later_shows_nobodys(
    queue: Queue, tablet: Visitor
) -> None:
    form = tablet.page
    assert number_on(tablet.press("Take a number", form, name="Ana")) == 1
    assert number_on(tablet.press("Take a number", form, name="Ana")) == 1
    with time_machine.travel(NOON + timedelta(minutes=1), tick=True):
        page = tablet.press("Take a number", form, name="Ana")
    assert "You are number" not in page.text
    assert "Take a number" in page.buttons
    assert len(line(queue)) == 1


def test_the_number_can_be_taken_along_by_text_or_as_a_page(tablet: Visitor, business: Business) -> None:
    page = tablet.press("Take a number")
    assert "Text me instead" in page.text
    (picture,) = page.root.all("img", **{"class": "qr"})
    assert picture.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert page.root.all("section", **{"aria-hidden": "true"}) == []  # no slip


@pytest.mark.parametrize("paper", ["80mm", "a6"])
def test_a_slip_is_printed_only_where_the_queue_prints_them(
    app: Flask, business: Business, rosa: Servicer, paper: str
) -> None:
    make_queue(business, "SHAVE", slip_paper=paper)
    page = paired(app, rosa, "SHAVE").press("Take a number")
    (slip,) = page.root.all("section", **{"class": f"slip slip-{paper}"})
    assert slip.text.startswith("Barber Lopes Haircuts 1 You're next")
    assert "data-prints" in page.html


def test_the_visitor_chooses_a_language_and_the_next_one_finds_the_shops_own(
    queue: Queue, tablet: Visitor
) -> None:
    page = tablet.open(f"{KIOSK}?lang=es")
    page = tablet.press("Pedir número")
    assert "Número 1" in page.text or "número" in page.text
    assert "Take a number" in tablet.open(KIOSK).buttons
    with reading() as session:
        assert session.scalars(select(Customer)).one().language == "es"


def test_the_question_is_asked_there_too(app: Flask, business: Business, rosa: Servicer) -> None:
    make_queue(business, "SHAVE", question="What is it about?")
    tablet = paired(app, rosa, "SHAVE")
    assert "What is it about?" in tablet.page.text
    tablet.press("Take a number", answer="My beard")
    with reading() as session:
        assert session.scalars(select(Ticket)).one().answer == "My beard"


def test_whoever_stands_there_needs_no_door_code_and_its_picture_carries_it(
    app: Flask, business: Business, rosa: Servicer
) -> None:
    queue = make_queue(business, "SHAVE", door_code=True)
    tablet = paired(app, rosa, "SHAVE")
    shown = shown_code(queue, NOON)
    assert shown is not None
    assert f"proof={shown.proof}" in tablet.page.html
    assert number_on(tablet.press("Take a number")) == 1
    stranger = Visitor(app)
    assert shown.code not in stranger.open("/q/SHAVE/kiosk").html


def test_without_the_key_there_is_no_kiosk_and_no_number(app: Flask, queue: Queue, tablet: Visitor) -> None:
    stranger = Visitor(app)
    assert stranger.open(KIOSK).buttons == ["Pair this tablet"]
    form = tablet.page.form_of("Take a number")[1] | {"csrf_token": _token(stranger.page)}
    stranger.client.post(KIOSK, data=form)
    assert line(queue) == []
    cookie = tablet.client.get_cookie("kiosk", path="/q/")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Strict")
    with reading() as session:
        kiosk = session.scalars(select(Kiosk)).one()
    assert cookie.value not in str(vars(kiosk))


def _token(page: Page) -> str:
    return page.root.all("input", name="csrf_token")[0].attributes["value"]


def test_a_code_pairs_one_tablet_of_its_queue_once_and_for_a_quarter_of_an_hour(
    app: Flask, queue: Queue, business: Business, rosa: Servicer
) -> None:
    make_queue(business, "SHAVE")
    used, late = code_for(app, rosa), code_for(app, rosa, name="Late")
    first, second, elsewhere = Visitor(app), Visitor(app), Visitor(app)
    elsewhere.open("/q/SHAVE/kiosk")
    assert "wrong or too old" in elsewhere.press("Pair this tablet", code=used).text
    for visitor in (first, second):
        visitor.open(KIOSK)
        visitor.press("Pair this tablet", code=used)
    assert "Take a number" in first.page.buttons
    assert "wrong or too old" in second.page.text
    with time_machine.travel(NOON + timedelta(minutes=16), tick=True):
        assert "wrong or too old" in second.press("Pair this tablet", code=late).text


def test_wrong_codes_keep_no_tablet_of_the_same_connection_from_being_paired_and_write_nothing(
    app: Flask, queue: Queue, rosa: Servicer
) -> None:
    code, tablet = code_for(app, rosa), Visitor(app)
    with reading() as session:
        before = session.query(Count).count()
    tablet.open(KIOSK)
    for _ in range(30):
        assert "wrong or too old" in tablet.press("Pair this tablet", code="CDFG HJKM").text
    with reading() as session:
        assert session.query(Count).count() == before
    assert "Take a number" in tablet.press("Pair this tablet", code=code).buttons


def test_a_tablet_that_a_manager_removed_gives_no_more_numbers(
    app: Flask, queue: Queue, rosa: Servicer, tablet: Visitor
) -> None:
    form = tablet.page
    manager = Visitor(app).sign_in(rosa)
    assert "Tablet" in manager.open("/manage/queues/CET236/kiosks").text
    manager.press("Remove")
    assert "No kiosks yet." in manager.page.text
    assert tablet.press("Take a number", form).buttons == ["Pair this tablet"]
    assert line(queue) == []


@pytest.mark.parametrize("kiosk", ["", "x", "-1", "9" * 30, "٣"])
def test_what_is_no_kiosk_can_not_be_removed(app: Flask, rosa: Servicer, tablet: Visitor, kiosk: str) -> None:
    manager = Visitor(app).sign_in(rosa)
    manager.open("/manage/queues/CET236/kiosks")
    assert manager.press("Remove", kiosk=kiosk).notices == ["That kiosk no longer exists."]
    assert "Take a number" in tablet.open(KIOSK).text


def test_what_goes_wrong_there_leads_back_to_it_and_nowhere_else(
    app: Flask, queue: Queue, tablet: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("", {}, Exception("disk is full"))

    tablet.open(KIOSK)
    with monkeypatch.context() as patch:
        patch.setattr("web.customer.screens.kiosk.transaction", fails)
        page = tablet.press("Take a number")
    stale = tablet.client.post(KIOSK, data={"press": "x"})
    assert (page.status, stale.status_code) == (503, 400)
    for html in (page.html, stale.text):
        assert f'<meta http-equiv="refresh" content="10;url={KIOSK}">' in html
        assert set(re.findall(r'<a [^>]*href="([^"]*)"', html)) == {"#main", KIOSK}
    assert 'http-equiv="refresh"' not in tablet.client.get("/q/NOBODYS/kiosk").text


def test_it_says_why_there_is_no_number(queue: Queue, tablet: Visitor) -> None:
    form = tablet.page
    close(queue)
    page = tablet.press("Take a number", form)
    assert "closed right now" in page.notices[0]
    assert "Take a number" not in page.buttons


def test_it_gives_so_many_numbers_an_hour_whatever_the_address_has_taken(
    queue: Queue, tablet: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.customer.screens.kiosk.JOINS", Limit("kiosk joins", 1, timedelta(hours=1)))
    tablet.press("Take a number")
    tablet.open(KIOSK)
    assert "gave out a lot of numbers" in tablet.press("Take a number").notices[0]
    assert len(line(queue)) == 1
