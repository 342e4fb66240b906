"""The carrier as the clock uses it, against a carrier that misbehaves over real HTTP."""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask, request
from werkzeug.serving import make_server

from config.settings import Settings
from jobs.outbox.carrier import (
    Accepted,
    Busy,
    CarrierFailed,
    CarrierMessage,
    Outcome,
    Rejected,
    TextToSend,
    Unknown,
)
from jobs.outbox.pretend_carrier import PretendCarrier
from jobs.outbox.twilio_carrier import TwilioCarrier
from models.texts.error_codes import CODES, RejectionKind, kind_of_error
from tests.fake_carrier import CallFault, FakeCarrier, Fault
from tests.fake_carrier.faults import RANDOM_CALLS
from webhooks.signature import refuse_forgeries

ANA, BEN = "+351910000001", "+351910000002"
PUBLIC = "https://queue.example"
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# Section by section what we do about Twilio's codes; every one that we know of.
EXPECTED = {
    RejectionKind.BAD_NUMBER: [21211, 21612, 21614, 21635, 30005, 30006],
    RejectionKind.OPTED_OUT: [21610, 30004],
    RejectionKind.OUR_CONFIGURATION: [
        *(20003, 21606, 21659, 21660, 21603, 21701, 21703, 21705, 21408, 21608, 30002),
        *(30032, 30033, 30034, 30035, 20404, 21212),
    ],
    RejectionKind.CONTENT: [21602, 21617, 30007, 30019, 30044],
    RejectionKind.BUSY: [20429, 21611, 14107],
    RejectionKind.PASSING: [30001, 30017, 30022, 30410, 30450, 30500],
    RejectionKind.DAILY_CAP: [30023, 30027, 63038],
    RejectionKind.TOO_LATE: [30036],
    RejectionKind.UNCONFIRMED: [30003, 30008, 20500, 20503],
}


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9") as fake:
        yield fake


def settings_for(folder: Path, fake: FakeCarrier, **more: str) -> Settings:
    return Settings.from_environment(
        {
            "DATA_DIR": str(folder),
            "PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": fake.account_sid,
            "TWILIO_AUTH_TOKEN": fake.auth_token,
            "TWILIO_API_URL": fake.url,
        }
        | more
    )


