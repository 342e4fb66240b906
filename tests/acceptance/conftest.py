"""A shop that has just been set up, for tests to copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import PUBLIC_URL, Installation, free_port
from tests.fake_carrier import FakeCarrier
from tests.once import made_once

STAFF = ("Rosa", "Luis", "Eva", "Tom", "Ida", "Max")


@pytest.fixture(scope="session")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return set_up_once(tmp_path_factory)


@pytest.fixture
def carrier() -> Iterator[FakeCarrier]:
    """It posts customers' texts to a port where nobody listens yet."""
    with FakeCarrier(public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{free_port()}") as carrier:
        yield carrier


def set_up_once(folders: pytest.TempPathFactory) -> Path:
    """The data of a shop on SQLite with the queue CET236 and STAFF, where nothing has happened yet."""

    def make(folder: Path) -> None:
        with FakeCarrier() as carrier:
            Installation(folder, carrier, free_port()).set_up(*STAFF)

    return made_once("new-shop", folders, make) / "data"
