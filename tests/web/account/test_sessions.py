"""The list of the user's sessions, ending them here and elsewhere; and signing up a business."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from config.settings import SignUp
from models.people.audit_log import AuditEntry
from models.people.browser_sessions import BrowserSession, begin_session
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Base, Database, reading, transaction
from tests.one_database import on_both
from tests.web.visitor import Visitor
from web.account.current_servicer import browser_name

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


@on_both
def test_one_sees_where_one_is_signed_in_and_ends_it(app: Flask, queue: Queue, luis: Servicer) -> None:
    here, there, third = (Visitor(app).sign_in(luis) for _ in range(3))
    page = here.open("/account")
    assert page.text.count("A browser") == 3
    ends = [b for b in page.root.all("button") if b.text == "End"]
    assert len(ends) == 2, "not this one"
    forms = [f.attributes["action"] for f in page.root.all("form") if f.attributes["action"].endswith("/end")]
    token = page.root.all("input", name="csrf_token")[0].attributes["value"]
    assert here.client.post(forms[0], data={"csrf_token": token}).status_code == 303
    assert sorted(v.client.get("/account").status_code for v in (here, there, third)) == [200, 200, 303]
    here.open("/account")
    assert here.press("Sign out everywhere else").notices == ["You're signed out everywhere else."]
    assert [v.client.get("/account").status_code for v in (here, there, third)] == [200, 303, 303]


def test_a_copied_cookie_does_not_work_after_signing_out(app: Flask, luis: Servicer) -> None:
    visitor, thief = Visitor(app).sign_in(luis), Visitor(app)
    with visitor.client.session_transaction() as session:
        key = session["_user_id"]
    with thief.client.session_transaction() as session:
        session["_user_id"] = key
    visitor.open("/account")
    visitor.press("Sign out")
    assert thief.client.get("/account").status_code == 303


@on_both
def test_a_session_ends_when_it_was_not_used_for_a_month(app: Flask, luis: Servicer) -> None:
    visitor = Visitor(app).sign_in(luis)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=20)):
        visitor.open("/account")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=50)):
        assert visitor.open("/account").path == "/account"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=82)):
        assert visitor.client.get("/account").status_code == 303


def test_the_database_holds_no_key_of_a_session(db: Database, luis: Servicer) -> None:
    now = datetime.now(UTC)
    key = transaction(lambda s: begin_session(s, luis, browser="", address="", now=now))
    with reading() as session:
        kept = [str(row) for t in Base.metadata.sorted_tables for row in session.execute(t.select())]
        assert session.scalars(select(BrowserSession.servicer_id)).all() == [luis.id]
    assert key not in " ".join(kept)


@pytest.mark.parametrize(
    ("agent", "words"), [(PHONE, "Chrome on Android"), ("", "A browser"), ("<script>", "A browser")]
)
def test_a_browser_is_told_in_words(agent: str, words: str) -> None:
    assert browser_name(agent) == words


@pytest.fixture
def open_signup(app: Flask, db: Database, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))
    return Visitor(app)


FIELDS = {
    "business": "Corner Café",
    "timezone": "Europe/Lisbon",
    "name": "Cora",
    "email": "cora@example.com",
    "new": "a good password",
}


def test_where_anybody_may_a_business_is_made_by_signing_up(open_signup: Visitor) -> None:
    open_signup.open("/signup")
    assert open_signup.press("Sign up", **FIELDS).path == "/manage"
    with reading() as session:
        cora = Servicer.by_email(session, "cora@example.com")
        assert cora is not None
        assert (cora.role, cora.business.name, cora.business.numbers) == (Role.MANAGER, "Corner Café", [])
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["signed_up"]


def test_a_sign_up_that_is_not_complete_or_for_an_account_that_is_there_makes_nothing(
    open_signup: Visitor, luis: Servicer
) -> None:
    wrong = [
        {"business": " "},
        {"new": "short"},
        {"email": "no"},
        {"timezone": "Nowhere"},
        {"timezone": ""},
        {"email": luis.email},
    ]
    for one in wrong:
        open_signup.open("/signup")
        assert open_signup.press("Sign up", **(FIELDS | one)).status == 422, one
    with reading() as session:
        assert len(session.scalars(select(Business)).all()) == 1


def test_one_address_signs_up_only_so_often(open_signup: Visitor) -> None:
    for index in range(6):
        open_signup.client.delete_cookie("take_a_number")
        open_signup.open("/signup")
        status = open_signup.press("Sign up", **(FIELDS | {"email": f"cora{index}@example.com"})).status
    assert status == 429


def test_by_default_only_the_invited_get_an_account(visitor: Visitor) -> None:
    page = visitor.open("/signup")
    assert "ask your manager" in page.text
    assert "Sign up" not in page.buttons
    visitor.open("/login")
    token = visitor.page.form_of("Sign in")[1]
    assert visitor.client.post("/signup", data=token | FIELDS).status_code == 403
