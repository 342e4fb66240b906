"""docs/openapi.yaml describes the public addresses and the API: all of them, and no others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from app import create_app
from config.settings import Settings
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import opening
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.webhooks.event_types import WebhookType
from models.webhooks.sending import claim_next
from tests.models.webhooks.listening import listens, note
from tests.world import ANA, NOON, join
from web.http.access import Access, required_access
from webhooks.application import views

FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
PUBLIC = (Access.ANYBODY, Access.HOLDER, Access.KIOSK, Access.PROGRAM)
METHODS = {"get", "post", "put", "patch", "delete"}

Addresses = set[tuple[str, str]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    return create_app(Settings.from_environment({"DATA_DIR": str(tmp_path_factory.mktemp("data"))}))


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def public_addresses(app: Flask) -> Addresses:
    found = {(path, "post") for path in views(app.config["SETTINGS"])}
    for rule in app.url_map.iter_rules():
        if required_access(rule.endpoint) in PUBLIC:
            path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
            found |= {(path, method.lower()) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def operations(described: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    paths = described["paths"].items()
    return {(path, method): of for path, item in paths for method, of in item.items() if method in METHODS}


def test_every_public_address_is_described_and_nothing_else(app: Flask, described: dict[str, Any]) -> None:
    public, known = public_addresses(app), set(operations(described))
    assert public - known == set(), "describe these in docs/openapi.yaml"
    assert known - public == set(), "these are not there, or not for everybody"


def test_what_stands_in_an_address_is_described(described: dict[str, Any]) -> None:
    for path, item in described["paths"].items():
        given = [*item.get("parameters", ()), *item.get("get", {}).get("parameters", ())]
        resolved = [at(described, one["$ref"]) if "$ref" in one else one for one in given]
        names = {one["name"] for one in resolved if one["in"] == "path"}
        assert names == set(re.findall(r"{(\w+)}", path)), path


def test_what_changes_something_needs_a_token_or_a_signature(described: dict[str, Any]) -> None:
    for (path, method), of in operations(described).items():
        if method == "post" and not (of.get("security") or of.get("x-signed-address")):
            body = of["requestBody"]
            body = at(described, body["$ref"]) if "$ref" in body else body
            (content,) = body["content"].values()
            assert "csrf_token" in content["schema"]["required"], path


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in re.findall(r'\$ref: "([^"]+)"', FILE.read_text()):
        assert at(described, reference), reference


def test_every_message_of_a_webhook_is_described(
    described: dict[str, Any], queue: Queue, rosa: Servicer
) -> None:
    """What is sent, field by field, of a visit, a transfer to come, and a queue."""
    schemas = described["components"]["schemas"]
    types = {kind for name in ("TicketEvent", "QueueEvent") for kind in types_of(schemas[name])}
    assert types == set(WebhookType)
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana")
    transaction(lambda s: opening.pause_queue(s, Queue.lock(s, queue.id), by=By.servicer(rosa.id), now=NOON))
    note(hook)
    for _ in range(2):
        claim = transaction(lambda s: claim_next(s, hook, NOON, clock="here"))
        assert claim is not None
        said = json.loads(claim.body)
        schema = schemas["TicketEvent" if said["type"].startswith("ticket") else "QueueEvent"]
        assert set(said) == set(schema["required"])
        of_data = schema["properties"]["data"]
        assert set(of_data["required"]) <= set(said["data"]) <= set(of_data["properties"])


def types_of(schema: dict[str, Any]) -> list[str]:
    found: list[str] = schema["properties"]["type"]["enum"]
    return found


def at(described: dict[str, Any], reference: str) -> Any:
    found: Any = described
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found
