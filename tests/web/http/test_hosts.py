"""Which Host headers are accepted, and which client address a request counts for."""

import pytest
from flask import Flask, request
from structlog.testing import CapturingLogger

import web.http.client_address
from app import create_app
from config.settings import Settings
from models.storage.database import Database
from web.http.client_address import client_address
from web.http.hosts import is_ours

OURS = ("localhost", "127.0.0.1:8000", "[::1]:8000", "192.168.1.20", "10.0.0.3:80", "Queue.Example.com.")
OTHERS = ("evil.example", "queue.example.com.evil.example", "93.184.216.34", "", "a:b:c", "[::1", "@", "é")


@pytest.mark.parametrize("host", OURS)
def test_our_own_host_and_private_addresses_are_accepted(host: str) -> None:
    assert is_ours(host, "queue.example.com")


@pytest.mark.parametrize("host", OTHERS)
def test_other_hosts_are_refused(host: str) -> None:
    assert not is_ours(host, "queue.example.com")


def test_another_host_gets_an_explanation(app: Flask, db: Database) -> None:
    answer = app.test_client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "This isn&#39;t our address." in answer.text
    assert "evil" not in answer.text


def test_a_watching_machine_may_ask_by_any_address(app: Flask, db: Database) -> None:
    for address in ("/healthz", "/readyz", "/readyz/web", "/metrics"):
        answer = app.test_client().get(address, headers={"Host": "93.184.216.34"})
        assert answer.status_code != 400, address


def address_seen(environ: dict[str, str], forwarded: str, remote: str) -> str:
    made = create_app(Settings.from_environment(environ))
    seen: list[str] = []
    made.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(client_address()))
    made.test_client().get(
        "/healthz", headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": remote}
    )
    return seen[0]


def test_without_a_proxy_nobody_can_forge_an_address(app: Flask, tmp_path: object) -> None:
    assert address_seen({"DATA_DIR": str(tmp_path)}, "8.8.8.8", "203.0.113.7") == "203.0.113.7"


def test_behind_https_the_last_proxy_is_believed_and_nobody_before_it(app: Flask, tmp_path: object) -> None:
    environ = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://queue.example.com"}
    assert address_seen(environ, "8.8.8.8, 203.0.113.7", "127.0.0.1") == "203.0.113.7"


def test_a_header_that_the_proxies_should_send_and_do_not_is_told_once(
    app: Flask, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(web.http.client_address, "log", log)
    environ = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://queue.example.com"}
    client = create_app(Settings.from_environment(environ)).test_client()
    client.get("/healthz")
    client.get("/robots.txt", headers={"X-Forwarded-For": "203.0.113.7"})
    assert log.calls == []
    secret = "abcdefghijkmnopq"
    client.get(f"/reset/{secret}")
    client.get("/robots.txt")
    (line,) = log.calls
    assert secret not in repr(line)
    assert line.method_name == "warning"
    assert line.args[0].startswith("PROXIES is 1, but a request came without X-Forwarded-For")


def test_an_address_with_a_slash_too_many_leads_nowhere_else(app: Flask, db: Database) -> None:
    """It once led to http, by whatever Host header was sent."""
    answer = app.test_client().get("/q//CET236", headers={"Host": "localhost"})
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:50100", "203.0.113.7"),  # as some proxies send it
        ("[2001:db8:1:2::5]:50100", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::5", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("rubbish", "unknown"),
    ],
)
def test_a_client_is_counted_by_its_address_alone(app: Flask, remote: str, counted: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": remote}):
        assert client_address() == counted
        assert request.path == "/"
