"""The write lock on SQLite: fair among processes and threads, never lost, and never waited for endlessly."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.storage.write_lock import TURNSTILE, WriteLock, WriteLockTimeout
from tests.guard import ends_with_us

ROOT = Path(__file__).parents[3]

# Acquires the lock again and again without a pause, and counts how often in a file.
GREEDY = """
import os, sys, time
from models.storage.write_lock import WriteLock
turn, count = WriteLock(sys.argv[1], 10), 0
file = os.open(sys.argv[1] + ".count", os.O_WRONLY | os.O_CREAT)
while True:
    with turn:
        count += 1
        os.pwrite(file, b"%08d" % count, 0)
        time.sleep(0.002)
"""
HOLDING = """
import sys, time
from models.storage.write_lock import WriteLock
with WriteLock(sys.argv[1], 10):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "test.turn")


@pytest.fixture
def greedy(path: str) -> Iterator[Path]:
    """Another process that always wants the lock; the file in which it counts how often it had it."""
    process = subprocess.Popen([sys.executable, "-c", GREEDY, path], cwd=ROOT)
    ends_with_us(process)
    count = Path(f"{path}.count")
    deadline = time.monotonic() + 20
    while not (count.exists() and count.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    yield count
    process.kill()
    process.wait()


class Queueing(WriteLock):
    """Records how often the other process had the lock when we began to wait."""

    def __init__(self, path: str, count: Path) -> None:
        super().__init__(path, 10)
        self.count = count
        self.when_queued = 0

    def _acquire(self, byte: int, deadline: float) -> None:
        super()._acquire(byte, deadline)
        if byte == TURNSTILE:
            self.when_queued = turns(self.count)


def turns(count: Path) -> int:
    return int(count.read_text())


def test_a_greedy_process_has_one_more_turn_at_most_once_somebody_waits(path: str, greedy: Path) -> None:
    turn = Queueing(path, greedy)
    passed_over = []
    for _ in range(25):
        with turn:
            passed_over.append(turns(greedy) - turn.when_queued)
        time.sleep(0.005)
    assert max(passed_over) <= 1
    assert turns(greedy) > 25  # it was greedy indeed
    turn.close()


def test_a_process_that_is_killed_gives_its_turn_back(path: str) -> None:
    command = [sys.executable, "-c", HOLDING, path]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(WriteLockTimeout), WriteLock(path, 0.1):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with WriteLock(path, 5):
        pass


def test_threads_of_one_process_have_the_turn_one_at_a_time(path: str) -> None:
    turn = WriteLock(path, 10)
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with turn:
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)
    turn.close()


def test_a_turn_that_ends_in_an_error_is_given_back(path: str) -> None:
    turn = WriteLock(path, 0.2)
    with pytest.raises(ZeroDivisionError), turn:
        _ = 1 / 0
    with turn:
        pass
    turn.close()
