"""Password resets and changes of e-mail, through mailed links that work once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.people.account_mails import AccountMail, AccountMailState
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Base, Database, reading
from security.passwords import is_password
from tests.one_database import on_both
from tests.web.account.accounts import HASH, NEW, OVER, PASSWORD, can_sign_in, servicer
from tests.web.mailbox import Mailbox
from tests.web.visitor import Visitor
from tests.world import make_servicer


def ask(visitor: Visitor, email: str) -> str:
    visitor.open("/reset")
    return visitor.press("Email me a link", email=email).text.replace(email, "…")


def test_a_forgotten_password_is_set_anew_by_mail_and_every_browser_is_signed_out(
    app: Flask, queue: Queue, mia: Servicer, visitor: Visitor, mailbox: Mailbox
) -> None:
    elsewhere = Visitor(app).sign_in(mia)
    ask(visitor, "Mia@example.com")
    assert mailbox.read() == [("mia@example.com", "Choose a new password for Barber Lopes")]
    visitor.open(mailbox.link())
    assert visitor.press("Set password", new=NEW).path == "/control/CET236"
    assert elsewhere.client.get("/account").status_code == 303
    assert (can_sign_in(app, "mia@example.com", PASSWORD), can_sign_in(app, "mia@example.com", NEW)) == (
        False,
        True,
    )
    link = mailbox.link()
    assert mailbox.read() == [("mia@example.com", "Your password for Barber Lopes has changed")]
    assert visitor.open(link).headings == [OVER]


def test_asking_for_a_new_password_does_not_tell_which_accounts_exist(
    visitor: Visitor, mia: Servicer, mailbox: Mailbox
) -> None:
    assert ask(visitor, "mia@example.com") == ask(visitor, "nobody@example.com")
    with reading() as session:
        rows = session.scalars(select(AccountMail).order_by(AccountMail.id)).all()
    assert len({(row.kind, str(row.facts), row.link_id, row.state) for row in rows}) == 1, "the same row"
    assert [to for to, _ in mailbox.read()] == ["mia@example.com"]


def test_a_link_is_over_after_an_hour(visitor: Visitor, mia: Servicer, mailbox: Mailbox) -> None:
    ask(visitor, "mia@example.com")
    mailbox.read()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert visitor.open(mailbox.link()).status == 410


def test_opening_a_link_changes_nothing(visitor: Visitor, mia: Servicer, mailbox: Mailbox) -> None:
    ask(visitor, "mia@example.com")
    mailbox.read()
    for _ in range(2):  # mail programs open links first
        answer = visitor.client.get(mailbox.link())
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    found = servicer("mia@example.com")
    assert found is not None
    assert is_password(PASSWORD, found.password_hash)


def test_no_key_that_works_stands_in_the_database(visitor: Visitor, mia: Servicer, mailbox: Mailbox) -> None:
    ask(visitor, "mia@example.com")
    mailbox.read()
    key = mailbox.link().rpartition("/")[2]
    with reading() as session:
        kept = [str(row) for t in Base.metadata.sorted_tables for row in session.execute(t.select())]
    assert key not in " ".join(kept)


def test_only_so_many_mails_go_to_one_mailbox(visitor: Visitor, mia: Servicer, mailbox: Mailbox) -> None:
    answers = {ask(visitor, "mia@example.com") for _ in range(6)}
    assert len(answers) == 1
    assert len(mailbox.read()) <= 3


def strangers_ask(app: Flask, addresses: Iterable[str], email: str) -> None:
    client = app.test_client()
    token = client.get("/reset").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for address in addresses:
        form = {"csrf_token": token, "email": email}
        asked = client.post("/reset", data=form, environ_base={"REMOTE_ADDR": address})
        assert asked.status_code == 200


def test_strangers_who_ask_neither_end_a_link_nor_use_up_the_mails(
    app: Flask, visitor: Visitor, mia: Servicer, mailbox: Mailbox
) -> None:
    strangers_ask(app, ["203.0.113.7"] * 200, "mia@example.com")
    assert len(mailbox.read()) == 3
    ask(visitor, "mia@example.com")
    assert len(mailbox.read()) == 1
    own = mailbox.link()
    strangers_ask(app, ["203.0.113.8"], "mia@example.com")
    mailbox.read()
    strangers = mailbox.link()
    visitor.open(own)
    visitor.press("Set password", new=NEW)
    assert can_sign_in(app, "mia@example.com", NEW)
    assert Visitor(app).open(strangers).headings == [OVER]


def test_one_mailbox_gets_only_so_many_mails_from_many_addresses_but_a_known_device_gets_its_own(
    app: Flask, visitor: Visitor, mia: Servicer, mailbox: Mailbox
) -> None:
    assert can_sign_in(app, "mia@example.com", PASSWORD)
    visitor.open("/login")
    visitor.press("Sign in", email="mia@example.com", password=PASSWORD)
    visitor.client.delete_cookie("take_a_number")
    strangers_ask(app, [f"203.0.113.{host}" for host in range(200)], "mia@example.com")
    assert len(mailbox.read()) == 6
    ask(visitor, "mia@example.com")
    assert len(mailbox.read()) == 1


# A new e-mail -------------------------------------------------------------------------------------------


def test_a_new_email_counts_once_its_link_is_opened(app: Flask, mia: Servicer, mailbox: Mailbox) -> None:
    visitor = Visitor(app).sign_in(mia)
    visitor.open("/account")
    page = visitor.press("Change email", new_email="New@example.com", password=PASSWORD)
    assert page.notices == [
        "We've emailed a link to new@example.com. Open it to start using that email here."
    ]
    assert can_sign_in(app, "mia@example.com", PASSWORD)
    assert mailbox.read() == [("new@example.com", "Your new email for Barber Lopes")]
    link = mailbox.link()
    assert visitor.open(link).text.endswith("Yes, change it")
    assert visitor.press("Yes, change it").notices == ["That's your email here from now on."]
    assert mailbox.read() == [("mia@example.com", "Your email for Barber Lopes has changed")]
    assert can_sign_in(app, "new@example.com", PASSWORD)
    assert visitor.open(link).status == 410


def test_a_new_email_needs_the_password_and_must_be_nobody_elses(
    app: Flask, mia: Servicer, rosa: Servicer, mailbox: Mailbox
) -> None:
    visitor = Visitor(app).sign_in(mia)
    visitor.open("/account")
    page = visitor.press("Change email", new_email="new@example.com", password="wrong")
    assert (page.status, "That isn't your current password." in page.text) == (422, True)
    visitor.press("Change email", new_email=rosa.email, password=PASSWORD)
    mailbox.read()
    visitor.open(mailbox.link())
    assert visitor.press("Yes, change it").status == 410
    assert servicer("mia@example.com") is not None


def test_a_new_email_ends_what_still_lies_in_the_old_mailbox(
    app: Flask, mia: Servicer, mailbox: Mailbox
) -> None:
    ask(Visitor(app), "mia@example.com")
    mailbox.read()
    old = mailbox.link()
    visitor = Visitor(app).sign_in(mia)
    visitor.open("/account")
    visitor.press("Change email", new_email="new@example.com", password=PASSWORD)
    mailbox.read()
    visitor.open(mailbox.link())
    visitor.press("Yes, change it")
    assert Visitor(app).open(old).status == 410


def test_no_password_is_hashed_for_whoever_guesses_links(
    app: Flask, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashed(password: str) -> str:
        raise AssertionError("that is slow on purpose")

    monkeypatch.setattr("web.account.mailed_links.hash_password", hashed)
    visitor = Visitor(app)
    visitor.open("/login")
    form = {"csrf_token": visitor.page.form_of("Sign in")[1]["csrf_token"], "name": "Mallory", "new": NEW}
    for address in ("/reset/guessed", "/invitation/guessed"):
        answer = visitor.client.post(address, data=form)
        assert (answer.status_code, OVER in answer.text) == (410, True)


# Mails --------------------------------------------------------------------------------------------------


def test_hostile_names_are_escaped_in_every_mail(app: Flask, business: Business, mailbox: Mailbox) -> None:
    evil = '<script>alert(1)</script> http://evil.example "'
    boss = make_servicer(business, evil, email="boss@example.com", role=Role.MANAGER, password_hash=HASH)
    visitor = Visitor(app).sign_in(boss)
    visitor.open("/manage/people/invite")
    visitor.press("Send invitation", email="nia@example.com")
    ask(Visitor(app), "boss@example.com")
    visitor.open("/account")
    visitor.press("Change email", new_email="new@example.com", password=PASSWORD)
    visitor.press("Change password", present=PASSWORD, new=NEW)
    for _ in range(4):
        mailbox.read()
    assert len(mailbox.mails) >= 3
    for mail in mailbox.mails:
        body = mail.get_body(("html",))
        assert body is not None
        html = body.get_content()
        assert "&lt;script&gt;" in html
        assert "<script" not in html
        assert 'href="http://evil' not in html


@on_both
def test_a_mail_that_is_not_accepted_is_retried_later(
    app: Flask, visitor: Visitor, mia: Servicer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(visitor, "mia@example.com")

    def broken(mail: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(mailbox, "offer", broken)
        assert mailbox.read() == []
    assert mailbox.read() == [], "not at once"
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert len(mailbox.read()) == 1
        assert visitor.open(mailbox.link()).status == 200
    with reading() as session:
        assert session.scalars(select(AccountMail.state)).all() == [AccountMailState.SENT]
