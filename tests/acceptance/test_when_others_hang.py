"""Carrier and mail server accept connections and never answer: the line moves, and pages show the truth."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.installation import (
    SECONDS_TO_ANSWER,
    Browser,
    Installation,
    comes_true,
)
from tests.fake_carrier import FakeCarrier
from tests.world import phone

pytestmark = pytest.mark.acceptance

STAFF = ("Rosa", "Luis", "Eva")


@contextmanager
def somebody_silent() -> Iterator[int]:
    """The port of a server that accepts every connection and never answers."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


@pytest.fixture
def shop(tmp_path: Path, new_shop: Path, carrier: FakeCarrier) -> Iterator[Installation]:
    with somebody_silent() as silent:
        environ = {
            "TWILIO_API_URL": f"http://127.0.0.1:{silent}",
            "MAIL_URL": f"smtp://127.0.0.1:{silent}",
            "MAIL_FROM": "queue@example.com",
        }
        port = int(carrier.app_url.rpartition(":")[2])
        installation = Installation(tmp_path / "shop", carrier, port, **environ)
        installation.set_up_like(new_shop)
        with installation.running():
            yield installation


def check(shop: Installation, name: str) -> Any:
    return requests.get(f"{shop.url}/readyz", timeout=SECONDS_TO_ANSWER).json()["checks"][name]["status"]


def test_the_line_moves_and_the_counter_is_told_to_call_aloud(
    shop: Installation, carrier: FakeCarrier
) -> None:
    anybody = Browser(shop)
    anybody.open("/reset")
    anybody.press("Email me a link", email="rosa@example.com")  # and the clock begins to hang at it
    for index in range(3):
        began = time.monotonic()
        reply = carrier.customer_texts(phone(index), carrier.number, "CET236")
        assert reply.texts[0].startswith(f"You are number {index + 1}")
        assert time.monotonic() - began < 5
    for index, name in enumerate(STAFF):
        servicer = Browser(shop).sign_in(name)
        servicer.open("/control/CET236")
        assert servicer.press("Call next").now_serving == str(index + 1)
    assert comes_true(lambda: "text failed — call aloud" in servicer.open("/control/CET236").text)
    assert comes_true(lambda: check(shop, "carrier") == "failing")
    assert check(shop, "clock") == "ok", "its other jobs go on"
    assert requests.get(f"{shop.url}/readyz/web", timeout=SECONDS_TO_ANSWER).status_code == 200
    servicer.press("Done")
    assert servicer.page.status == 200
    assert carrier.customer_texts(phone(7), carrier.number, "CET236").texts[0].startswith("You are number 4")
