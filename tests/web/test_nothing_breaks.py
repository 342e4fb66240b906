"""A thousand malformed webhooks, forms and addresses: each is answered, none causes a server error."""

import string
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from security.request_signatures import signed
from security.signed_links import make_unsubscribe_key
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, SHOP_PHONE, join, make_servicer

pytestmark = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)

THOROUGH = settings(
    max_examples=170,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
ANYTHING = st.text(max_size=60) | st.sampled_from(
    ["", "0", "-1", "9" * 30, "9" * 400, "CET236", ANA, "\x00", "é" * 50]
)
FIELDS = sorted(
    {"MessageSid", "SmsSid", "AccountSid", "From", "To", "Body", "OptOutType", "MessageStatus", "ErrorCode"}
    | {"press", "present", "ticket", "state", "to", "desk", "note", "name", "party", "phone", "position"}
    | {"email", "password", "new", "new_email", "keyword", "kind", "language", "others", "undoes", "business"}
    | {"present", "undoes", "reason", "words", "part", "browser", "id", "phones", "body", "note", "minutes"}
    | {"kiosk", "key", "code", "answer", "queue", "noted", "whose", "sure", "lang", "replies", "question"}
    | {"timezone", "role", "texts_per_day", "forget_after_days", "alert_ahead", "capacity", "opens", "day"}
)
FORM = st.dictionaries(
    st.sampled_from(FIELDS) | st.text(string.ascii_letters, max_size=8), ANYTHING, max_size=8
)


QUESTIONS = (
    "keyword",
    "before",
    "queue",
    "span",
    "on",
    "page",
    "phones",
    "after",
    "next",
    "still",
    "download",
)


@pytest.fixture
def shop(
    app: Flask,
    db: Database,
    business: Business,
    queue: Queue,
    rosa: Servicer,
    monkeypatch: pytest.MonkeyPatch,
) -> "Shop":
    without_slow_hashes(app, monkeypatch)
    return Shop(app, business, queue, rosa)


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
    asked_for = data.draw(st.sampled_from([{}, {"Accept": "application/json"}]))
    for press in ({}, {"press": uuid4().hex}):  # without it every press is rejected early
        given_form = form | {"csrf_token": shop.token} | press
        answer = shop.visitor.client.post(path, data=given_form, headers=asked_for)
        assert answer.status_code < 500, (path, given_form)


def test_no_form_of_any_page_breaks_it(shop: Shop) -> None:
    """Each address at least once with each value that has caused an error somewhere."""
    for nasty in ("", "-1", "9" * 30, "\x00é\u202e\u0301" * 900, "2026-02-30"):
        form = dict.fromkeys(FIELDS, nasty) | {"csrf_token": shop.token}
        for path in shop.posts:
            answer = shop.visitor.client.post(path, data=form | {"press": uuid4().hex})
            assert answer.status_code < 500, (path, nasty)


def test_no_question_of_any_page_breaks_it(shop: Shop) -> None:
    for nasty in ("", "-1", "9" * 30, "\x00\u202e", "9999-12-31"):
        for path in shop.pages:
            if path.startswith("/events/"):  # an endless response; its keyword is tested above
                continue
            answer = shop.visitor.client.get(path, query_string=dict.fromkeys(QUESTIONS, nasty))
            answer.close()
            assert answer.status_code < 500 or path.startswith("/readyz"), (path, nasty)


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
