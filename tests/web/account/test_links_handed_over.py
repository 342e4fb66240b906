"""Without a mail server whoever invites is shown the link, and hands it over; it shows nobody's mailbox."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import SignUp
from models.people.account_mails import AccountMail
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.account.accounts import NEW, OVER, can_sign_in, servicer
from tests.web.visitor import Visitor
from tests.world import make_business, make_servicer

NIA = "nia@example.com"
INVITE = "/manage/people/invite"


@pytest.fixture
def manager(app: Flask, rosa: Servicer) -> Visitor:
    return Visitor(app).sign_in(rosa)


def handed_to(manager: Visitor, email: str) -> str:
    """The path of the link that the manager is shown."""
    manager.open(INVITE)
    page = manager.press("Create a link to hand over", email=email)
    assert page.status == 200
    (shown,) = page.root.all("input", id="handed")
    address = shown.attributes["value"]
    assert re.fullmatch(r"http://[^/]+/invitation/\S{32}", address)
    return "/" + address.split("/", 3)[3]


def test_who_invites_is_shown_the_link_and_no_mail_is_claimed(
    app: Flask, queue: Queue, manager: Visitor, visitor: Visitor
) -> None:
    assert "There's no mail server here, so you'll get a link to hand over." in manager.open(INVITE).text
    link = handed_to(manager, NIA)
    assert f"Give this link to {NIA}" in manager.page.text
    assert "on its way" not in manager.page.text
    with reading() as session:
        assert session.scalars(select(AccountMail)).all() == []
    assert visitor.open(link).headings == ["Welcome to Barber Lopes"]
    visitor.press("Create my account", name="Nia", new=NEW)
    made = servicer(NIA)
    assert made is not None
    assert (made.role, made.business_id, made.is_proved) == (Role.SERVICER, queue.business_id, True)
    assert can_sign_in(app, NIA, NEW)
    assert Visitor(app).open(link).headings == [OVER]


def test_the_link_is_shown_once_to_nobody_else_and_ends_with_the_next_or_when_withdrawn(
    app: Flask, manager: Visitor, business: Business, visitor: Visitor
) -> None:
    first = handed_to(manager, NIA)
    colleague = Visitor(app).sign_in(make_servicer(business, "Luis", role=Role.MANAGER))
    for again in (manager, colleague):
        page = again.open(INVITE)
        assert NIA in page.text
        assert page.root.all("input", id="handed") == []
    second = handed_to(manager, NIA)
    assert visitor.open(first).headings == [OVER]
    assert visitor.open(second).status == 200
    manager.open(INVITE)
    manager.press("Withdraw")
    assert visitor.open(second).headings == [OVER]


def test_a_link_that_no_mailbox_got_takes_nobodys_address(
    app: Flask, manager: Visitor, visitor: Visitor
) -> None:
    elsewhere = make_business(name="Elsewhere", number="+15550109999")
    there = make_servicer(elsewhere, "Nia", email=NIA, email_proved_at=None)
    visitor.open(handed_to(manager, NIA))
    page = visitor.press("Create my account", name="Mallory", new=NEW)
    assert (page.status, "There's already an account for this email" in page.text) == (422, True)
    kept = servicer(NIA)
    assert kept is not None
    assert kept.id == there.id


def test_where_anybody_signs_up_the_invited_confirm_their_email_later(
    app: Flask, manager: Visitor, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))
    visitor.open(handed_to(manager, NIA))
    visitor.press("Create my account", name="Nia", new=NEW)
    made = servicer(NIA)
    assert made is not None
    assert not made.is_proved
