"""A keyword that was changed leads on: links, posters, open pages, presses; what an archived queue says."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.setup.keywords import change_keyword
from models.queueing.setup.queue_settings import archive
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.one_database import in_turn
from tests.web.visitor import Visitor
from tests.world import ANA, join, line, make_business, make_servicer

RULES = "/manage/queues/CET236/rules"


@pytest.fixture
def rosas(app: Flask, rosa: Servicer) -> Visitor:
    return Visitor(app).sign_in(rosa)


def rename(queue: Queue, keyword: str = "CUTS1") -> None:
    now = datetime.now(UTC)
    transaction(lambda s: change_keyword(s, Queue.lock(s, queue.id), keyword, now=now))


@in_turn
@pytest.mark.parametrize(
    "rest",
    [
        *("", "/board", "/poster", "/privacy", "/text.svg", "/page.svg?download=1", "/text.png"),
        *(".json", "/badge.svg?lang=es", "/embed"),
    ],
)
def test_every_public_address_leads_on_with_what_stands_behind_the_keyword(
    queue: Queue, visitor: Visitor, rest: str
) -> None:
    rename(queue)
    answer = visitor.client.get(f"/q/CET236{rest}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/q/CUTS1{rest}")
    assert visitor.client.get(f"/q/CUTS1{rest}").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/control/{}", "/control/{}/ended", "/manage/queues/{}", "/manage/queues/{}/hours"],
)
def test_the_pages_of_whoever_works_there_lead_on_too(queue: Queue, rosas: Visitor, address: str) -> None:
    rename(queue)
    answer = rosas.client.get(address.format("CET236"))
    assert (answer.status_code, answer.headers["Location"]) == (302, address.format("CUTS1"))


@in_turn
@pytest.mark.parametrize(
    "asked", ["_method=POST", "endpoint=x", "_scheme=ftp", "_anchor=a", "a=1&a=2", "_external=1"]
)
def test_nothing_that_stands_behind_it_is_an_order_to_us(queue: Queue, visitor: Visitor, asked: str) -> None:
    rename(queue)
    for path in ("/q/{}/board", "/q/{}.json", "/events/{}"):
        answer = visitor.client.get(f"{path.format('CET236')}?{asked}")
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{path.format('CUTS1')}?{asked}"


def test_the_stream_of_an_open_page_leads_on(queue: Queue, visitor: Visitor) -> None:
    rename(queue)
    assert visitor.client.get("/events/CET236").headers["Location"] == "/events/CUTS1"


def test_a_form_and_a_press_of_an_old_page_still_count(
    queue: Queue, visitor: Visitor, rosas: Visitor
) -> None:
    visitor.open("/q/CET236"), rosas.open("/control/CET236")
    rename(queue)
    assert visitor.press("Take a number").headings == ["You are number 1"] or line(queue) == [1]
    assert rosas.press("Call next").now_serving == "1"


def test_the_manager_sees_and_frees_old_keywords(queue: Queue, rosas: Visitor, visitor: Visitor) -> None:
    rosas.open(RULES)
    page = rosas.press("Save", keyword="cuts1")
    assert page.path == "/manage/queues/CUTS1"
    assert "CET236 until Mar" in page.text
    page = rosas.press("Free CET236")
    assert page.notices == ["CET236 no longer leads here."]
    assert "Old keywords" not in page.text
    assert visitor.open("/q/CET236").status == 404


def test_a_new_queue_of_the_business_takes_an_old_keyword_over(
    queue: Queue, rosas: Visitor, visitor: Visitor
) -> None:
    rename(queue)
    rosas.open("/manage/new-queue")
    assert rosas.press("Add and open", name="Shaves", keyword="CET236").path == "/manage/queues/CET236"
    assert "Shaves" in visitor.open("/q/CET236").headings


def test_another_business_has_the_keyword_too_but_not_the_address(
    app: Flask, queue: Queue, visitor: Visitor
) -> None:
    rename(queue)
    other = make_business(name="Another", number="+15550109999")
    stranger = Visitor(app).sign_in(make_servicer(other, "Eva", role="manager"))
    stranger.open("/manage/new-queue")
    assert stranger.press("Add and open", name="Shaves", keyword="CET236").path == "/manage/queues/CET236"
    assert visitor.open("/q/CET236").path == "/q/CUTS1"
    assert "Shaves" in visitor.open("/q/CET236-2").headings


@pytest.mark.parametrize("address", ["/q/CET236", "/q/CET236/board", "/q/CET236/poster"])
def test_an_archived_queue_says_what_happened(queue: Queue, visitor: Visitor, address: str) -> None:
    transaction(lambda s: archive(s, Queue.lock(s, queue.id), by=By.command(), now=datetime.now(UTC)))
    assert "Haircuts is no longer in use" in visitor.open(address).text


def test_so_does_the_page_of_a_ticket_and_the_control_page(
    business: Business, queue: Queue, visitor: Visitor, rosas: Visitor
) -> None:
    token = join(queue, ANA).token
    transaction(lambda s: archive(s, Queue.lock(s, queue.id), by=By.command(), now=datetime.now(UTC)))
    assert "Haircuts is no longer in use" in visitor.open(f"/t/{token}").text
    page = rosas.open("/control/CET236")
    assert "This queue is archived, so nobody can join it." in page.text
    assert not {"Open", "Bring back"} & set(page.buttons)
