"""Starts what tests start, and stays. Not collected: test_killed_runs.py runs it, and ends it midway."""

import os
import socket
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.acceptance.installation import SECONDS_TO_START, Installation, comes_true, free_port
from tests.fake_carrier import FakeCarrier
from tests.postgres import fresh_postgres


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_stays(tmp_path: Path, chromium: Browser) -> None:
    started = Path(os.environ["STARTED"])
    if started.exists():  # this worker took the place of one that was killed
        return
    chromium.new_page()
    with fresh_postgres() as url, FakeCarrier() as carrier:
        environ = {"DATABASE_URL": url, "SECRET_KEY": "kept for the tests only"}
        shop = Installation(tmp_path / "shop", carrier, free_port(), **environ)
        shop.start("web")
        assert comes_true(lambda: listens(shop.port), SECONDS_TO_START), shop.logs()
        started.touch()
        time.sleep(600)