@pytest.fixture(scope="module", autouse=True)
def client_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The official client loads its modules at the first call, which takes longer than the limits below."""
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9") as fake:
        TwilioCarrier(settings_for(tmp_path_factory.mktemp("loaded"), fake)).send(text())


@pytest.fixture
def carrier(fake: FakeCarrier, tmp_path: Path) -> TwilioCarrier:
    return TwilioCarrier(
        settings_for(tmp_path, fake), connect_seconds=0.5, read_seconds=0.3, call_limit_seconds=0.6
    )


def text(body: str = "It's your turn", to: str = ANA, **more: Any) -> TextToSend:
    return TextToSend(to=to, sender="+15550100000", body=body, reference="ref-1_a", **more)


def test_a_text_leaves_with_all_that_belongs_to_it(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    outcome = carrier.send(text(validity_seconds=600))
    [sent] = fake.messages(to=ANA)
    assert outcome == Accepted(sent.sid)
    assert (sent.sender, sent.body, sent.validity_seconds) == ("+15550100000", "It's your turn", 600)
    assert sent.status_callback == f"{PUBLIC}/webhooks/status?m=ref-1_a"
    assert fake.texts_to(ANA) == ["It's your turn"]


@pytest.mark.parametrize(("asked", "sent"), [(0, 1), (40_000, 36_000)])
def test_a_validity_is_kept_within_what_the_carrier_takes(
    carrier: TwilioCarrier, fake: FakeCarrier, asked: int, sent: int
) -> None:
    assert isinstance(carrier.send(text(validity_seconds=asked)), Accepted)
    assert fake.messages()[0].validity_seconds == sent


def test_a_messaging_service_goes_with_the_number(tmp_path: Path, fake: FakeCarrier) -> None:
    settings = settings_for(tmp_path, fake, TWILIO_MESSAGING_SERVICE_SID=fake.service_sid)
    assert isinstance(TwilioCarrier(settings).send(text()), Accepted)
    [sent] = fake.messages()
    assert (sent.sender, sent.service_sid) == ("+15550100000", fake.service_sid)


def test_an_api_key_is_used_where_there_is_one(tmp_path: Path, fake: FakeCarrier) -> None:
    settings = settings_for(tmp_path, fake, TWILIO_API_KEY="SK1", TWILIO_API_SECRET="secret")
    refused = TwilioCarrier(settings).send(text())
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.kind) == (20003, RejectionKind.OUR_CONFIGURATION)
    fake.api_keys["SK1"] = "secret"
    assert isinstance(TwilioCarrier(settings).send(text()), Accepted)
    assert TwilioCarrier(settings).check([fake.number]) == []


def test_the_api_may_be_at_any_base_path(tmp_path: Path) -> None:
    with FakeCarrier(public_url=PUBLIC, app_url="http://127.0.0.1:9", base_path="/proxy/twilio") as fake:
        carrier = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_API_URL=f"{fake.url}/"))
        assert isinstance(carrier.send(text()), Accepted)
        assert len(carrier.messages_to(ANA, AGES_AGO)) == 1
        assert carrier.check([fake.number]) == []


@pytest.mark.parametrize(
    ("fault", "outcome", "texts"),
    [
        (
            Fault(CallFault.BUSY, seconds=7),
            Busy(7.0, "error 20429: Unable to create record: Too Many Requests"),
            0,
        ),
        (CallFault.ERROR_BEFORE, Unknown, 0),
        (CallFault.ERROR_AFTER, Unknown, 1),
        (CallFault.CUT_BEFORE, Unknown, 0),
        (CallFault.CUT_AFTER, Unknown, 1),
        (Fault(CallFault.SLOW_AFTER, seconds=0.5), Unknown, 1),
        (CallFault.GARBAGE, Unknown, 1),
        (Fault(CallFault.REJECT, code=21611), Busy, 0),
        (Fault(CallFault.REJECT, code=14107), Busy, 0),
        (Fault(CallFault.REJECT, code=20500), Unknown, 0),
        (Fault(CallFault.REJECT, code=99999), Rejected, 0),
    ],
)
def test_every_way_to_go_wrong_has_its_outcome(
    carrier: TwilioCarrier,
    fake: FakeCarrier,
    fault: Fault | CallFault,
    outcome: Outcome | type[Outcome],
    texts: int,
) -> None:
    fake.faults.next_calls(fault)
    seen = carrier.send(text())
    assert isinstance(seen, outcome) if isinstance(outcome, type) else seen == outcome
    assert len(fake.texts_to(ANA)) == texts
    assert len(fake.calls) == 1, "never sent twice"


@pytest.mark.parametrize("kind", list(EXPECTED))
def test_every_twilio_error_code_of_the_table_is_sorted(
    kind: RejectionKind, carrier: TwilioCarrier, fake: FakeCarrier
) -> None:
    for code in EXPECTED[kind]:
        assert kind_of_error(code) is kind
        fake.faults.next_calls(Fault(CallFault.REJECT, code=code))
        outcome = carrier.send(text())
        if kind is RejectionKind.BUSY:
            reason = f"error {code}: Unable to create record: Refused by the script"
            assert outcome == Busy(None, reason, this_text_only=code == 14107)
        elif kind is RejectionKind.UNCONFIRMED:
            assert isinstance(outcome, Unknown)
        else:
            assert isinstance(outcome, Rejected)
            assert (outcome.code, outcome.kind) == (code, kind)


def test_no_code_is_in_two_kinds_and_an_unknown_one_is_other() -> None:
    codes = [code for of_kind in CODES.values() for code in of_kind]
    assert len(codes) == len(set(codes))
    assert set(CODES) == set(RejectionKind) - {RejectionKind.OTHER}
    assert kind_of_error(12345) is RejectionKind.OTHER
    assert kind_of_error(None) is RejectionKind.OTHER


def test_an_opted_out_phone_is_known_by_its_rejection(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.customer_texts(ANA, fake.number, "STOP", reaches_us=False)
    outcome = carrier.send(text())
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.kind) == (21610, RejectionKind.OPTED_OUT)


def test_a_rejection_tells_nobody_the_phone(carrier: TwilioCarrier) -> None:
    outcome = carrier.send(text(to="+00000000000000000"))
    assert isinstance(outcome, Rejected)
    assert outcome.kind is RejectionKind.BAD_NUMBER
    assert outcome.message == "error 21211: Unable to create record: Invalid 'To' Phone Number: …"


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


def raw_server(answer: bytes, tls: ssl.SSLContext | None = None) -> tuple[str, threading.Thread]:
    """A server for one connection that answers exactly so."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening:
            connection, _ = listening.accept()
            with contextlib.suppress(ssl.SSLError, ConnectionResetError):
                connection = tls.wrap_socket(connection, server_side=True) if tls else connection
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}", thread


