"""Signing in and out, and the user's own settings."""

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.one_database import on_both
from tests.web.account.accounts import HASH, PASSWORD
from tests.web.visitor import Visitor
from tests.world import NOON, make_servicer


def sign_in(visitor: Visitor, email: str = "mia@example.com", password: str = PASSWORD, to: str = "") -> None:
    visitor.open("/login" + to)
    visitor.press("Sign in", email=email, password=password)


def test_who_signs_in_comes_to_the_queue(queue: Queue, mia: Servicer, visitor: Visitor) -> None:
    sign_in(visitor)
    assert visitor.page.path == "/control/CET236"


def test_a_manager_lands_on_the_overview_unless_another_page_was_asked_for(
    app: Flask, queue: Queue, business: Business
) -> None:
    make_servicer(business, "Lia", role=Role.MANAGER, email="lia@example.com", password_hash=HASH)
    for asked, shown in (("", "/manage"), ("?next=/control/CET236", "/control/CET236")):
        visitor = Visitor(app)
        sign_in(visitor, "lia@example.com", to=asked)
        assert visitor.page.path == shown
        assert visitor.open("/login" + asked).path == shown, "and when signed in already"


def test_an_email_is_the_same_in_capitals(queue: Queue, mia: Servicer, visitor: Visitor) -> None:
    sign_in(visitor, " Mia@Example.COM ")
    assert visitor.page.path == "/control/CET236"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("mia@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("mia@example.com", "x" * 5000),
    ],
)
def test_a_wrong_password_and_an_unknown_account_get_the_same_words(
    mia: Servicer, visitor: Visitor, email: str, password: str
) -> None:
    sign_in(visitor, email, password)
    assert visitor.page.status == 401
    assert "Wrong email or password." in visitor.page.text
    assert visitor.client.get("/account").status_code == 303


def test_one_goes_on_to_the_page_one_asked_for(queue: Queue, mia: Servicer, visitor: Visitor) -> None:
    visitor.open("/account")
    assert visitor.page.path == "/login?next=/account"
    visitor.press("Sign in", email="mia@example.com", password=PASSWORD)
    assert visitor.page.path == "/account"


ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/..//evil.example",
    "javascript:alert(1)",
    "/%0a/x",
)


def test_one_is_never_sent_to_another_site(mia: Servicer, app: Flask) -> None:
    for address in ELSEWHERE:
        visitor = Visitor(app)
        token = visitor.open("/login").form_of("Sign in")[1]
        form = token | {"email": "mia@example.com", "password": PASSWORD}
        answer = visitor.client.post(f"/login?next={address}", data=form)
        assert (answer.status_code, answer.location) == (303, "/control"), address


def test_a_session_that_was_planted_in_a_browser_is_worth_nothing_after_signing_in(
    app: Flask, queue: Queue, mia: Servicer, visitor: Visitor
) -> None:
    thief = Visitor(app)
    thief.open("/login")
    planted = thief.client.get_cookie("take_a_number")
    known = thief.page.form_of("Sign in")[1]["csrf_token"]
    assert planted is not None
    visitor.client.set_cookie("take_a_number", planted.value)
    sign_in(visitor)
    assert thief.client.get("/account").status_code == 303
    form = {"csrf_token": known, "press": "0" * 32}
    assert visitor.client.post("/control/CET236/pause", data=form).status_code == 400


def test_signing_in_needs_a_csrf_token(mia: Servicer, visitor: Visitor) -> None:
    answer = visitor.client.post("/login", data={"email": "mia@example.com", "password": PASSWORD})
    assert answer.status_code == 400


