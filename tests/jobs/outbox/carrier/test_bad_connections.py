"""Whatever the network and the server do, each call ends in time and claims no more than it knows."""

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from jobs.outbox.carrier import Accepted, Busy, Failed, Outcome, Rejected, Unknown
from jobs.outbox.twilio_carrier import TwilioCarrier
from models.texts.error_codes import RejectionKind
from tests.acceptance.installation import free_port
from tests.fake_carrier import CallFault, FakeCarrier, Fault
from tests.jobs.outbox.carrier.clients import settings_for, text
from tests.jobs.outbox.carrier.servers import http, raw_server


def test_a_refused_connection_may_be_tried_again(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.down()
    assert carrier.send(text()) == Busy(None, "no connection, or a broken one (ConnectionError)")
    fake.up()
    assert isinstance(carrier.send(text()), Accepted)


def test_a_name_that_is_not_found_may_be_tried_again(tmp_path: Path, fake: FakeCarrier) -> None:
    settings = settings_for(tmp_path, fake, TWILIO_API_URL="http://nowhere.invalid")
    assert isinstance(TwilioCarrier(settings).send(text()), Busy)


def test_a_name_look_up_that_hangs_is_given_up_and_never_sent_later(
    carrier: TwilioCarrier, fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up, ended = socket.getaddrinfo, threading.Event()

    def slow_look_up(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.9)
        ended.set()
        return look_up(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    assert carrier.send(text()) == Busy(None, "no end within 0.6 s")
    assert ended.wait(2)
    time.sleep(0.1)
    assert fake.calls == []


def test_a_server_that_trickles_can_not_hold_us_up(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.faults.next_calls(Fault(CallFault.TRICKLE, seconds=2))
    begin = time.monotonic()
    assert carrier.send(text()) == Unknown("no end within 0.6 s")
    assert time.monotonic() - begin < 1.5
    assert isinstance(carrier.send(text("next")), Accepted), "the abandoned call is in nobody's way"


def test_a_connection_that_is_never_accepted_may_be_tried_again(tmp_path: Path, fake: FakeCarrier) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        settings = settings_for(tmp_path, fake, TWILIO_API_URL=f"http://127.0.0.1:{full.getsockname()[1]}")
        assert isinstance(TwilioCarrier(settings, connect_seconds=0.2).send(text()), Busy)
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (http("201 Created", '{"sid": "SM123", "status": "queued"}'), Accepted("SM123")),
        (http("200 OK", '{"sid": "SM123", "status": "queued"}'), Accepted("SM123")),
        (http("201 Created", "{}"), Unknown),
        (http("201 Created", '{"sid": 5}'), Unknown),
        (http("201 Created", '{"sid": "hello"}'), Unknown),
        (http("201 Created", "[]"), Unknown),
        (http("201 Created", '{"sid": "SM123", "sta')[:-1], Unknown),
        (
            http("201 Created", '{"sid": "SM1", "status": "failed", "error_code": 30034}'),
            Failed("SM1", 30034, RejectionKind.PERHAPS_OURS),
        ),
        (b"rubbish\r\n\r\n", Unknown),
        (b"", Unknown),
        (http("503 Service Unavailable", "<html>"), Unknown),
        (http("500 Error", '{"code": 20429, "message": "m"}'), Unknown),
        (http("408 Request Timeout", ""), Unknown),
        (http("429 Too Many", "", "Retry-After: 3"), Busy(3.0, "error 429: Unable to create record")),
        (http("429 Too Many", "", "Retry-After: soon"), Busy(None, "error 429: Unable to create record")),
        (
            http("429 Too Many", "", "Retry-After: Fri, 01 Jan 2021 00:00:00 GMT"),
            Busy(0.0, "error 429: Unable to create record"),
        ),
        (http("429 Too Many", "", "Retry-After: 1e400"), Busy(3600.0, "error 429: Unable to create record")),
        (http("429 Too Many", "", "Retry-After: Fri, 99 Jan 99999"), Busy),
        (http("429 Too Many", '{"code": 63038, "message": "Daily limit"}'), Rejected),
        (http("307 Redirect", "", "Location: https://elsewhere.example/"), Rejected),
        (http("404 Not Found", "<html>"), Rejected),
        (http("403 Forbidden", "<html>"), Rejected),
        (http("400 Bad", '{"code": "21610", "message": {"a": 1}}'), Rejected),
        (http("400 Bad", '{"type": [], "title": {}, "status": "?", "code": null}'), Rejected),
        (http("400 Bad", '{"type": "t", "title": "Opted out", "status": 400, "code": 21610}'), Rejected),
    ],
)
def test_whatever_a_server_answers_is_an_outcome(
    tmp_path: Path, fake: FakeCarrier, answer: bytes, outcome: Outcome | type[Outcome]
) -> None:
    url, thread = raw_server(answer)
    seen = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_API_URL=url)).send(text())
    thread.join(2)
    assert isinstance(seen, outcome) if isinstance(outcome, type) else seen == outcome


