"""Without a mail server no page claims that a mail was sent; each says where the link is, or what to do."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import SignUp
from models.people.account_mails import AccountMail
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.web.account.accounts import NEW, PASSWORD
from tests.web.visitor import Visitor

IN_A_FILE = "is in a file on the server, in DATA_DIR/mail"


def test_a_forgotten_password_names_the_command_that_sets_a_new_one(visitor: Visitor, mia: Servicer) -> None:
    page = visitor.open("/reset")
    assert "There's no mail server here" in page.text
    assert "flask servicer password YOUR_EMAIL" in page.text
    assert "Email me a link" not in page.text
    with reading() as session:
        assert session.scalars(select(AccountMail)).all() == []


def test_a_new_e_mail_says_where_its_link_is(visitor: Visitor, mia: Servicer, queue: Queue) -> None:
    visitor.open("/login")
    visitor.press("Sign in", email=mia.email, password=PASSWORD)
    assert "There's no mail server here" in visitor.open("/account").text
    page = visitor.press("Change email", new_email="nia@example.com", password=PASSWORD)
    (notice,) = page.notices
    assert notice.startswith("No email was sent")
    assert f"The link for nia@example.com {IN_A_FILE}" in notice


def test_who_signed_up_reads_where_the_link_is(
    app: Flask, queue: Queue, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))
    visitor.open("/signup")
    asked = {"business": "Cuts", "timezone": "UTC", "name": "Cora", "email": "cora@example.com", "new": NEW}
    visitor.press("Sign up", **asked)
    page = visitor.open("/account")
    assert f"The link for cora@example.com {IN_A_FILE}" in page.text
    assert "we emailed" not in page.text
    assert visitor.press("Create a new link").notices[0].startswith("No email was sent")
