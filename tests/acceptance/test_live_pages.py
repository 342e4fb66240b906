"""Open pages get every change: with the real web server, several of them, another process, the clock."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.installation import Browser, Installation, comes_true, free_port
from tests.fake_carrier import FakeCarrier
from tests.migrated import migrated_postgres
from tests.pgbouncer import pooled

pytestmark = pytest.mark.acceptance

# A page normally gets a change in a fiftieth of it; the rest is for a busy machine.
SOON = 15.0


# Behind PgBouncer nothing can listen for changes. Tried where PGBOUNCER names the program.
DATABASES = ["sqlite", "postgres", *(["pgbouncer"] if "PGBOUNCER" in os.environ else [])]


@pytest.fixture(scope="module", params=DATABASES)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, new_shop: Path
) -> Iterator[Installation]:
    """One web process on SQLite; two of them on Postgres."""
    folder: Path = tmp_path_factory.mktemp("shop")
    port = free_port()
    environ = {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        if request.param != "sqlite":
            url = stack.enter_context(migrated_postgres())
            if request.param == "pgbouncer":
                url = stack.enter_context(pooled(url))
            environ |= {"DATABASE_URL": url, "WEB_WORKERS": "2", "SECRET_KEY": "kept for the tests only"}
        installation = Installation(folder, stack.enter_context(FakeCarrier()), port, **environ)
        installation.set_up("Rosa") if "DATABASE_URL" in environ else installation.set_up_like(new_shop)
        yield stack.enter_context(installation.running())


class Follower:
    """An open page: keeps the events it gets, and when."""

    def __init__(self, shop: Installation, path: str = "/events/CET236") -> None:
        self.told: list[tuple[float, dict[str, Any]]] = []
        self._socket = socket.create_connection(("127.0.0.1", shop.port), timeout=60)
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{shop.port}\r\n\r\n".encode())
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        assert comes_true(lambda: self.told), "no greeting"

    @property
    def newest(self) -> dict[str, Any]:
        return self.told[-1][1]

    @property
    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _follow(self) -> None:
        # The server may end without a goodbye while a test is over.
        with suppress(ConnectionResetError), self._socket.makefile("rb") as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    self.told.append((time.monotonic(), json.loads(line[6:])))


def newest_is(followers: list[Follower], **facts: Any) -> bool:
    return all(facts.items() <= follower.newest.items() for follower in followers)


def test_a_press_reaches_every_page_of_every_process(shop: Installation) -> None:
    followers = [Follower(shop) for _ in range(12)]
    customer, rosa = Browser(shop), Browser(shop).sign_in("Rosa")
    customer.open("/q/CET236")
    customer.press("Take a number")
    assert comes_true(lambda: newest_is(followers, waiting="1", present=[]), SOON)
    rosa.open("/control/CET236")
    rosa.press("Call next")
    assert comes_true(lambda: newest_is(followers, waiting="", present=[1]), SOON)
    rosa.press("Done")
    assert comes_true(lambda: newest_is(followers, waiting="", present=[]), SOON)
    for follower in followers:
        changes = [news["change"] for _, news in follower.told]
        assert changes == sorted(set(changes)), "nothing twice, nothing older than before"
        follower.close()


def test_a_command_and_the_clock_reach_every_page_too(shop: Installation, tmp_path: Path) -> None:
    follower = Follower(shop)
    before = follower.newest["change"]
    history = tmp_path / "history.csv"
    history.write_text(
        "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"
        "1,2026-03-03T10:00:00+00:00,2026-03-03T10:05:00+00:00,,2026-03-03T10:09:00+00:00,served,Rosa,1\n"
    )
    shop.command("history", "import", "CET236", str(history))
    assert comes_true(lambda: follower.newest["change"] > before, SOON)
    # Nobody serves any more, or somebody does again: one change by the press, and one by the clock, which
    # makes of it what the waits say.
    rosa = Browser(shop).sign_in("Rosa")
    rosa.open("/control/CET236")

    def are_both_told(seconds: float) -> bool:
        before = follower.newest["change"]
        rosa.press("Take a break" if "Take a break" in rosa.page.buttons else "Back")
        return comes_true(lambda: follower.newest["change"] >= before + 2, seconds)

    # To a clock that hasn't looked since she began, a break changes nothing; by the second press it has.
    assert are_both_told(5) or are_both_told(60)
    follower.close()


def test_the_server_ends_in_time_with_pages_open_and_they_find_the_next_one(shop: Installation) -> None:
    followers = [Follower(shop) for _ in range(30)]
    web = shop.processes.pop("web")
    began = time.monotonic()
    web.terminate()
    assert comes_true(lambda: all(follower.has_ended for follower in followers), SOON)
    web.wait(timeout=60)
    assert time.monotonic() - began < 30, "nobody had to be waited for"
    shop.start("web")
    shop.wait_until_ready()
    assert Follower(shop).newest["change"] >= followers[0].newest["change"]
    assert "Traceback" not in shop.logs()


def test_a_killed_server_is_found_again(shop: Installation) -> None:
    follower = Follower(shop)
    shop.kill("web")
    assert comes_true(lambda: follower.has_ended)
    shop.start("web")
    shop.wait_until_ready()
    assert Follower(shop).newest == follower.newest
