"""The whole product as its users see it: the Procfile's processes, signed texts, real pages, a carrier."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.conftest import STAFF
from tests.acceptance.installation import PUBLIC_URL, Browser, Installation, comes_true, free_port
from tests.fake_carrier import FakeCarrier
from tests.migrated import migrated_postgres
from tests.world import phone

pytestmark = pytest.mark.acceptance


PORT, CROWDS_PORT = free_port(), free_port()


@pytest.fixture(scope="module")
def carrier() -> Iterator[FakeCarrier]:
    with FakeCarrier(public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{PORT}") as carrier:
        yield carrier


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, new_shop: Path, carrier: FakeCarrier
) -> Iterator[Installation]:
    """One for all tests that leave nobody in line: starting it takes longer than most of them.

    The first counts its numbers from 1; where one fails, those after it may fail with it.
    """
    installation = Installation(tmp_path_factory.mktemp("loop") / "shop", carrier, PORT, forked=False)
    installation.set_up_like(new_shop)
    with installation.running():
        yield installation


@pytest.fixture
def crowds_carrier() -> Iterator[FakeCarrier]:
    with FakeCarrier(public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{CROWDS_PORT}") as carrier:
        yield carrier


@pytest.fixture
def crowded_shop(tmp_path: Path, new_shop: Path, crowds_carrier: FakeCarrier) -> Iterator[Installation]:
    installation = Installation(tmp_path / "shop", crowds_carrier, CROWDS_PORT)
    installation.set_up_like(new_shop)
    with installation.running():
        yield installation


@pytest.fixture
def large_shop(tmp_path: Path, crowds_carrier: FakeCarrier) -> Iterator[Installation]:
    """On Postgres, with two web processes and two clocks."""
    with migrated_postgres() as url:
        environ = {"DATABASE_URL": url, "SECRET_KEY": "a secret of this test", "WEB_WORKERS": "2"}
        installation = Installation(tmp_path / "shop", crowds_carrier, CROWDS_PORT, forked=False, **environ)
        installation.set_up(*STAFF)
        with installation.running():
            installation.start("another clock", "clock")
            yield installation


def was_told(carrier: FakeCarrier, index: int) -> bool:
    """Whether this phone has its turn text."""
    return any(text.startswith("It's your turn") for text in carrier.texts_to(phone(index)))


def number_in(text: str) -> int:
    """Of "You are number 12 for …"."""
    return int("".join(c for c in text.split()[3] if c.isdigit()))


def test_ten_customers_join_one_leaves_and_two_servicers_serve_them_all(
    shop: Installation, carrier: FakeCarrier
) -> None:
    for index in range(10):
        reply = carrier.customer_texts(phone(index), carrier.number, f"CET236 Guest {index}")
        assert reply.texts[0].startswith(f"You are number {index + 1}")
    assert "left" in carrier.customer_texts(phone(4), carrier.number, "LEAVE").texts[0]

    rosa, luis = Browser(shop).sign_in("Rosa"), Browser(shop).sign_in("Luis")
    rosa.open("/control/CET236"), luis.open("/control/CET236")
    assert "9 waiting" in rosa.page.status_line
    called = []
    rosa.press("Call next"), luis.press("Call next")
    for _ in range(20):
        for servicer in (rosa, luis):
            if "Done" in servicer.page.buttons:
                number = servicer.page.now_serving
                called.append(number)
                # Whoever is done before the text has left gets none: it would not be true any more.
                assert comes_true(partial(was_told, carrier, int(number) - 1)), shop.logs()
                servicer.press("Done")
    assert sorted(called, key=int) == ["1", "2", "3", "4", "6", "7", "8", "9", "10"]
    assert "Nobody is waiting" in rosa.page.text

    time.sleep(1.5)  # for whatever might come too much
    for index in range(10):
        screen = carrier.texts_to(phone(index))
        turns = [t for t in screen if t.startswith("It's your turn")]
        assert len(turns) == (0 if index == 4 else 1), screen
        assert screen[0].startswith(f"You are number {index + 1}")
        assert len(screen) == len(set(screen)), screen
    figures = json.loads(shop.command("stats", "CET236", "--json"))
    assert [figures[name] for name in ("joined", "served", "left", "no_show", "removed")] == [10, 9, 1, 0, 0]
    assert figures["wait"]["n"] == figures["service"]["n"] == figures["total"]["n"] == 9
    assert 0 < figures["wait"]["mean"] < 120


def test_a_turn_text_reaches_the_carrier_at_once(shop: Installation, carrier: FakeCarrier) -> None:
    """The quickest of three: on a busy machine one may have to wait for a core."""
    rosa, waited, before = Browser(shop).sign_in("Rosa"), [], len(carrier.calls)
    for index in range(3):
        carrier.customer_texts(phone(300 + index), carrier.number, "CET236 Ana")
        rosa.open("/control/CET236")
        rosa.press("Call next")
        pressed = time.monotonic()
        assert comes_true(lambda calls=before + index: len(carrier.calls) > calls)
        assert carrier.calls[before + index].body.startswith("It's your turn")
        waited.append(carrier.calls[before + index].at - pressed)
        rosa.press("Done")
    assert min(waited) < 1


def test_two_hundred_phones_at_once_get_one_to_two_hundred_and_six_servicers_never_call_one_twice(
    crowded_shop: Installation, crowds_carrier: FakeCarrier
) -> None:
    be_a_crowd(crowded_shop, crowds_carrier, phones=200, at_once=40)


def test_so_it_is_with_sixty_on_postgres_with_two_web_processes_and_two_clocks(
    large_shop: Installation, crowds_carrier: FakeCarrier
) -> None:
    be_a_crowd(large_shop, crowds_carrier, phones=60, at_once=12)


def be_a_crowd(shop: Installation, carrier: FakeCarrier, *, phones: int, at_once: int) -> None:
    with ThreadPoolExecutor(at_once) as crowd:
        texts = crowd.map(lambda i: carrier.customer_texts(phone(i), carrier.number, "CET236"), range(phones))
        firsts = [reply.texts[0] for reply in texts]
    numbers = sorted(map(number_in, firsts))
    assert numbers == list(range(1, phones + 1))

    def serve(name: str) -> list[str]:
        servicer = Browser(shop).sign_in(name)
        servicer.open("/control/CET236")
        servicer.press("Call next")
        called = []
        for _ in range(5):
            called.append(servicer.page.now_serving)
            servicer.press("Done")
        return called

    with ThreadPoolExecutor(6) as staff:
        called = [number for numbers in staff.map(serve, STAFF) for number in numbers]
    assert len(called) == 30
    assert len(set(called)) == 30


def test_killing_and_starting_the_processes_loses_nothing(shop: Installation, carrier: FakeCarrier) -> None:
    told = [carrier.customer_texts(phone(400 + i), carrier.number, "CET236").texts[0] for i in range(6)]
    first = number_in(told[0])
    rosa = Browser(shop).sign_in("Rosa")
    rosa.open("/control/CET236")
    shop.kill("clock")
    rosa.press("Call next")
    assert rosa.page.now_serving == str(first)
    shop.kill("web")
    shop.start("web"), shop.start("clock")
    shop.wait_until_ready()
    rosa.open("/control/CET236")
    assert rosa.page.now_serving == str(first)
    assert "5 waiting" in rosa.page.status_line
    assert comes_true(partial(was_told, carrier, 400))
    assert number_in(carrier.customer_texts(phone(406), carrier.number, "CET236").texts[0]) == first + 6
