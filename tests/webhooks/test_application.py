"""What the webhooks' own application does of what Flask's does for pages, and what it leaves out."""

from io import BytesIO, StringIO
from urllib.parse import urlencode

import pytest
from flask import Flask
from structlog.testing import CapturingLogger
from werkzeug.exceptions import BadRequest
from werkzeug.test import Client, TestResponse

import webhooks.application
from config.settings import Settings
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from security.request_signatures import signed
from tests.one_database import on_sqlite
from tests.webhooks.conftest import PUBLIC_URL, Carrier
from webhooks.application import View, Webhooks
from webhooks.posts import FORM, LARGEST_BODY, Answer, Post

pytestmark = on_sqlite


def post_to(view: View, settings: Settings, form: dict[str, str]) -> TestResponse:
    webhook = Webhooks(settings, {"/webhooks/sms": view}, lambda read: None)
    signature = signed(f"{PUBLIC_URL}/webhooks/sms", form, settings.auth_token)
    return Client(webhook).post("/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})


def test_an_answer_is_kept_by_nobody_and_sets_no_cookie(carrier: Carrier, queue: Queue) -> None:
    headers = carrier.post("/webhooks/sms", carrier.form("CET236")).headers
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert len(headers["X-Request-Id"]) == 12
    assert "Set-Cookie" not in headers
    assert "Vary" not in headers


def test_a_report_is_answered_with_nothing(carrier: Carrier) -> None:
    answer = carrier.post("/webhooks/status?m=x", {"MessageStatus": "delivered"})
    assert (answer.status, answer.data) == ("204 No Content", b"")
    assert "Content-Type" not in answer.headers


def test_only_posts_are_taken(app: Flask, db: Database) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        answer = app.test_client().open("/webhooks/sms", method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert bool(answer.data) == (method != "HEAD")


def test_what_anybody_asks_of_the_address_is_not_logged(app: Flask, db: Database, written: StringIO) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        app.test_client().open("/webhooks/sms", method=method)
    assert written.getvalue() == ""


def test_what_is_too_large_is_refused_before_its_signature_is_looked_at(carrier: Carrier) -> None:
    form = carrier.form("x" * LARGEST_BODY)
    assert carrier.post("/webhooks/sms", form, signature="").status_code == 413


def test_what_is_too_large_is_refused_also_where_no_length_is_told(app: Flask, carrier: Carrier) -> None:
    """Not cut off and taken for the whole, which is what a server that ends chunked bodies leads to."""
    assert app.config["MAX_CONTENT_LENGTH"] == LARGEST_BODY, "the webhooks' limit is the pages'"
    form = carrier.form("CET236")
    within = urlencode(form).encode() + b"&Body="
    signature = signed(f"{PUBLIC_URL}/webhooks/sms", form, carrier.settings.auth_token)
    for body, status in ((within[:-6], 204), (within + b"x" * LARGEST_BODY, 413)):
        for read in (lambda read: read(), lambda read: None):
            webhook = Webhooks(carrier.settings, {"/webhooks/sms": lambda post: Answer(status=204)}, read)
            answer = Client(webhook).post(
                "/webhooks/sms",
                input_stream=BytesIO(body),
                content_type=FORM,
                headers={"X-Twilio-Signature": signature, "Transfer-Encoding": "chunked"},
                environ_overrides={"wsgi.input_terminated": True},
            )
            assert answer.status_code == status


def test_fields_that_come_another_way_than_a_form_count_for_nothing(carrier: Carrier) -> None:
    form = carrier.form("CET236")
    signature = signed(f"{PUBLIC_URL}/webhooks/sms", form, carrier.settings.auth_token)
    headers = {"X-Twilio-Signature": signature}
    sent: dict[str, object] = {"data": form, "content_type": "multipart/form-data"}
    for way in (sent, {"json": form}, {"query_string": form}):
        assert carrier.client.post("/webhooks/sms", headers=headers, **way).status_code == 403


def test_beside_the_two_addresses_stand_pages(app: Flask, db: Database) -> None:
    for address in ("/webhooks/", "/webhooks/sms/", "/webhooks/calls"):
        answer = app.test_client().post(address)
        assert answer.status_code == 404
        assert "Page not found" in answer.text


def test_a_fault_of_ours_is_logged_and_answered(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(webhooks.application, "log", log)

    def broken(post: Post) -> Answer:
        raise ZeroDivisionError

    assert post_to(broken, carrier.settings, {}).status_code == 500
    fault, line = log.calls
    assert (fault.method_name, fault.kwargs["endpoint"]) == ("error", "webhooks.sms")
    assert (line.args, line.kwargs["status"]) == (("request",), 500)


def test_a_body_that_breaks_off_does_nothing(carrier: Carrier) -> None:
    def breaks_off(read: object) -> None:
        raise BadRequest

    def view(post: Post) -> Answer:
        raise AssertionError("it was done all the same")

    webhook = Webhooks(carrier.settings, {"/webhooks/sms": view}, breaks_off)
    assert Client(webhook).post("/webhooks/sms").status_code == 400
