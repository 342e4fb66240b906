"""The files lose their rights while web and clock run and begin, and get them back: nothing is restarted."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.acceptance.installation import (
    SECONDS_TO_START,
    Browser,
    Installation,
    comes_true,
)
from tests.fake_carrier import FakeCarrier
from tests.world import phone

pytestmark = pytest.mark.acceptance

# From <linux/prctl.h> and <linux/capability.h>: what lets root write whatever the rights say.
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def as_any_user() -> None:
    """In the new process, before its program begins: rights count for root too."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture
def shop(tmp_path: Path, new_shop: Path, carrier: FakeCarrier) -> Iterator[Installation]:
    port = int(carrier.app_url.rpartition(":")[2])
    installation = Installation(tmp_path / "shop", carrier, port, before_start=as_any_user)
    installation.set_up_like(new_shop)
    with installation.running():
        yield installation


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    rights = {
        one: one.stat().st_mode
        for one in [*folder.iterdir(), folder]
        if "sqlite3" in one.name or one == folder
    }
    for one in rights:
        one.chmod(0o555 if one.is_dir() else 0o444)
    try:
        yield
    finally:
        for one, mode in rights.items():
            one.chmod(mode)


def checks(shop: Installation) -> dict[str, str]:
    body = requests.get(f"{shop.url}/readyz", timeout=30).json()
    return {name: check["status"] for name, check in body["checks"].items()}


def answers(shop: Installation) -> bool:
    try:
        return requests.get(f"{shop.url}/healthz", timeout=10).ok
    except requests.RequestException:
        return False


def test_all_goes_on_without_a_restart_once_the_rights_are_back(
    shop: Installation, carrier: FakeCarrier
) -> None:
    carrier.customer_texts(phone(0), carrier.number, "CET236")
    with without_rights(shop.folder / "data"):
        web = shop.processes.pop("web")
        web.terminate()
        web.wait(timeout=20)
        shop.start("web")  # its first look at the file is while nothing may be written
        assert comes_true(lambda: answers(shop), SECONDS_TO_START)
        carrier.customer_texts(phone(1), carrier.number, "CET236")
        assert "text that again in a minute" in carrier.texts_to(phone(1))[-1]
        assert checks(shop)["writing"] == "failing"
    assert comes_true(lambda: set(checks(shop).values()) == {"ok"}), shop.logs()
    carrier.customer_texts(phone(1), carrier.number, "CET236")
    assert "number 2" in carrier.texts_to(phone(1))[-1]
    rosa = Browser(shop).sign_in("Rosa")
    rosa.open("/control/CET236")
    rosa.press("Call next")
    assert comes_true(lambda: any("It's your turn" in text for text in carrier.texts_to(phone(0))))
