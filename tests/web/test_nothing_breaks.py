"""A thousand malformed webhooks, forms and addresses: each is answered, none breaks anything."""

import string
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st

from models.database import Database
from models.people import Servicer
from models.queues import Queue
from signing import signed
from tests.web.visitor import Visitor
from tests.world import ANA, SHOP_PHONE, join

pytestmark = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)

THOROUGH = settings(
    max_examples=170,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
ANYTHING = st.text(max_size=60) | st.sampled_from(["", "0", "-1", "9" * 30, "CET236", ANA, "\x00", "é" * 50])
FIELDS = sorted(
    {"MessageSid", "SmsSid", "AccountSid", "From", "To", "Body", "OptOutType", "MessageStatus", "ErrorCode"}
    | {"press", "present", "ticket", "state", "to", "desk", "note", "name", "party", "phone", "position"}
    | {"email", "password", "new", "new_email", "keyword", "kind", "language", "others", "undoes", "business"}
    | {"timezone", "role", "texts_per_day", "forget_after_days", "alert_ahead", "capacity", "opens", "day"}
)
FORM = st.dictionaries(
    st.sampled_from(FIELDS) | st.text(string.ascii_letters, max_size=8), ANYTHING, max_size=8
)


@pytest.fixture
def shop(app: Flask, db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch) -> "Shop":
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for module in ("web.signing_in", "web.account", "web.links"):
        monkeypatch.setattr(f"{module}.hash_password", lambda password: "!")
    for module in ("web.signing_in", "web.account"):
        monkeypatch.setattr(f"{module}.is_password", lambda given, kept: False)
    return Shop(app, queue, rosa)


class Shop:
    def __init__(self, app: Flask, queue: Queue, rosa: Servicer) -> None:
        self.app, self.settings = app, app.config["SETTINGS"]
        self.arguments = {
            "keyword": queue.keyword,
            "ticket_id": join(queue, ANA).ticket_id,
            "token": "x" * 16,
        }
        self.visitor = Visitor(app).sign_in(rosa)
        self.visitor.open("/account")
        self.token = self.visitor.page.root.all("input", name="csrf_token")[0].attributes["value"]
        self.posts = sorted(self._posts())

    def _posts(self) -> Iterator[str]:
        with self.app.test_request_context():
            for rule in self.app.url_map.iter_rules():
                ends_session = rule.endpoint in ("signing_in.logout", "account.end_sessions_elsewhere")
                if "POST" in (rule.methods or ()) and not ends_session and "webhooks" not in rule.endpoint:
                    filled = {name: self.arguments.get(name, "1") for name in rule.arguments}
                    with suppress(ValueError):  # one of a few words is asked for
                        yield rule.build(filled, append_unknown=False)[1]  # type: ignore[index]

    def webhook(self, path: str, form: dict[str, str]) -> int:
        url = f"{self.settings.public_url}{path}"
        headers = {"X-Twilio-Signature": signed(url, form, self.settings.auth_token)}
        return self.visitor.client.post(path, data=form, headers=headers).status_code


@THOROUGH
@given(form=FORM, path=st.sampled_from(["/webhooks/sms", "/webhooks/status", "/webhooks/status?m=x"]))
def test_no_signed_webhook_breaks_it(shop: Shop, form: dict[str, str], path: str) -> None:
    genuine = {"AccountSid": shop.settings.account_sid, "To": SHOP_PHONE, "From": ANA, "MessageSid": "SM1"}
    for given_form in (form, genuine | form):
        given_form = {name: text.encode(errors="replace").decode() for name, text in given_form.items()}
        assert shop.webhook(path, given_form) in (200, 204, 403)


@THOROUGH
@given(form=FORM, data=st.data())
def test_no_form_breaks_it(shop: Shop, form: dict[str, str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(shop.posts))
    form = {name: text.encode(errors="replace").decode() for name, text in form.items()}
    answer = shop.visitor.client.post(path, data=form | {"csrf_token": shop.token})
    assert answer.status_code < 500, (path, form)


PIECES = st.lists(
    st.text(max_size=20)
    | st.sampled_from(
        ["q", "t", "control", "manage", "CET236", "events", "reset", "invitation", "..", "%00", "1"]
    ),
    max_size=5,
)


@THOROUGH
@given(pieces=PIECES, query=st.text(max_size=30))
def test_no_address_breaks_it(shop: Shop, pieces: list[str], query: str) -> None:
    path = "/" + quote("/".join(pieces), safe="/.%", errors="replace").lstrip("/")
    query = query.encode(errors="replace").decode()
    for method in ("GET", "POST", "HEAD"):
        answer = shop.visitor.client.open(
            path, method=method, query_string={"keyword": query, "before": query}
        )
        answer.close()
        assert answer.status_code < 500, path
