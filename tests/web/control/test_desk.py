"""The choice of desk, which the customer's text and page name."""

import pytest

from models.people.business import Business
from models.queueing.tables.queues import Desk, Queue
from models.storage.database import reading
from models.texts.outbox import OutboundMessage
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, join, make_desk, make_queue, outbox, ticket


@pytest.fixture
def chairs(queue: Queue) -> list[Desk]:
    return [make_desk(queue, "Chair 1"), make_desk(queue, "Chair 2")]


def options(page: Page) -> list[str]:
    (select,) = page.root.all("select", name="desk")
    return [option.text for option in select.all("option")]


def chosen(page: Page) -> str:
    return page.form_of("Choose desk")[1]["desk"]


def test_without_desks_there_is_nothing_to_choose(queue: Queue, rosas: Visitor) -> None:
    assert "Choose desk" not in rosas.page.html


def test_the_text_and_the_customers_page_name_the_desk(
    queue: Queue, chairs: list[Desk], rosas: Visitor, visitor: Visitor
) -> None:
    token = join(queue, ANA).token
    rosas.open("/control/CET236")
    assert options(rosas.page) == ["No desk", "Chair 1", "Chair 2"]
    page = rosas.press("Choose desk", desk=str(chairs[1].id))
    assert page.notices == ["You're at Chair 2."]
    assert "You're on duty at Chair 2" in page.headings
    assert "Went to Chair 2" in page.text
    rosas.press("Call next")
    with reading() as session:
        assert session.query(OutboundMessage).one().facts["desk"] == "Chair 2"
    assert "Please come to Chair 2" in visitor.open(f"/t/{token}").text


def test_a_choice_is_kept_and_shown_to_colleagues(
    queue: Queue, chairs: list[Desk], rosas: Visitor, luiss: Visitor
) -> None:
    rosas.open("/control/CET236")
    rosas.press("Choose desk", desk=str(chairs[0].id))
    rosas.press("Take a break"), rosas.press("Back")
    assert chosen(rosas.page) == str(chairs[0].id)
    page = luiss.open("/control/CET236")
    assert options(page) == ["No desk", "Chair 1 (Rosa)", "Chair 2"]
    assert "Rosa Chair 1" in page.text


def test_who_is_called_already_is_asked_to_the_new_desk(
    queue: Queue, chairs: list[Desk], rosas: Visitor
) -> None:
    join(queue, ANA)
    rosas.open("/control/CET236")
    rosas.press("Call next")
    rosas.press("Choose desk", desk=str(chairs[0].id))
    assert ticket(queue, 1).desk_id == chairs[0].id
    assert [state for _, _, state in outbox(queue)] == ["expired", "waiting"]


def test_undo_takes_the_choice_back(queue: Queue, chairs: list[Desk], rosas: Visitor) -> None:
    rosas.open("/control/CET236")
    rosas.press("Choose desk", desk=str(chairs[0].id))
    rosas.press("Choose desk", desk=str(chairs[1].id))
    page = rosas.press("Undo")
    assert page.notices == ["Undone: went to Chair 2."]
    assert chosen(page) == str(chairs[0].id)
    assert chosen(rosas.press("Undo")) == ""


def test_the_same_desk_again_is_no_press_to_undo(queue: Queue, chairs: list[Desk], rosas: Visitor) -> None:
    rosas.open("/control/CET236")
    rosas.press("Choose desk", desk=str(chairs[0].id))
    page = rosas.press("Choose desk", desk=str(chairs[0].id))
    assert page.notices == ["You're at Chair 1."]
    rosas.press("Undo")
    assert "Undo" not in rosas.page.buttons


def test_a_desk_of_another_queue_is_refused(
    business: Business, queue: Queue, chairs: list[Desk], rosas: Visitor
) -> None:
    sofa = make_desk(make_queue(business, "SHAVES"), "Sofa")
    rosas.open("/control/CET236")
    page = rosas.press("Choose desk", desk=str(sofa.id))
    assert page.notices == ["Nothing was changed: that desk no longer exists. You're not serving anyone."]
    assert chosen(page) == ""


def test_each_at_a_desk_of_their_own(
    queue: Queue, chairs: list[Desk], rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN)
    for visitor, chair in ((rosas, chairs[0]), (luiss, chairs[1])):
        visitor.open("/control/CET236")
        visitor.press("Choose desk", desk=str(chair.id))
        visitor.press("Call next")
    assert [ticket(queue, n).desk_id for n in (1, 2)] == [chair.id for chair in chairs]