def test_the_session_cookie_is_for_this_site_and_no_script(mia: Servicer, visitor: Visitor) -> None:
    visitor.open("/login")
    token = visitor.page.form_of("Sign in")[1]
    answer = visitor.client.post("/login", data=token | {"email": "mia@example.com", "password": PASSWORD})
    (cookie,) = (c for c in answer.headers.getlist("Set-Cookie") if c.startswith("take_a_number="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out(queue: Queue, mia: Servicer, visitor: Visitor) -> None:
    sign_in(visitor, to="?next=/account")
    page = visitor.press("Sign out")
    assert page.path == "/login"
    assert visitor.client.get("/control/CET236").status_code == 303


def test_signing_out_is_no_matter_of_get(visitor: Visitor) -> None:
    assert visitor.client.get("/logout").status_code == 405


def test_a_session_that_was_tampered_with_is_nobodys(mia: Servicer, app: Flask) -> None:
    for stored in (f"{mia.id}.wrong", f"{mia.id}", "x.y", "", f"{mia.id}.é", mia.session_key):
        visitor = Visitor(app)
        with visitor.client.session_transaction() as session:
            session["_user_id"] = stored
        assert visitor.client.get("/account").status_code == 303


def test_done_can_be_set_to_call_nobody(mia: Servicer, visitor: Visitor) -> None:
    sign_in(visitor, to="?next=/account")
    token = visitor.page.form_of("Save")[1]
    visitor.client.post("/account/settings", data={"csrf_token": token["csrf_token"]})
    with reading() as session:
        assert not session.get_one(Servicer, mia.id).calls_next_when_done
    page = visitor.open("/account")
    visitor.press("Save", page, calls_next_when_done="y")
    with reading() as session:
        assert session.get_one(Servicer, mia.id).calls_next_when_done


def test_a_new_password_signs_out_every_other_browser(mia: Servicer, visitor: Visitor, app: Flask) -> None:
    elsewhere = Visitor(app)
    sign_in(visitor, to="?next=/account"), sign_in(elsewhere, to="?next=/account")
    page = visitor.press("Change password", present=PASSWORD, new="another good one")
    assert page.notices == ["Your password has been changed. You're signed out everywhere else."]
    assert elsewhere.open("/account").path == "/login?next=/account"
    sign_in(elsewhere, to="?next=/account")
    assert elsewhere.page.status == 401
    sign_in(elsewhere, password="another good one", to="?next=/account")
    assert elsewhere.page.path == "/account"


UNFIT = [
    ("wrong", "another good one", "That isn't your current password."),
    (PASSWORD, "short", "Use 8 to 200 characters for the password."),
    (PASSWORD, "x" * 201, "Use 8 to 200 characters for the password."),
    ("", "another good one", "Enter your current password."),
]


def test_an_unfit_change_of_password_changes_nothing(mia: Servicer, visitor: Visitor) -> None:
    sign_in(visitor, to="?next=/account")
    for present, new, words in UNFIT:
        page = visitor.press("Change password", present=present, new=new)
        assert (page.status, words in page.text) == (422, True)
    with reading() as session:
        assert session.get_one(Servicer, mia.id).password_hash == HASH


def test_whoever_wants_an_account_is_told_whom_to_ask(visitor: Visitor) -> None:
    assert "ask your manager" in visitor.open("/signup").text


def phone_of(servicer: Servicer) -> tuple[str | None, bool]:
    with reading() as session:
        row = session.get_one(Servicer, servicer.id)
        return row.phone, row.wants_join_texts


def test_a_servicer_may_be_texted_when_somebody_joins(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    rosas.open("/account")
    page = rosas.press("Save", phone="(555) 010-7001", wants_join_texts="y")
    assert page.notices == ["Saved."]
    assert phone_of(rosa) == ("+15550107001", True)
    shown = page.form_of("Save")[1]
    assert (shown["phone"], shown["wants_join_texts"]) == ("+1 555-010-7001", "y")
    rosas.press("Save")
    assert phone_of(rosa) == ("+15550107001", True)
    rosas.open("/account")
    rosas.press("Save", phone="", wants_join_texts="")
    assert phone_of(rosa) == (None, False)


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("", "Enter your phone number to get texts."),
        ("hello", "That isn't a phone number."),
        ("1" * 31, "That isn't a phone number."),
        ("+442079460000", "We can't text phones in that country."),
    ],
)
def test_a_phone_that_can_not_be_texted_is_refused_and_nothing_is_saved(
    queue: Queue, rosas: Visitor, rosa: Servicer, phone: str, words: str
) -> None:
    rosas.open("/account")
    page = rosas.press("Save", phone=phone, wants_join_texts="y")
    assert (page.status, words in page.text) == (422, True)
    assert page.form_of("Save")[1]["phone"] == phone
    assert phone_of(rosa) == (None, False)


def test_what_the_carrier_says_of_the_phone_is_told(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    rosas.open("/account")
    rosas.press("Save", phone="+15550107001", wants_join_texts="y")
    transaction(lambda s: setattr(s.get_one(Servicer, rosa.id), "unreachable_at", NOON))
    assert "this phone can't get texts" in rosas.open("/account").text
    page = rosas.press("Save", phone="+15550107002")
    assert "this phone can't get texts" not in page.text


@on_both
def test_a_servicers_own_stop_is_told_with_the_way_back(queue: Queue, rosas: Visitor, rosa: Servicer) -> None:
    rosas.open("/account")
    rosas.press("Save", phone="+15550107001", wants_join_texts="y")
    with reading() as session:
        ours = session.get_one(Servicer, rosa.id).business.numbers[0].id
    transaction(lambda s: s.get_one(Servicer, rosa.id).opt_out(s, ours, NOON))
    assert "text START to +1 555-010-0000" in rosas.open("/account").text
