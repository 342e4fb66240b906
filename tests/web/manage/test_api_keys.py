"""The manager's page of API keys: made for a purpose, shown once, and revoked."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from models.people.actors import By
from models.people.business import Business
from models.people.programs.api_keys import ApiKey
from models.people.servicers import Role, Servicer
from models.queueing.setup.staff import let_go
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.web.api.program import Program, key_for, problem
from tests.web.visitor import Visitor
from tests.world import NOON, make_business, make_servicer

PAGE = "/manage/api-keys"


@pytest.fixture
def manager(app: Flask, queue: Queue, rosa: Servicer) -> Visitor:
    visitor = Visitor(app).sign_in(rosa)
    visitor.open(PAGE)
    return visitor


def shown_key(visitor: Visitor) -> str:
    return visitor.page.root.all("input", id="made")[0].attributes["value"]


def keys() -> list[ApiKey]:
    with reading() as session:
        return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def test_a_key_is_made_and_shown_once(app: Flask, queue: Queue, manager: Visitor) -> None:
    manager.press("Make a key", name="Our website", queue=str(queue.id), read="y")
    key = shown_key(manager)
    assert re.fullmatch(r"tan_[0-9a-f]{8}_[A-Za-z0-9_-]{32}", key)
    assert Program(app, key).get().status_code == 200
    page = manager.open(PAGE)
    assert key not in page.html
    assert key[:12] in page.text
    assert "Our website" in page.text
    assert "Haircuts, read" in page.text
    [row] = keys()
    assert (row.queue_id, row.scopes) == (queue.id, "read")


def test_it_says_who_made_it_and_when_it_was_used(app: Flask, manager: Visitor) -> None:
    manager.press("Make a key", name="Our website", read="y", people="y")
    key = shown_key(manager)
    assert "Made by Rosa on 2026-03-10, never used" in manager.open(PAGE).text
    Program(app, key).get()
    assert "last used about 2026-03-10 12:00" in manager.open(PAGE).text


@pytest.mark.parametrize(
    ("fields", "problem_told"),
    [
        ({"name": "", "read": "y"}, "Enter what it's for"),
        ({"name": "x" * 61, "read": "y"}, "Use at most 60 characters."),
        ({"name": "Our website"}, "Choose what it may do."),
        ({"name": "Our website", "people": "y"}, "Choose what it may do."),
        ({"name": "Our website", "read": "y", "queue": "999"}, "Not a valid choice"),
    ],
)
def test_a_wrong_field_is_told_and_makes_nothing(
    fields: dict[str, str], problem_told: str, manager: Visitor
) -> None:
    page = manager.press("Make a key", **fields)
    assert (page.status, keys()) == (422, [])
    assert problem_told in page.text


def test_two_keys_have_two_names(manager: Visitor) -> None:
    manager.press("Make a key", name="Our website", read="y")
    page = manager.press("Make a key", name="Our website", read="y")
    assert "There's a key with this name already" in page.text
    assert len(keys()) == 1


def test_a_business_has_so_many(manager: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.manage.api_keys.MOST_KEYS", 1)
    manager.press("Make a key", name="Our website", read="y")
    assert "at most 1 keys" in manager.press("Make a key", name="Another", read="y").text
    manager.press("Revoke")
    assert manager.press("Make a key", name="Another", read="y").status == 200


def test_a_revoked_key_is_over_and_gone_from_the_page(app: Flask, manager: Visitor) -> None:
    manager.press("Make a key", name="Our website", read="y")
    key = shown_key(manager)
    old_page = manager.page
    page = manager.press("Revoke")
    assert page.notices == ["The key for Our website is revoked. Programs can't use it any more."]
    assert "Keys in use" not in page.headings
    assert problem(Program(app, key).get()) == (401, "wrong_key")
    assert manager.press("Revoke", old_page).notices == ["That key is no longer in use."]


def test_making_and_revoking_stand_in_the_audit_log(manager: Visitor) -> None:
    manager.press("Make a key", name="Our website", read="y", join="y")
    manager.press("Revoke")
    text = manager.open("/manage/audit").text
    revoked, made = text.index("revoked an API key: "), text.index("made an API key: ")
    for told in ("Our website", "key tan_"):
        assert told in text[revoked:made]
        assert told in text[made:]
    assert "may read join" in text[made:]


def test_nobody_revokes_a_key_of_another_business(app: Flask, manager: Visitor) -> None:
    theirs = make_servicer(make_business(name="Xylo Inc", number="+15550109999"), "Zoe")
    key_id, _key = key_for(theirs)
    manager.press("Make a key", name="Our website", read="y")
    page = manager.press("Revoke", key=str(key_id))
    assert page.notices == ["That key is no longer in use."]
    assert [key.revoked_at for key in keys()] == [None, None]
    assert "Xylo" not in page.html


def test_the_key_outlives_its_makers_account_and_is_the_business_s(
    app: Flask, business: Business, manager: Visitor, rosa: Servicer
) -> None:
    manager.press("Make a key", name="Our website", read="y")
    key = shown_key(manager)
    other = make_servicer(business, "Olga", role=Role.MANAGER)
    transaction(lambda s: let_go(s, s.get_one(Servicer, rosa.id), by=By.servicer(other.id), now=NOON))
    assert Program(app, key).get().status_code == 200
    assert "Made by Rosa" in Visitor(app).sign_in(other).open(PAGE).text


def test_who_has_not_confirmed_their_email_makes_none(app: Flask, business: Business, queue: Queue) -> None:
    stranger = make_servicer(business, "Nia", role=Role.MANAGER, email_proved_at=None)
    visitor = Visitor(app).sign_in(stranger)
    visitor.open(PAGE)
    page = visitor.press("Make a key", name="Our website", read="y")
    assert "Confirm your email first" in page.text
    assert keys() == []
