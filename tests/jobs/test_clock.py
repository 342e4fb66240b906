"""The clock as a process: it sends what is in the outbox, records heartbeats, and ends when told to."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from jobs import clock_id
from jobs.queues.no_shows import NoShows
from jobs.schedule import LOOP_STUCK_SECONDS, guarded, heartbeat, schedule_of
from jobs.watchdog import Watch
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, connect, reading
from models.storage.doorbell import FILE
from models.storage.heartbeats import Clock, last_seen
from models.texts.pretend_phones import PretendText
from tests.conftest import TEST_KEYS
from tests.guard import ends_with_us
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.migrated import migrated_sqlite
from tests.one_database import on_sqlite
from tests.world import ANA, BEN, NOON, call_next, join, make_business, make_queue, make_servicer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An installation with pretend phones in a folder of its own; this process is connected to it."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "9"}
    settings = Settings.from_environment(environment)
    migrated_sqlite(tmp_path / "take-a-number.sqlite3", tmp_path_factory)
    database = connect(settings.database_url)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))
    yield environment
    database.close()
    use_keys(TEST_KEYS)


@pytest.fixture
def clock(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ends_with_us(process)
    yield process
    process.kill()
    process.wait()


def pretend_texts() -> list[PretendText]:
    with reading() as session:
        return list(session.scalars(select(PretendText)))


def is_alive() -> bool:
    with reading() as session:
        return last_seen(session) is not None


def is_heard(doorbell: Path) -> bool:
    """Whether somebody takes what was sent to this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringing:
        ringing.connect(str(doorbell))
        ringing.send(b"")

        def is_taken() -> bool:
            unread = fcntl.ioctl(ringing, termios.TIOCOUTQ, bytes(4))
            return int.from_bytes(unread, sys.byteorder) == 0

        return soon(is_taken, seconds=60)


def test_the_process_sends_texts_and_ends_in_order(clock: "subprocess.Popen[str]", tmp_path: Path) -> None:
    business = make_business()
    queue, rosa = make_queue(business), make_servicer(business)
    assert soon(is_alive, seconds=60)
    now = datetime.now(UTC)  # a ticket of an earlier day would be ended by the clock
    join(queue, ANA, now), join(queue, BEN, now)
    call_next(queue, make_servicer(business, "Luis"), now)
    assert soon(pretend_texts, seconds=60)  # every job has its first run, and what it needs is loaded
    call_next(queue, rosa, now)
    assert soon(lambda: len(pretend_texts()) == 2, seconds=60)
    (shown,) = (text for text in pretend_texts() if text.phone == ANA)
    assert not shown.from_phone
    assert shown.body.startswith("It's your turn")
    assert soon(lambda: all(text.accepted_at for text in texts()))
    assert is_heard(tmp_path / FILE)
    clock.send_signal(signal.SIGTERM)
    output, _ = clock.communicate(timeout=120)
    assert clock.returncode == 0
    line, _of_ben = [line for line in output.splitlines() if "kind=your_turn" in line]
    assert "outcome=accepted" in line
    assert "ticket=1" in line
    assert ANA not in output
    assert "to=…01" in line


def test_a_wrong_setting_ends_the_clock_with_one_line(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "TEXTS_PER_SECOND": "many"}
    ended = subprocess.run(
        [sys.executable, "-m", "jobs"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("TEXTS_PER_SECOND")
    assert ended.stderr.count("\n") == 1


def test_a_job_that_fails_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    calls = []

    def fail(now: object) -> None:
        calls.append(now)
        raise ZeroDivisionError

    job = guarded("test", fail, Watch())
    job()
    job()
    assert len(calls) == 2


def test_a_text_of_the_clocks_names_the_run_that_caused_it(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    day = Day()
    send_all(sender_with(ScriptedCarrier(), day), day)
    guarded("no-shows", lambda now: NoShows().run(NOON + timedelta(minutes=3)), Watch())()
    turn, reminder = texts()
    assert turn.request_id is None
    assert re.fullmatch(r"no-shows-[0-9a-f]{12}", reminder.request_id or "")


def test_a_clock_whose_sending_loop_is_stuck_is_not_alive(db: Database) -> None:
    sender = sender_with(ScriptedCarrier(), Day())
    beat = heartbeat(sender)
    beat(NOON)
    sender.looked_at -= LOOP_STUCK_SECONDS + 1
    beat(NOON + timedelta(minutes=1))
    with reading() as session:
        assert last_seen(session) == NOON


@on_sqlite
def test_heartbeats_are_committed_as_no_news(db: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    unnoticed: list[object] = []
    schedule = schedule_of(
        *(sender_with(ScriptedCarrier(), Day()), ScriptedCarrier(), settings, Watch()),
        commit_unnoticed=unnoticed.append,
    )
    schedule.start(paused=True)
    try:
        schedule.get_job("heartbeat").func()
    finally:
        schedule.shutdown(wait=False)
    assert len(unnoticed) == 1


@on_sqlite
def test_no_job_is_dropped_for_being_late_or_run_twice_at_once(db: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    schedule = schedule_of(sender_with(ScriptedCarrier(), Day()), ScriptedCarrier(), settings, Watch())
    schedule.start(paused=True)
    try:
        jobs = schedule.get_jobs()
        assert len(jobs) == 24
        assert {(job.coalesce, job.misfire_grace_time, job.max_instances) for job in jobs} == {
            (True, None, 1)
        }
    finally:
        schedule.shutdown(wait=False)


def test_clocks_on_machines_of_one_name_are_told_apart(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made from one image, they may have the same name, and their clocks the same process id."""
    monkeypatch.setattr(clock_id.socket, "gethostname", lambda: "a-name-of-the-most-letters" * 4)
    for machine in ("first", "second"):
        monkeypatch.setattr(clock_id, "_OWN_PART", machine)
        heartbeat(sender_with(ScriptedCarrier(), Day()))(NOON)
    with reading() as session:
        names = session.scalars(select(Clock.name)).all()
    assert len(names) == 2
    assert max(map(len, names)) <= 80
