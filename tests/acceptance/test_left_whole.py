"""After a clean end the file of SQLite alone is the shop: with the real web, clock and commands."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.acceptance.installation import Installation
from tests.fake_carrier import FakeCarrier
from tests.world import phone

pytestmark = pytest.mark.acceptance


@pytest.fixture
def shop(tmp_path: Path, new_shop: Path, carrier: FakeCarrier) -> Installation:
    port = int(carrier.app_url.rpartition(":")[2])
    installation = Installation(tmp_path / "shop", carrier, port)
    installation.set_up_like(new_shop)
    return installation


def numbers_in_a_copy(shop: Installation, tmp_path: Path) -> list[int]:
    (file,) = (shop.folder / "data").glob("*.sqlite3")
    copy = tmp_path / f"{time.monotonic_ns()}.sqlite3"
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy)) as taken:
        return [number for (number,) in taken.execute("SELECT number FROM tickets ORDER BY number")]


def test_a_copy_of_the_file_after_a_clean_end_is_the_shop(
    shop: Installation, carrier: FakeCarrier, tmp_path: Path
) -> None:
    with shop.running():
        somebody_looks_on = requests.get(f"{shop.url}/events/CET236", stream=True, timeout=10)
        for index in range(3):
            carrier.customer_texts(phone(index), carrier.number, "CET236")
    somebody_looks_on.close()
    assert numbers_in_a_copy(shop, tmp_path) == [1, 2, 3]


def test_whichever_of_web_and_clock_ends_last_leaves_the_file_whole(
    shop: Installation, carrier: FakeCarrier, tmp_path: Path
) -> None:
    with shop.running():
        carrier.customer_texts(phone(0), carrier.number, "CET236")
        clock = shop.processes.pop("clock")
        clock.terminate()
        clock.wait(timeout=20)
        assert numbers_in_a_copy(shop, tmp_path) == [1], "the clock has just made it whole"
        carrier.customer_texts(phone(1), carrier.number, "CET236")
    assert numbers_in_a_copy(shop, tmp_path) == [1, 2]


def test_after_a_kill_the_next_clean_end_makes_it_whole(
    shop: Installation, carrier: FakeCarrier, tmp_path: Path
) -> None:
    with shop.running():
        carrier.customer_texts(phone(0), carrier.number, "CET236")
        shop.kill("web"), shop.kill("clock")
    shop.command("queue", "add", "SHAVES", "--name", "Shaves")
    assert numbers_in_a_copy(shop, tmp_path) == [1]
