"""A thousand malformed webhooks, forms and addresses: each is answered, none causes a server error."""

import string
from urllib.parse import quote
from uuid import uuid4

from hypothesis import HealthCheck, given, settings, strategies as st

from tests.one_database import on_sqlite
from tests.web.whole_shop import Shop
from tests.world import ANA, SHOP_PHONE

pytestmark = on_sqlite

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
