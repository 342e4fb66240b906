"""A job that hangs is logged and its clock restarts; one that is only slow continues."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from config import process_lifetime
from jobs.row_by_row import RowByRow
from jobs.watchdog import Watch, progressed
from tests.guard import ends_with_us
from tests.jobs.scripted import soon
from tests.migrated import migrated_sqlite
from tests.world import NOON

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def anew() -> list[str]:
    """One entry for each restart of the clock."""
    return []


@pytest.fixture
def watch(anew: list[str]) -> Watch:
    return Watch(restart=lambda: anew.append("anew"))


def test_a_job_that_hangs_is_named_with_where_it_hangs(
    watch: Watch, anew: list[str], written: StringIO
) -> None:
    with watch.over("letters", bound=5):
        watch.look(4)
        assert anew == []
        watch.look(2)
    assert anew == ["anew"]
    assert "critical hangs, so this clock begins anew job=letters seconds=6" in written.getvalue()
    assert "test_watchdog.py" in written.getvalue()


def test_a_job_that_gets_on_may_take_as_long_as_it_likes(watch: Watch, anew: list[str]) -> None:
    with watch.over("letters", bound=5):
        for _ in range(10):
            watch.look(4)
            progressed()
    assert anew == []


def test_each_row_is_a_sign_of_life(watch: Watch, anew: list[str]) -> None:
    with watch.over("no-shows", bound=5):
        RowByRow("no-shows").each(range(10), lambda row: watch.look(4), NOON)
    assert anew == []


def test_what_has_ended_is_not_watched_any_more(watch: Watch, anew: list[str]) -> None:
    with watch.over("letters", bound=5):
        pass
    watch.look(6)
    assert anew == []


def test_a_loop_is_watched_by_what_changes_in_it(watch: Watch, anew: list[str]) -> None:
    looked_at = [0.0]
    watch.follow("sending", lambda: looked_at[0], bound=5)
    for _ in range(3):
        watch.look(4)
        looked_at[0] += 1
    watch.look(1)
    assert anew == []
    watch.look(6)
    assert anew == ["anew"]


def test_the_clock_begins_anew_even_if_the_log_hangs(
    watch: Watch, anew: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.watchdog.LOG_SECONDS", 0.05)
    monkeypatch.setattr("jobs.watchdog._log_hang", lambda run: time.sleep(2))
    with watch.over("letters", bound=5):
        watch.look(6)
    assert anew == ["anew"]


HANGS_ONCE = """
import sys, time
from pathlib import Path
import jobs.__main__ as clock
from jobs import schedule
from jobs.queues.alerts import NearlyUp

def hang_once(self, now):
    if not Path(sys.argv[1]).exists():
        Path(sys.argv[1]).touch()
        time.sleep(600)

NearlyUp.run = hang_once
schedule.BOUNDS["nearly up"] = 1.0
clock.main()
"""


def test_a_clock_with_a_job_that_hangs_goes_on_as_the_same_process_and_ends_in_order(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "9"}
    migrated_sqlite(tmp_path / "take-a-number.sqlite3", tmp_path_factory)
    log = tmp_path / "log"
    with log.open("w") as lines:
        clock = subprocess.Popen(
            [sys.executable, "-c", HANGS_ONCE, str(tmp_path / "hung")],
            cwd=ROOT,
            env=environment,
            stderr=lines,
        )
    ends_with_us(clock)
    try:
        assert soon(lambda: log.read_text().count("clock started") == 2, seconds=120), log.read_text()
        assert "job='nearly up'" in log.read_text()
        assert clock.poll() is None
        clock.send_signal(signal.SIGTERM)
        assert clock.wait(timeout=120) == 0
        assert "clock stopped" in log.read_text()
    finally:
        clock.kill()
        clock.wait()


@pytest.mark.parametrize(
    "address", [lambda folder: f"{folder}/notify", lambda folder: f"@test-{os.getpid()}"]
)
def test_systemd_is_told_that_the_clock_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: Callable[[Path], str]
) -> None:
    named = address(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(named.replace("@", "\0"))
        systemd.settimeout(5)
        monkeypatch.setenv(process_lifetime.SYSTEMD, named)
        process_lifetime.notify_systemd()
        assert systemd.recv(100) == b"WATCHDOG=1"


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(process_lifetime.SYSTEMD, raising=False)
    process_lifetime.notify_systemd()
    monkeypatch.setenv(process_lifetime.SYSTEMD, "/nobody/listens")
    process_lifetime.notify_systemd()
