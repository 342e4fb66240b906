"""Two businesses have the same keyword: each is found at its own address, and no page leads to the other."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, join, line, make_business, make_queue, make_servicer

PHONE = "+15550109999"
LINK = re.compile(r'(?:href|src|action|data-live|data-[a-z-]*)="([^"]*)"')
PUBLIC = re.compile(r"/(?:q|events)/([^/?.]+)")
MOST_PAGES = 200
OF_ALL = {"/", "/phones"}


@pytest.fixture
def clinic(queue: Queue) -> Business:
    """The second: the barber's CET236 was there before."""
    return make_business(name="Clinic", number=PHONE)


@pytest.fixture
def theirs(clinic: Business) -> Queue:
    return make_queue(clinic, "CET236", name="Vaccines", namesake=2)


@pytest.fixture
def nurse(clinic: Business) -> Servicer:
    return make_servicer(clinic, "Nora", role=Role.MANAGER)


def test_each_has_its_own_address(queue: Queue, theirs: Queue, visitor: Visitor) -> None:
    assert "Haircuts" in visitor.open("/q/CET236").headings
    assert "Vaccines" in visitor.open("/q/CET236-2").headings
    assert "Vaccines" in visitor.open("/q/cet236-2").headings
    assert visitor.open("/q/CET-236").path == "/q/CET236", "a hyphen in a keyword is still read over"
    assert visitor.open("/q/CET236-3").status == 404


@pytest.mark.parametrize(
    "rest",
    ["/board", "/poster", "/privacy", "/text.svg", "/page.svg", "/text.png", "/badge.svg", "/embed", ".json"],
)
def test_so_has_all_that_hangs_on_a_wall(theirs: Queue, visitor: Visitor, rest: str) -> None:
    assert visitor.client.get(f"/q/CET236-2{rest}").status_code == 200


def test_a_number_taken_on_a_page_is_of_its_queue(queue: Queue, theirs: Queue, visitor: Visitor) -> None:
    join(queue, ANA)
    visitor.open("/q/CET236-2")
    assert "You are number 1" in visitor.press("Take a number").text
    assert (line(queue), line(theirs)) == ([1], [1])


def test_whoever_works_there_finds_it_by_its_keyword(
    app: Flask, queue: Queue, theirs: Queue, rosa: Servicer, nurse: Servicer
) -> None:
    rosas, noras = Visitor(app).sign_in(rosa), Visitor(app).sign_in(nurse)
    for address in ("/control/CET236", "/manage/queues/CET236"):
        assert "Haircuts" in rosas.open(address).text
        assert "Vaccines" in noras.open(address).text
    assert noras.open("/control/CET236-2").path == "/control/CET236"
    assert rosas.open("/control/CET236-2").status == 404


def test_no_page_of_the_second_leads_to_the_first(app: Flask, theirs: Queue, nurse: Servicer) -> None:
    """Every page that can be reached by links is opened, as a manager there."""
    token = join(theirs, "+15550101777").token
    visitor = Visitor(app).sign_in(nurse)
    waiting = ["/control/CET236", "/manage", "/manage/queues/CET236", "/q/CET236-2", f"/t/{token}"]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop()
        seen.add(address)
        answer = visitor.client.get(address, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        for link in LINK.findall(answer.text):
            path = urlsplit(link.replace("&amp;", "&")).path
            for found in PUBLIC.findall(path):
                assert found == "CET236-2", f"{address} leads to {link}"
            if path.startswith("/") and path not in seen | {*waiting, *OF_ALL}:
                waiting.append(path)
    assert {"/q/CET236-2/board", "/q/CET236-2/poster", "/manage/queues/CET236/rules"} <= seen


def test_the_stream_of_its_pages_is_its_own(queue: Queue, theirs: Queue, visitor: Visitor) -> None:
    join(theirs, ANA)
    assert b'"waiting":"1"' in visitor.client.get("/events/CET236-2").data
    assert b'"waiting":""' in visitor.client.get("/events/CET236").data


def test_a_mistyped_keyword_offers_both(queue: Queue, theirs: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET263")
    assert page.status == 404
    assert "CET236 or CET236-2" in page.text


def test_a_manager_has_a_keyword_once(app: Flask, theirs: Queue, nurse: Servicer) -> None:
    visitor = Visitor(app).sign_in(nurse)
    visitor.open("/manage/new-queue")
    page = visitor.press("Add and open", name="More", keyword="CET236")
    assert (page.status, "Another queue already has the keyword CET236." in page.text) == (422, True)


def test_each_has_figures_of_its_own(queue: Queue, theirs: Queue, visitor: Visitor) -> None:
    """Prometheus drops a page that tells two figures of one name."""
    join(theirs, ANA)
    told = visitor.client.get("/metrics").text
    assert 'queue_waiting{keyword="CET236"} 0.0' in told
    assert 'queue_waiting{keyword="CET236-2"} 1.0' in told
