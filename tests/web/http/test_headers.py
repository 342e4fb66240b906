"""The headers of every response, and the limit of request size."""

import pytest
from flask import Flask

from models.storage.database import Database
from tests.one_database import in_turn
from tests.web.visitor import Visitor

PAGES = ("/", "/login", "/reset", "/signup", "/privacy", "/q/NOPE", "/no/such/page", "/healthz")


@in_turn
@pytest.mark.parametrize("address", PAGES)
def test_every_answer_has_the_headers(app: Flask, db: Database, address: str) -> None:
    headers = app.test_client().get(address).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers.get("Server", "").startswith("Werkzeug") or "Server" not in headers


def test_too_much_is_refused_in_words(visitor: Visitor) -> None:
    answer = visitor.client.post("/login", data={"email": "x" * 300_000})
    assert answer.status_code == 413
    assert "That&#39;s too long" in answer.text


def test_nothing_takes_a_file(app: Flask, visitor: Visitor) -> None:
    """No page accepts uploads. If one ever does, its check belongs here."""
    html = "".join(visitor.client.get(address).text for address in PAGES)
    assert 'type="file"' not in html
