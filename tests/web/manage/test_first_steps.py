"""A new manager sees on the overview which steps lead to a first customer, until they are done."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, transaction
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, NOON, join, make_servicer

STEPS = [
    "Add a queue",
    "Get a number to text",
    "Text it yourself",
    "Print the poster",
    "Invite your team",
]


def steps(page: Page) -> dict[str, bool]:
    """Each step, and whether it is done; {} where the page has none."""
    sections = page.root.all("section", **{"aria-labelledby": "steps-title"})
    shown = [item for section in sections for item in section.all("li")]
    titles = [item.all("strong")[0].text.strip() for item in shown]
    return {title: "Already done" in item.text for title, item in zip(titles, shown, strict=True)}


@pytest.fixture
def manager(app: Flask, db: Database) -> Visitor:
    """Of a business that has nothing yet."""

    def work(session: Session) -> Business:
        made = Business(name="Fresh", timezone="Europe/Lisbon", created_at=NOON)
        session.add(made)
        return made

    fresh = transaction(work)
    return Visitor(app).sign_in(make_servicer(fresh, "Lia", role=Role.MANAGER))


def test_a_new_business_has_them_all_before_it(manager: Visitor) -> None:
    page = manager.open("/manage")
    assert steps(page) == dict.fromkeys(STEPS, False)
    links = {a.text: a.attributes["href"] for a in page.root.all("main")[0].all("a")}
    assert links["Add a queue"] == "/manage/new-queue"
    assert links["Invite your team"] == "/manage/people/invite"


def test_what_is_done_is_ticked_and_the_rest_says_how(queue: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage")
    assert [step for step, is_done in steps(page).items() if is_done] == STEPS[:2]
    assert "Text CET236 to +1 555-010-0000 from your own phone" in page.text
    assert page.root.all("a", href="/q/CET236/poster")[0].text == "Print the poster"
    join(queue, ANA)
    assert steps(rosas.open("/manage"))["Text it yourself"]
    assert not steps(rosas.page)["Print the poster"]


def test_they_are_gone_when_all_are_done(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    join(queue, ANA), join(queue, BEN, source=Source.WEB)
    assert "First steps" not in rosas.open("/manage").text


def test_and_when_the_business_is_in_use_without_some(queue: Queue, rosas: Visitor) -> None:
    for _ in range(19):
        join(queue, None, source=Source.DESK)
    assert steps(rosas.open("/manage"))
    join(queue, None, source=Source.DESK)
    assert steps(rosas.open("/manage")) == {}


def test_an_open_invitation_counts_and_another_business_does_not(
    business: Business, queue: Queue, rosas: Visitor, manager: Visitor
) -> None:
    join(queue, ANA)
    assert not any(steps(manager.open("/manage")).values())
    manager.open("/manage/people/invite")
    manager.press("Create a link to hand over", email="nia@example.com")
    assert steps(manager.open("/manage"))["Invite your team"]
