"""People on the manager's pages: listed, renamed, given a role, removed."""

import pytest
from flask import Flask

from models.people.business import Business
from models.people.programs.api_keys import revoke
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.webhooks.endpoints import Endpoint, OffReason, turn_off
from tests.models.webhooks.listening import listens
from tests.web.api.program import key_for
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, call_next, join, make_business, make_desk, make_servicer


def there(person: Servicer) -> Servicer:
    with reading() as session:
        return session.get_one(Servicer, person.id)


def test_the_list_says_who_works_here_and_where_they_are(
    queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, luis, desk=make_desk(queue, "Desk 1"))
    page = rosas.open("/manage/people")
    assert page.headings == ["People", "Luis", "Rosa"]
    assert "On duty: Haircuts" in page.text
    assert "Not on duty" in page.text


def test_name_and_role_are_changed(rosas: Visitor, luis: Servicer) -> None:
    rosas.open(f"/manage/people/{luis.id}")
    page = rosas.press("Save", name="Luís", role="manager")
    assert (page.path, page.notices) == ("/manage/people", ["Saved."])
    assert (there(luis).name, there(luis).role) == ("Luís", Role.MANAGER)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "role": "servicer"}, "Enter the name"),
        ({"name": "x" * 61}, "Use at most 60 characters."),
    ],
)
def test_what_can_not_be_is_refused(
    rosas: Visitor, luis: Servicer, fields: dict[str, str], words: str
) -> None:
    rosas.open(f"/manage/people/{luis.id}")
    page = rosas.press("Save", **({"role": "manager"} | fields))
    assert page.status == 422
    assert words in page.text
    assert there(luis).role == Role.SERVICER


def test_a_role_that_there_is_not_is_refused(rosas: Visitor, luis: Servicer) -> None:
    rosas.open(f"/manage/people/{luis.id}")
    assert rosas.press("Save", role="owner").status == 422
    assert there(luis).role == Role.SERVICER


def test_a_manager_keeps_their_own_role(rosas: Visitor, rosa: Servicer) -> None:
    rosas.open(f"/manage/people/{rosa.id}")
    page = rosas.press("Save", role="servicer")
    assert "Only another manager can change your role." in page.text
    assert there(rosa).role == Role.MANAGER


def test_somebody_is_let_go_and_signed_out_at_once(rosas: Visitor, luiss: Visitor, luis: Servicer) -> None:
    assert luiss.open("/control/CET236").status == 200
    rosas.open(f"/manage/people/{luis.id}/leave")
    page = rosas.press("End their access")
    assert page.notices == ["Luis can't sign in any more. Their work stays under their name."]
    assert luiss.open("/control/CET236").path.startswith("/login")
    assert rosas.open(f"/manage/people/{luis.id}").status == 404


def test_who_lets_somebody_go_is_told_of_the_keys_that_they_know(
    business: Business, rosas: Visitor, rosa: Servicer
) -> None:
    """A key stays good when whoever made it leaves, who may have kept a copy."""
    nora = make_servicer(business, "Nora", role=Role.MANAGER)
    key_for(rosa), key_for(nora)
    revoked, _key = key_for(nora)
    transaction(lambda s: revoke(s, business.id, revoked, NOON))
    page = rosas.open(f"/manage/people/{nora.id}/leave")
    (told,) = [p.text for p in page.root.all("p") if "API keys" in p.text]
    assert told.count("Program ") == 1
    assert "/manage/api-keys" in page.html


def test_who_lets_somebody_go_is_told_of_the_webhooks_that_go_on(
    business: Business, rosas: Visitor, rosa: Servicer
) -> None:
    nora = make_servicer(business, "Nora", role=Role.MANAGER)
    listens(rosa, "https://ours.example.com/")
    listens(nora, "https://theirs.example.com/hooks?key=abc", sees_people=True)
    off, _secret = listens(nora, "https://silent.example.com/")
    transaction(lambda s: turn_off(s.get_one(Endpoint, off), OffReason.BY_HAND, NOON))
    page = rosas.open(f"/manage/people/{nora.id}/leave")
    told = [item.text for item in page.root.all("li") if "example.com" in item.text]
    assert told == ["theirs.example.com names and phone numbers"]
    assert "/manage/webhooks" in page.html


def test_somebody_who_serves_is_not_let_go(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    page = rosas.press("End their access")
    assert page.notices == ["Nothing was changed: first choose what happens to number 1."]
    assert there(luis).left_at is None


def test_nobody_lets_go_themselves(rosas: Visitor, rosa: Servicer) -> None:
    rosas.open(f"/manage/people/{rosa.id}/leave")
    assert rosas.press("End their access").notices == ["You can't end your own access. Another manager can."]


def paths(person: Servicer) -> list[str]:
    return [f"/manage/people/{person.id}", f"/manage/people/{person.id}/leave"]


def test_another_businesss_people_are_not_found(
    rosas: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    sam = make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Sam")
    for path in (*paths(sam), "/manage/people/99999999999"):
        assert rosas.client.get(path).status_code == 404
        assert rosas.client.post(path, data={"name": "X", "role": "manager"}).status_code == 404
    assert (there(sam).name, there(sam).left_at) == ("Sam", None)


def test_a_servicer_changes_nobody(
    luiss: Visitor, rosa: Servicer, luis: Servicer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    for path in (*paths(rosa), *paths(luis)):
        assert luiss.client.post(path, data={"name": "X", "role": "manager"}).status_code == 403
    assert there(luis).role == Role.SERVICER


def test_without_a_csrf_token_nothing_is_changed(business: Business, rosas: Visitor, luis: Servicer) -> None:
    for path in paths(luis):
        assert rosas.client.post(path, data={"name": "X", "role": "manager"}).status_code == 400
    assert there(luis).name == "Luis"
