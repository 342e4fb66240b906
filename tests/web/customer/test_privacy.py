"""The privacy page says who else gets names and phones: other programs of the business, if it has any."""

import dataclasses

import pytest
from flask import Flask

from config.settings import CarrierName
from models.people.business import Business
from models.people.programs.api_keys import Scope, revoke
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.webhooks.endpoints import Endpoint, OffReason, turn_off
from tests.models.webhooks.listening import listens
from tests.one_database import on_sqlite
from tests.web.api.program import key_for
from tests.web.visitor import Visitor
from tests.world import NOON, make_business

pytestmark = on_sqlite
PASSED_ON = "Lopes passes your name and phone number on to other programs that it uses."
NOBODY = "Nobody else gets anything."


@pytest.fixture
def page(app: Flask, visitor: Visitor, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    texted = dataclasses.replace(app.config["SETTINGS"], carrier=CarrierName.TWILIO)
    monkeypatch.setitem(app.config, "SETTINGS", texted)
    return visitor


def words(visitor: Visitor, address: str = "/q/CET236/privacy") -> str:
    return " ".join(visitor.open(address).text.split())


def test_a_webhook_with_names_is_told_while_it_is_on(page: Visitor, rosa: Servicer) -> None:
    listens(rosa)
    assert NOBODY in words(page)
    hook, _ = listens(rosa, sees_people=True)
    assert (PASSED_ON in words(page), NOBODY in words(page)) == (True, False)
    transaction(lambda s: turn_off(s.get_one(Endpoint, hook), OffReason.BY_HAND, NOON))
    assert NOBODY in words(page)


def test_a_key_that_sees_people_is_told_until_it_is_revoked(page: Visitor, rosa: Servicer) -> None:
    key_for(rosa, scopes=[Scope.READ])
    assert NOBODY in words(page)
    key, _ = key_for(rosa, scopes=[Scope.READ, Scope.PEOPLE])
    assert PASSED_ON in words(page)
    transaction(lambda s: revoke(s, rosa.business_id, key, NOON))
    assert NOBODY in words(page)


def test_the_page_of_several_businesses_says_that_one_may(page: Visitor, business: Business) -> None:
    make_business(name="Xylo Inc", number="+15550109999")
    told = words(page, "/privacy")
    assert "A business may pass your name and phone number on" in told
    assert NOBODY not in told
