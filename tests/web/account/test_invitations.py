"""Whoever is invited by mail makes their own account, through a link that works once."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.setup.staff import change_person, let_go
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.one_database import on_both
from tests.web.account.accounts import NEW, OVER, can_sign_in, servicer
from tests.web.mailbox import Mailbox
from tests.web.visitor import Visitor
from tests.world import NOON, make_business, make_servicer


@pytest.fixture
def manager(app: Flask, rosa: Servicer, mailbox: Mailbox) -> Visitor:
    visitor = Visitor(app).sign_in(rosa)
    visitor.open("/manage/people/invite")
    return visitor


def test_the_invited_make_their_own_account(
    app: Flask, queue: Queue, manager: Visitor, mailbox: Mailbox, visitor: Visitor
) -> None:
    page = manager.press("Send invitation", email=" Nia@Example.com ", role="servicer")
    assert page.notices == ["We've emailed an invitation to nia@example.com."]
    assert mailbox.read() == [("nia@example.com", "Rosa invites you to Barber Lopes")]
    page = visitor.open(mailbox.link())
    assert page.headings == ["Welcome to Barber Lopes"]
    page = visitor.press("Create my account", name="Nia", new=NEW)
    assert page.path == "/control/CET236"
    made = servicer("nia@example.com")
    assert made is not None
    assert (made.name, made.role, made.business_id) == ("Nia", Role.SERVICER, queue.business_id)
    assert can_sign_in(app, "nia@example.com", NEW)
    assert "nia@example.com" not in manager.open("/manage/people/invite").text


def test_an_invitation_works_once(queue: Queue, manager: Visitor, mailbox: Mailbox, app: Flask) -> None:
    manager.press("Send invitation", email="nia@example.com", role="manager")
    mailbox.read()
    first, second = Visitor(app), Visitor(app)
    first.open(mailbox.link()), second.open(mailbox.link())
    first.press("Create my account", name="Nia", new=NEW)
    page = second.press("Create my account", name="Mallory", new=NEW)
    assert (page.status, page.headings) == (410, [OVER])
    assert Visitor(app).open(mailbox.link()).status == 410


def test_an_invitation_is_over_after_a_week_when_withdrawn_or_when_there_is_a_newer_one(
    queue: Queue, manager: Visitor, mailbox: Mailbox, visitor: Visitor
) -> None:
    manager.press("Send invitation", email="nia@example.com")
    mailbox.read()
    first = mailbox.link()
    manager.press("Send invitation", email="nia@example.com")
    mailbox.read()
    assert [visitor.open(link).status for link in (first, mailbox.link())] == [410, 200]
    with time_machine.travel(NOON + timedelta(days=7, minutes=1)):
        assert visitor.open(mailbox.link()).status == 410
    assert visitor.open(mailbox.link()).status == 200
    page = manager.open("/manage/people/invite")
    manager.press("Withdraw", page)
    assert visitor.open(mailbox.link()).status == 410


@on_both
@pytest.mark.parametrize("end", ["let go", "demoted", "demoted unnoticed"])
def test_an_invitation_ends_with_the_rights_of_whoever_sent_it(
    business: Business, rosa: Servicer, manager: Visitor, mailbox: Mailbox, visitor: Visitor, end: str
) -> None:
    boss = make_servicer(business, "Boss", role=Role.MANAGER)
    manager.press("Send invitation", email="nia@example.com", role="manager")
    mailbox.read()
    assert visitor.open(mailbox.link()).status == 200

    def work(session: Session) -> None:
        person, by = session.get_one(Servicer, rosa.id), By.servicer(boss.id)
        if end == "let go":
            let_go(session, person, by=by, now=NOON)
        elif end == "demoted":
            change_person(session, person, name="Rosa", role=Role.SERVICER, by=by, now=NOON)
        else:
            person.role = Role.SERVICER

    transaction(work)
    assert visitor.open(mailbox.link()).status == 410
    if end == "demoted":  # a manager again, they invite anew
        transaction(lambda s: setattr(s.get_one(Servicer, rosa.id), "role", Role.MANAGER))
        assert visitor.open(mailbox.link()).status == 410


def test_a_withdrawn_invitation_that_was_not_mailed_yet_is_not_mailed(
    manager: Visitor, mailbox: Mailbox
) -> None:
    manager.press("Send invitation", email="nia@example.com")
    manager.press("Withdraw")
    assert mailbox.read() == []


@pytest.mark.parametrize(
    "email",
    ["", "nia", "nia@", "a b@example.com", "x" * 250 + "@a.bc", "n\r\n@a.bc", "n\x00@a.bc", "n\x1b@a.bc"],
)
def test_what_is_no_address_is_not_invited(manager: Visitor, mailbox: Mailbox, email: str) -> None:
    page = manager.press("Send invitation", email=email)
    assert (page.status, "That isn't an email address." in page.text) == (422, True)
    assert mailbox.read() == []


def test_whoever_has_an_account_is_not_invited_and_other_businesses_tell_nothing(
    manager: Visitor, mia: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    assert "Mia already has an account." in manager.press("Send invitation", email="mia@example.com").text
    make_servicer(make_business(name="Another", number="+15550109999"), "Zoe", email="zoe@example.com")
    page = manager.press("Send invitation", email="zoe@example.com")
    assert page.notices == ["We've emailed an invitation to zoe@example.com."]
    mailbox.read()
    visitor.open(mailbox.link())
    page = visitor.press("Create my account", name="Zoe", new=NEW)
    assert (page.status, "There's already an account for this email" in page.text) == (422, True)


@on_both
def test_one_mailbox_gets_three_invitations_a_day_whoever_sends_them(
    app: Flask, manager: Visitor, mailbox: Mailbox
) -> None:
    elsewhere = Visitor(app).sign_in(
        make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Eve", role=Role.MANAGER)
    )
    elsewhere.open("/manage/people/invite")
    for index in range(3):
        (manager, elsewhere)[index % 2].press("Send invitation", email="nia@example.com")
    page = manager.press("Send invitation", email="Nia@example.com")
    assert "got several invitations today." in page.text
    assert len(mailbox.read()) <= 3
    page = manager.press("Send invitation", email="noa@example.com")
    assert page.notices == ["We've emailed an invitation to noa@example.com."]


def test_the_invited_take_no_name_that_carries_an_address(
    queue: Queue, manager: Visitor, mailbox: Mailbox, visitor: Visitor
) -> None:
    manager.press("Send invitation", email="nia@example.com")
    mailbox.read()
    visitor.open(mailbox.link())
    page = visitor.press("Create my account", name="Win at shop.example", new=NEW)
    assert (page.status, "Leave web addresses" in page.text) == (422, True)
    assert servicer("nia@example.com") is None
