"""A shop with somebody in line, and every address that its manager can ask for."""

from collections.abc import Iterator
from itertools import product

import pytest
from flask import Flask

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from security.request_signatures import signed
from security.signed_links import make_unsubscribe_key
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, make_servicer


def without_slow_hashes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for module in ("web.account.signing_in", "web.account.account", "web.account.mailed_links"):
        monkeypatch.setattr(f"{module}.hash_password", lambda password: "!")
    for module in ("web.account.signing_in", "web.account.account"):
        monkeypatch.setattr(f"{module}.is_password", lambda given, kept: False)


class Shop:
    def __init__(self, app: Flask, business: Business, queue: Queue, rosa: Servicer) -> None:
        self.app, self.settings = app, app.config["SETTINGS"]
        ana, _ben = join(queue, ANA), join(queue, BEN)
        luis = make_servicer(business, "Luis")
        self.arguments: dict[str, list[str]] = {
            "keyword": [queue.keyword],
            "ticket_id": [str(ana.ticket_id)],
            "token": [ana.token, "x" * 16],
            "person_id": [str(luis.id), "999999"],
            "address": [*(button.replace("_", "-") for button in Button), "1"],
            "language": ["en", "xx"],
            "kind": ["joined", "turn", "1"],
            "what": ["text", "page"],
            "key": ["x" * 43, make_unsubscribe_key(self.settings.secret_key, rosa.id, "day")],
            "filename": ["style.css"],
        }
        self.visitor = Visitor(app).sign_in(rosa)
        self.visitor.open("/account")
        self.token = self.visitor.page.root.all("input", name="csrf_token")[0].attributes["value"]
        self.posts, self.pages = sorted(self.addresses("POST")), sorted(self.addresses("GET"))

    def addresses(self, method: str) -> Iterator[str]:
        """Every address with this method, with all combinations of existing values in its parameters."""
        with self.app.test_request_context():
            for rule in self.app.url_map.iter_rules():
                ends_session = rule.endpoint in ("signing_in.logout", "account.end_sessions_elsewhere")
                if method not in (rule.methods or ()) or ends_session or "webhooks" in rule.endpoint:
                    continue
                names = sorted(rule.arguments)
                for filling in product(*(self.arguments.get(name, ["1"]) for name in names)):
                    built = rule.build(dict(zip(names, filling, strict=True)), append_unknown=False)
                    assert built is not None, rule
                    yield built[1]

    def webhook(self, path: str, form: dict[str, str]) -> int:
        url = f"{self.settings.public_url}{path}"
        headers = {"X-Twilio-Signature": signed(url, form, self.settings.auth_token)}
        return self.visitor.client.post(path, data=form, headers=headers).status_code
