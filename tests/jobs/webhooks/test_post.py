"""Posting a message: it verifies; whatever the other side does, it ends in time and leads nowhere inside."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from jobs.webhooks import connections
from jobs.webhooks.post import READ_AT_MOST, post
from models.webhooks.deliveries import Problem
from models.webhooks.sending import Claim, Outcome
from tests.webhook_receiver import receiving

SECRET, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "b2xk" * 8
BODY = '{"type":"ticket.called","data":{"name":"Zoë"}}'


def claim(url: str, *secrets: str) -> Claim:
    return Claim(1, 1, 1, url, "msg_1", "ticket.called", BODY, secrets or (SECRET,), None)


def send(url: str, *secrets: str, allowed: tuple[str, ...] = (), seconds: float = 5) -> Outcome:
    return post(claim(url, *secrets), datetime.now(UTC), allowed=allowed, seconds=seconds)


def test_a_message_arrives_and_verifies_with_the_library_of_the_scheme() -> None:
    with receiving(secret=SECRET, body=b"Thank\n you\x00!") as shop:
        assert send(shop.url, allowed=(shop.host,)) == Outcome(status=204, answer="")
        shop.answers = lambda _: 200
        assert send(shop.url, allowed=(shop.host,)) == Outcome(status=200, answer="Thank you !")
    assert shop.taken == [json.loads(BODY)]
    assert shop.forged == 0


def test_for_a_day_the_old_secret_verifies_too() -> None:
    with receiving(secret=OLD) as shop:
        send(shop.url, SECRET, OLD, allowed=(shop.host,))
        assert (len(shop.taken), shop.forged) == (1, 0)
        send(shop.url, SECRET, allowed=(shop.host,))
        assert shop.forged == 1


def test_the_signature_is_that_of_the_scheme() -> None:
    """The example of its specification's own tests."""
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as inner, receiving() as shop:
        shop.answers, shop.headers = (lambda _: 302), {"Location": inner.url}
        assert send(shop.url, allowed=(shop.host,)).status == 302
        assert inner.asked == 0


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with receiving(body=b"x" * 1_000_000, answers=lambda _: 500) as shop:
        outcome = send(shop.url, allowed=(shop.host,))
    assert (outcome.status, len(outcome.answer)) == (500, READ_AT_MOST)


@contextmanager
def dripping(words: bytes) -> Iterator[int]:
    """A server that sends one byte after another, for as long as it is listened to."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    while True:
                        for byte in words:
                            connection.sendall(bytes((byte,)))
                            threading.Event().wait(0.01)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize("words", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: ", b""])
def test_a_server_that_never_ends_is_left_in_time(words: bytes) -> None:
    with dripping(words or b"x") as port:
        outcome = send(f"http://127.0.0.1:{port}/", allowed=("127.0.0.1",), seconds=0.3)
    assert outcome in (Outcome(problem=Problem.NO_ANSWER), Outcome(problem=Problem.NOT_HTTP), Outcome(200))


def test_a_server_that_sends_without_end_is_left_long_before_its_time() -> None:
    """Else it would keep the clock busy for ten seconds, again and again, while texts wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                while True:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)

        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        outcome = send(f"http://127.0.0.1:{port}/", allowed=("127.0.0.1",), seconds=600)
    assert outcome == Outcome(problem=Problem.NOT_HTTP)


def test_a_tls_server_that_never_ends_is_left_in_time() -> None:
    with dripping(b"\x16\x03\x03\x3f\xff") as port:
        outcome = send(f"https://127.0.0.1:{port}/", allowed=("127.0.0.1",), seconds=0.3)
    assert outcome.problem in (Problem.NO_ANSWER, Problem.NOT_REACHED)


def test_a_certificate_that_nobody_trusts_is_not_trusted(tmp_path: Any) -> None:
    with receiving() as shop:
        assert send(f"https://{shop.host}/", allowed=(shop.host,)).problem == Problem.NOT_REACHED


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "https://10.0.0.1/"])
def test_an_inner_address_is_refused_before_anything_is_asked(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert send(url).problem == Problem.NOT_ALLOWED


@pytest.mark.parametrize("number", ["127.0.0.1", "::1", "::ffff:192.168.0.1", "169.254.169.254", "10.0.0.5"])
@pytest.mark.parametrize("beside", [(), ("93.184.215.14",)])
def test_a_public_name_that_stands_for_an_inner_number_is_refused_when_it_is_connected_to(
    number: str, beside: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in (*beside, number)]

    def connect(*_: Any) -> None:
        raise AssertionError("nobody may be connected to")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(connections, "_first_that_answers", connect)
    assert send("https://shop.example.com/").problem == Problem.NOT_PUBLIC


def test_the_name_is_looked_up_once_and_the_number_that_was_judged_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second look-up of such a name would give an inner number."""
    asked, reached = [], []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        number = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    def connect(addresses: Any, _deadline: Any) -> None:
        reached.extend(address[0] for _, address in addresses)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(connections, "_first_that_answers", connect)
    assert send("https://shop.example.com/").problem == Problem.NOT_REACHED
    assert (asked, reached) == (["shop.example.com"], ["93.184.215.14"])


def test_a_name_server_that_does_not_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def look_up(*_: Any, **__: Any) -> list[Any]:
        answered.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert send("https://shop.example.com/", seconds=0.2).problem == Problem.NO_ANSWER
    answered.set()


def test_no_host_of_that_name_and_nobody_who_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/", allowed=("127.0.0.1",)).problem == Problem.NOT_REACHED

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert send("https://shop.example.com/").problem == Problem.NO_SUCH_HOST


def test_without_a_secret_nothing_is_sent() -> None:
    unsigned = Claim(1, 1, 1, "https://shop.example.com/", "msg_1", "x", BODY, (), None)
    assert post(unsigned, datetime.now(UTC), allowed=()).problem == Problem.NO_SECRET
