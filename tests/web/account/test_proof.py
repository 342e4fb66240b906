"""Whoever signs up confirms their e-mail before anything is sent in their name, and gives way to who can."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import SignUp
from models.people.account_mails import AccountMail
from models.people.audit_log import AuditAction, AuditEntry
from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.statistics.summary import hand_out, summary_of
from models.storage.database import reading, transaction
from models.texts.daily_allowance import count_sent_text
from tests.one_database import on_both
from tests.web.account.accounts import NEW, OVER, can_sign_in, servicer
from tests.web.mailbox import Mailbox
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join, make_queue, make_servicer, outbox

NIA = "nia@example.com"
SIGN_UP = {"business": "Cuts", "timezone": "UTC", "name": "Cora", "email": NIA, "new": NEW}
FIRST = "Confirm your email first"


@pytest.fixture
def cora(app: Flask, business: Business, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Signed up with an address that may be hers; the operator has given her business a number."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))
    visitor = Visitor(app)
    visitor.open("/signup")
    visitor.press("Sign up", **SIGN_UP)
    made = servicer(NIA)
    assert made is not None
    number = OurNumber(business_id=made.business_id, phone="+15550107777", created_at=NOON)
    transaction(lambda s: s.add(number))
    with reading() as session:
        make_queue(session.get_one(Business, made.business_id), "CUTS")
    return visitor


def coras_queue() -> Queue:
    with reading() as session:
        return session.scalars(select(Queue).where(Queue.keyword == "CUTS")).one()


def invite(app: Flask, rosa: Servicer, mailbox: Mailbox) -> str:
    """The link that Rosa has mailed to Nia."""
    visitor = Visitor(app).sign_in(rosa)
    visitor.open("/manage/people/invite")
    visitor.press("Send invitation", email=NIA, role="servicer")
    assert (NIA, "Rosa invites you to Barber Lopes") in mailbox.read()
    return mailbox.link()


@on_both
def test_the_link_that_is_mailed_confirms_the_e_mail_once(
    cora: Visitor, mailbox: Mailbox, visitor: Visitor
) -> None:
    assert "We're not sending anything in your name yet." in cora.open("/manage").text
    assert mailbox.read() == [(NIA, "Confirm your email for Cuts")]
    assert "Cora signed up Cuts with nia@example.com. Was that you?" in visitor.open(mailbox.link()).text
    assert not current(NIA).is_proved, "opening it changes nothing"
    visitor.press("Yes, it's mine")
    assert current(NIA).is_proved
    assert "We're not sending" not in cora.open("/manage").text
    assert visitor.open(mailbox.link()).headings == [OVER]


def test_it_is_mailed_again_when_asked_but_not_without_end(cora: Visitor, mailbox: Mailbox) -> None:
    cora.open("/account")
    notices = [cora.press("Send it again").notices[0] for _ in range(8)]
    assert notices[0] == "We've emailed a link to nia@example.com."
    assert notices[-1].startswith("We've already sent that several times.")
    assert 1 <= len(mailbox.read()) <= 6


def test_until_then_nobody_is_invited(cora: Visitor, mailbox: Mailbox) -> None:
    mailbox.read()
    cora.open("/manage/people/invite")
    page = cora.press("Send invitation", email="stranger@example.com")
    assert (page.status, FIRST in page.text) == (422, True)
    assert mailbox.read() == []


@on_both
def test_no_phone_of_a_walk_in_is_texted_and_no_message_sent(cora: Visitor) -> None:
    queue = coras_queue()
    join(queue, ANA)
    cora.open("/control/CUTS")
    page = cora.press("Add walk-in", name="Ben", phone="+15550101002")
    assert (page.status, FIRST in page.text) == (422, True)
    assert "Ben has number 2" in cora.press("Add walk-in", name="Ben", phone="").text
    cora.open("/control/CUTS/message")
    page = cora.press("Send message", note="Back at two")
    assert (page.status, FIRST in page.text) == (422, True)
    assert outbox(queue) == []


@on_both
def test_nothing_is_mailed_or_texted_to_an_address_or_phone_that_is_unconfirmed(
    cora: Visitor, mailbox: Mailbox
) -> None:
    mailbox.read()

    def work(session: Session) -> list[Servicer]:
        person = session.scalars(select(Servicer).where(Servicer.email == NIA)).one()
        person.set_phone("+15550101002")
        person.wants_summary_texts = True
        person.business.texts_per_day = 1
        count_sent_text(session, person.business, NOON)
        summary = summary_of(session, person.business, NOON.date(), NOON)
        return hand_out(session, person.business, summary, NOON)

    assert transaction(work) == []
    assert mailbox.read() == []
    with reading() as session:
        assert len(session.scalars(select(AccountMail)).all()) == 1, "but the link to confirm it"


def test_an_account_that_never_confirmed_its_e_mail_gives_way_to_the_invited(
    app: Flask, cora: Visitor, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    strangers = current(NIA).id
    page = visitor.open(invite(app, rosa, mailbox))
    assert "Cora signed up Cuts with this email and never confirmed it." in page.text
    visitor.press("Create my account", name="Nia", new="her own password")
    made = current(NIA)
    assert (made.name, made.business_id, made.is_proved) == ("Nia", rosa.business_id, True)
    assert can_sign_in(app, NIA, "her own password")
    assert not can_sign_in(app, NIA, NEW)
    # Whoever only mistyped their address loses nothing but that.
    page = cora.open("/account")
    assert f"account-{strangers}@unproved.invalid" in page.text
    assert cora.open("/control/CUTS").status == 200
    assert can_sign_in(app, f"account-{strangers}@unproved.invalid", NEW)
    with reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.servicer_id == strangers))
        assert AuditAction.EMAIL_GIVEN_UP in actions.all()


def test_whoever_signed_up_with_it_gets_no_more_tries_at_its_password_then(
    app: Flask, cora: Visitor, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    visitor.open(invite(app, rosa, mailbox))
    visitor.press("Create my account", name="Nia", new="her own password")
    assert cora.client.get_cookie("device") is None
    cora.press("Sign out", cora.open("/account"))
    cora.open("/login")
    answers = [cora.press("Sign in", email=NIA, password="a guess").status for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert visitor.client.get_cookie("device") is not None


def test_the_link_to_confirm_it_is_over_then(
    app: Flask, cora: Visitor, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    mailbox.read()
    proof = mailbox.link()
    visitor.open(invite(app, rosa, mailbox))
    visitor.press("Create my account", name="Nia", new=NEW)
    assert Visitor(app).open(proof).headings == [OVER]


def test_nothing_of_a_confirmed_account_is_touched(
    app: Flask, cora: Visitor, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    mailbox.read()
    visitor.open(mailbox.link())
    visitor.press("Yes, it's mine")
    page = visitor.open(invite(app, rosa, mailbox))
    assert "never confirmed" not in page.text
    page = visitor.press("Create my account", name="Nia", new="her own password")
    assert (page.status, "There's already an account for this email" in page.text) == (422, True)
    assert can_sign_in(app, NIA, NEW)


@on_both
def test_it_gives_way_to_whoever_changes_to_that_e_mail(
    app: Flask, cora: Visitor, business: Business, mailbox: Mailbox, visitor: Visitor
) -> None:
    strangers = current(NIA).id
    mia = make_servicer(business, "Mia", password_hash=current(NIA).password_hash)
    mine = Visitor(app).sign_in(mia)
    mine.open("/account")
    mine.press("Change email", new_email=NIA, password=NEW)
    mailbox.read()
    visitor.open(mailbox.link())
    visitor.press("Yes, change it")
    assert current(NIA).id == mia.id
    assert current(f"account-{strangers}@unproved.invalid").id == strangers


@on_both
def test_another_e_mail_or_a_new_password_by_mail_confirms_it_as_well(
    app: Flask, cora: Visitor, mailbox: Mailbox, visitor: Visitor
) -> None:
    visitor.open("/reset")
    visitor.press("Email me a link", email=NIA)
    mailbox.read()
    visitor.open(mailbox.link())
    visitor.press("Set password", new="her own password")
    assert current(NIA).is_proved


def current(email: str) -> Servicer:
    found = servicer(email)
    assert found is not None
    return found


def test_whom_the_operator_or_an_invitation_made_has_nothing_to_confirm(
    app: Flask, queue: Queue, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    visitor.open(invite(app, rosa, mailbox))
    visitor.press("Create my account", name="Nia", new=NEW)
    assert current(NIA).is_proved
    assert "Confirm your email" not in visitor.open("/account").text
    assert NOON - timedelta(days=1) < (current(NIA).email_proved_at or NOON)
    assert current(NIA).role == Role.SERVICER


def test_nobody_takes_the_address_beforehand_that_an_account_would_give_way_to(
    app: Flask, cora: Visitor, rosa: Servicer, mailbox: Mailbox, visitor: Visitor
) -> None:
    """Two accounts can't have one address, so that would keep Nia's from her after all."""
    made_up = f"account-{current(NIA).id}@Unproved.invalid"
    visitor.open("/signup")
    page = visitor.press("Sign up", **(SIGN_UP | {"email": made_up}))
    assert (page.status, "That isn't an email address." in page.text) == (422, True)
    visitor.open(invite(app, rosa, mailbox))
    visitor.press("Create my account", name="Nia", new="her own password")
    assert current(NIA).business_id == rosa.business_id