def http(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


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
            Rejected(30034, RejectionKind.OUR_CONFIGURATION, "failed at once"),
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


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake carrier")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


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


def test_senders_side_by_side_get_each_their_own_answer(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    outcomes: dict[str, Outcome] = {}

    def send_some(sender: int) -> None:
        for i in range(5):
            body = f"text {i} of {sender}"
            outcomes[body] = carrier.send(text(body))

    threads = [threading.Thread(target=send_some, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {one.body: Accepted(one.sid) for one in fake.messages()}
    assert len(outcomes) == 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_outcome_ever_claims_what_did_not_happen(
    carrier: TwilioCarrier, fake: FakeCarrier, seed: int
) -> None:
    kinds = [kind for kind in RANDOM_CALLS if kind is not CallFault.REFUSE]  # after it, all the rest is Busy
    fake.faults.misbehave(seed=seed, rate=0.6, calls=kinds, longest_seconds=0.4)
    outcomes: dict[str, Outcome] = {}

    def send_some(sender: int) -> None:
        for i in range(20):
            outcomes[f"{sender}/{i}"] = carrier.send(text(f"{sender}/{i}"))

    threads = [threading.Thread(target=send_some, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = {one.body: one.sid for one in fake.messages()}
    assert len(created) == len(fake.messages()), "never sent twice"
    for body, outcome in outcomes.items():
        match outcome:
            case Accepted(carrier_sid):
                assert created[body] == carrier_sid
            case Busy() | Rejected():
                assert body not in created
    assert {type(outcome) for outcome in outcomes.values()} >= {Accepted, Busy, Unknown}


def test_no_phone_number_is_logged(
    carrier: TwilioCarrier, fake: FakeCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    carrier.send(text())
    carrier.messages_to(ANA, AGES_AGO)
    fake.faults.next_calls(Fault(CallFault.REJECT, code=21211))
    carrier.send(text())
    assert ANA.removeprefix("+") not in caplog.text


def test_texts_to_a_phone_are_listed_with_those_still_in_line(
    carrier: TwilioCarrier, fake: FakeCarrier
) -> None:
    begin = datetime.now(UTC)
    carrier.send(text("one"))
    fake.settle()
    carrier.send(text("two"))
    fake.messages()[-1].sent_at = None
    carrier.send(text("to another", to=BEN))
    fake.customer_texts(ANA, fake.number, "HELP", reaches_us=False)
    fake.settle()
    listed = carrier.messages_to(ANA, begin)
    assert {one.body for one in listed} >= {"one", "two"}
    assert {(one.direction, one.to) for one in listed} == {("outbound-api", ANA), ("outbound-reply", ANA)}
    assert len(listed) == 3
    assert all(one.created_at.tzinfo is not None for one in listed)
    assert carrier.messages_to(ANA, datetime.now(UTC) + timedelta(minutes=1)) == []


def test_customers_texts_are_listed_back_to_a_moment(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    now = datetime.now(UTC)
    for i, age in enumerate([7 * 24 * 60, 180, 70, 30, 5, 0]):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
        message = fake.messages(sender=ANA)[-1]
        message.created_at = message.sent_at = now - timedelta(minutes=age)
    listed = carrier.messages_from_customers(fake.number, now - timedelta(minutes=30))
    assert [one.body for one in listed] == ["text 5", "text 4", "text 3"]
    assert {(one.sender, one.direction) for one in listed} == {(ANA, "inbound")}


def test_lists_are_read_by_our_clock_though_it_is_an_hour_ahead(
    carrier: TwilioCarrier, fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour, now = timedelta(hours=1), datetime.now(UTC)
    by_its_clock = format_datetime(now - hour, usegmt=True)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: by_its_clock)
    carrier.send(text("one"))
    fake.customer_texts(ANA, fake.number, "CET236", reaches_us=False)
    for message in fake.messages():
        message.created_at = message.sent_at = now - hour
    since = now - timedelta(minutes=1)
    for listed in (carrier.messages_to(ANA, since), carrier.messages_from_customers(fake.number, since)):
        assert [abs(one.created_at - now) < timedelta(seconds=90) for one in listed] == [True]


def test_a_list_of_many_pages_is_whole(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    for i in range(1100):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
    assert len(carrier.messages_from_customers(fake.number, AGES_AGO)) == 1100


@pytest.mark.parametrize(
    "fault", [CallFault.BUSY, CallFault.ERROR_BEFORE, CallFault.CUT_BEFORE, CallFault.GARBAGE]
)
def test_a_list_that_is_not_whole_is_no_list(
    carrier: TwilioCarrier, fake: FakeCarrier, fault: CallFault
) -> None:
    for i in range(1001):
        fake.customer_texts(ANA, fake.number, f"text {i}", reaches_us=False)
    fake.faults.next_lists(None, fault)
    with pytest.raises(CarrierFailed):
        carrier.messages_from_customers(fake.number, AGES_AGO)
    fake.faults.next_lists(fault)
    with pytest.raises(CarrierFailed):
        carrier.messages_to(ANA, AGES_AGO)


def test_doctor_finds_nothing_wrong_where_all_is_well(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    assert carrier.check([fake.number]) == []


def test_doctor_says_what_is_wrong_with_the_account(
    carrier: TwilioCarrier, fake: FakeCarrier, tmp_path: Path
) -> None:
    wrong = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_AUTH_TOKEN="another token"))
    [problem] = wrong.check([fake.number])
    assert "TWILIO_AUTH_TOKEN" in problem
    assert "20003" in problem
    fake.account_status = "suspended"
    assert carrier.check([fake.number]) == ["The Twilio account is suspended: Twilio's console says why."]
    fake.down()
    assert len(carrier.check([fake.number])) == 1


def test_doctor_says_what_is_wrong_with_a_number(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    fake.numbers[fake.number].sms_url = "https://demo.twilio.com/welcome"
    wrong, unknown = carrier.check([fake.number, "+15559999999"])
    assert f"go to https://demo.twilio.com/welcome instead of {PUBLIC}/webhooks/sms" in wrong
    assert unknown.startswith("+15559999999 is not a number of this Twilio account")


def test_doctor_sees_a_messaging_service_that_keeps_texts(tmp_path: Path, fake: FakeCarrier) -> None:
    carrier = TwilioCarrier(settings_for(tmp_path, fake, TWILIO_MESSAGING_SERVICE_SID=fake.service_sid))
    assert carrier.check() == []
    fake.service_keeps_incoming = True
    [problem] = carrier.check()
    assert fake.service_sid in problem


def test_connecting_points_the_number_at_us(carrier: TwilioCarrier, fake: FakeCarrier) -> None:
    number = fake.numbers[fake.number]
    number.sms_url, number.sms_method, number.sms_application_sid = "", "GET", "AP1"
    carrier.connect_webhook(fake.number, f"{PUBLIC}/webhooks/sms#rc=2")
    assert (number.sms_url, number.sms_method) == (f"{PUBLIC}/webhooks/sms#rc=2", "POST")
    assert carrier.check([fake.number]) == []
    with pytest.raises(CarrierFailed, match="not a number"):
        carrier.connect_webhook("+15559999999", PUBLIC)


class TestPretendCarrier:
    @pytest.fixture
    def phones(self) -> list[tuple[str, str, str, str]]:
        return []

    def test_a_text_is_on_the_phone_and_reported_with_a_good_signature(
        self, tmp_path: Path, phones: list[tuple[str, str, str, str]]
    ) -> None:
        reports: list[tuple[str, bool]] = []
        app = Flask(__name__)
        settings = self.settings(tmp_path, free_port())
        app.before_request(refuse_forgeries(settings))

        @app.post("/webhooks/status")
        def status() -> tuple[str, int]:
            form = request.form
            reports.append(
                (form["MessageStatus"], request.args["m"] == "ref-1_a" and bool(form["MessageSid"]))
            )
            return "", 204

        server = make_server("127.0.0.1", settings.port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        outcome = PretendCarrier(settings, lambda *kept: phones.append(kept)).send(text())
        assert isinstance(outcome, Accepted)
        assert phones == [("+15550100000", ANA, "It's your turn", outcome.carrier_sid)]
        deadline = time.monotonic() + 3
        while len(reports) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.shutdown()
        thread.join()
        server.server_close()
        assert reports == [("sent", True), ("delivered", True)]

    def test_nobody_listening_holds_up_nothing(
        self, tmp_path: Path, phones: list[tuple[str, str, str, str]]
    ) -> None:
        carrier = PretendCarrier(self.settings(tmp_path, free_port()), lambda *kept: phones.append(kept))
        begin = time.monotonic()
        for _ in range(5):
            assert isinstance(carrier.send(text()), Accepted)
        assert time.monotonic() - begin < 0.5
        assert len(phones) == 5
        assert len({sid for *_, sid in phones}) == 5

    def test_a_phone_that_could_not_keep_the_text_is_an_unknown_outcome(self, tmp_path: Path) -> None:
        def fail(*kept: str) -> None:
            raise OSError("no room")

        assert PretendCarrier(self.settings(tmp_path, 8000), fail).send(text()) == Unknown("fault (OSError)")

    def test_what_the_phones_hold_can_be_listed(self, tmp_path: Path) -> None:
        kept = [CarrierMessage("SM1", "outbound-api", None, ANA, "b", "sent", None, AGES_AGO, AGES_AGO)]
        settings = self.settings(tmp_path, 8000)
        carrier = PretendCarrier(settings, lambda *_: None, lambda phone, since: kept)
        assert carrier.messages_to(ANA, AGES_AGO) == kept
        with pytest.raises(CarrierFailed):
            PretendCarrier(settings, lambda *_: None).messages_to(ANA, AGES_AGO)

    def settings(self, folder: Path, port: int) -> Settings:
        return Settings.from_environment({"DATA_DIR": str(folder), "PUBLIC_URL": PUBLIC, "PORT": str(port)})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