@pytest.mark.parametrize(
    ("answer", "code", "kind"),
    [
        (http("404 Not Found", "<html>"), None, RejectionKind.OUR_CONFIGURATION),
        (http("307 Redirect", ""), None, RejectionKind.OUR_CONFIGURATION),
        (http("400 Bad", "<html>"), None, RejectionKind.OTHER),
        (http("429 Too Many", '{"code": 63038, "message": "m"}'), 63038, RejectionKind.DAILY_CAP),
        (
            http("400 Bad", '{"type": "t", "title": "Opted out", "status": 400, "code": 21610}'),
            *(21610, RejectionKind.OPTED_OUT),
        ),
    ],
)
def test_a_rejection_without_a_code_of_twilios_is_told_apart(
    tmp_path: Path, fake: FakeCarrier, answer: bytes, code: int | None, kind: RejectionKind
) -> None:
    url, thread = raw_server(answer)
    seen = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_API_URL=url)).send(text())
    thread.join(2)
    assert isinstance(seen, Rejected)
    assert (seen.code, seen.kind) == (code, kind)


ACCEPTANCE = http("201 Created", '{"sid": "SM123", "status": "queued"}')


@pytest.mark.parametrize(
    ("trusted", "answer", "outcome"),
    [(False, ACCEPTANCE, Busy), (True, ACCEPTANCE, Accepted("SM123")), (True, b"", Unknown)],
)
def test_a_secure_connection_that_fails_has_sent_nothing(
    tmp_path: Path,
    fake: FakeCarrier,
    tls: tuple[ssl.SSLContext, Path],
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,
    answer: bytes,
    outcome: Outcome | type[Outcome],
) -> None:
    context, certificate = tls
    if trusted:
        monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))
    url, thread = raw_server(answer, context)
    settings = settings_for(tmp_path, fake, TWILIO_API_URL=url.replace("http:", "https:"))
    seen = TwilioCarrier(settings).send(text())
    thread.join(2)
    assert isinstance(seen, outcome) if isinstance(outcome, type) else seen == outcome


def test_an_emulator_on_this_machine_is_not_looked_for_through_a_proxy(
    carrier: TwilioCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert isinstance(carrier.send(text()), Accepted)


def test_a_proxy_that_is_away_has_sent_nothing(
    tmp_path: Path, fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    settings = settings_for(tmp_path, fake, TWILIO_API_URL="https://carrier.invalid")
    assert isinstance(TwilioCarrier(settings).send(text()), Busy)


def test_an_abandoned_call_leaves_no_thread_behind(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.faults.next_calls(Fault(CallFault.TRICKLE, seconds=5))
    assert isinstance(carrier.send(text()), Unknown)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and any(one.name == "carrier call" for one in threading.enumerate()):
        time.sleep(0.01)
    assert not any(one.name == "carrier call" for one in threading.enumerate())
