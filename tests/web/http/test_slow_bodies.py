"""A request whose body does not arrive is aborted, and delays no other request."""

import gevent
import pytest
from flask import Flask
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader

from models.storage.database import Database
from web.http import slow_bodies


class Dripping:
    """A form whose next byte never arrives."""

    def read(self, size: int = -1) -> bytes:
        gevent.sleep(30)
        return b""


class Broken:
    """A form that the web server fails to read."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def read(self, size: int = -1) -> bytes:
        raise self.fault


@pytest.fixture
def in_greenlets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "_waits_in_greenlets", lambda: True)
    monkeypatch.setattr(slow_bodies, "BODY_SECONDS", 0.05)


@pytest.mark.usefixtures("in_greenlets", "db")
@pytest.mark.parametrize("address", ["/login", "/q/CET236", "/webhooks/sms"])
def test_a_body_that_does_not_arrive_is_given_up(app: Flask, address: str) -> None:
    form: dict[str, object] = {"wsgi.input": Dripping(), "CONTENT_LENGTH": "100"}
    form["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    answer = app.test_client().post(address, environ_overrides=form)
    assert answer.status_code == 408
    assert "That took too long" in answer.text or address == "/webhooks/sms"


@pytest.mark.usefixtures("in_greenlets", "db")
@pytest.mark.parametrize("fault", [InvalidChunkSize(b"zz"), ConnectionResetError(), InvalidHeader("x")])
def test_a_body_in_malformed_chunks_is_refused_and_no_fault_of_ours(app: Flask, fault: Exception) -> None:
    form: dict[str, object] = {"wsgi.input": Broken(fault), "wsgi.input_terminated": True}
    form["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    answer = app.test_client().post("/login", environ_overrides=form)
    assert answer.status_code == 400
    assert "Something in the request was missing or wrong" in answer.text


@pytest.mark.usefixtures("in_greenlets")
def test_a_complete_body_is_read_as_usual(app: Flask, db: Database) -> None:
    assert app.test_client().post("/login", data={"email": "x"}).status_code == 400  # no token
