"""The write lock on SQLite: fair among processes and threads, never lost, and never waited for endlessly."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.storage import write_lock
from models.storage.write_lock import (
    OTHERS_RUN_SECONDS,
    STANDS_STILL_SECONDS,
    TURNSTILE,
    WRITING,
    TurnsInProcess,
    WriteLock,
    WriteLockTimeout,
)
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

    def _try(self, byte: int, until: float, pause: Callable[[float], object]) -> bool:
        is_ours = super()._try(byte, until, pause)
        if byte == TURNSTILE:
            self.when_queued = turns(self.count)
        return is_ours


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


class Locks:
    """Stands in for the file's locks and for the clock, where another process writes for so many seconds."""

    LOCK_EX, LOCK_NB, LOCK_UN = fcntl.LOCK_EX, fcntl.LOCK_NB, fcntl.LOCK_UN

    def __init__(self, others_write: float, a_round_takes: float) -> None:
        self.others_write = others_write
        self.a_round_takes = a_round_takes
        self.now = 0.0
        self.ours: set[int] = set()
        self.at_each_switch: list[tuple[float, set[int]]] = []
        self.stood_still_with: list[tuple[float, set[int]]] = []

    def lockf(self, _descriptor: int, operation: int, _length: int, byte: int) -> None:
        if operation & self.LOCK_UN:
            self.ours.discard(byte)
        elif byte == WRITING and self.now < self.others_write:
            raise BlockingIOError
        else:
            self.ours.add(byte)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        """Other greenlets run, for as long as they like."""
        self.at_each_switch.append((self.now, set(self.ours)))
        self.now += self.a_round_takes

    def stand_still(self, seconds: float) -> None:
        self.stood_still_with.append((self.now, set(self.ours)))
        self.now += seconds


class TwoOthers(Locks):
    """They write by turns without end. At the beginning of each turn the turnstile is free for a moment."""

    MOMENT = 0.005

    def __init__(self, others_write: float, a_round_takes: float) -> None:
        super().__init__(others_write, a_round_takes)
        self.now = 2 * self.MOMENT
        self.queued_in = -1

    def lockf(self, _descriptor: int, operation: int, _length: int, byte: int) -> None:
        turn, into = divmod(self.now, self.others_write)
        if operation & self.LOCK_UN:
            self.ours.discard(byte)
        elif byte == TURNSTILE and into < self.MOMENT:
            self.queued_in = int(turn)
            self.ours.add(byte)
        elif byte == WRITING and TURNSTILE in self.ours and turn > self.queued_in:
            self.ours.add(byte)
        else:
            raise BlockingIOError


def among_greenlets(path: str, locks: Locks, monkeypatch: pytest.MonkeyPatch) -> WriteLock:
    monkeypatch.setattr(write_lock, "fcntl", locks)
    monkeypatch.setattr(write_lock, "time", locks)
    turn = WriteLock(path, 10)
    turn.stand_still_by(locks.stand_still)
    return turn


def test_other_greenlets_run_while_somebody_else_writes_for_long_and_it_keeps_its_place(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = Locks(others_write=2.0, a_round_takes=0.05)
    with among_greenlets(path, locks, monkeypatch):
        assert locks.ours == {WRITING}
    assert locks.at_each_switch  # the process does not stand still for two seconds
    assert all(ours == {TURNSTILE} and at < locks.others_write for at, ours in locks.at_each_switch)


def test_it_has_its_turn_where_two_others_write_for_long_again_and_again(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gave their place back would find it taken whenever they come again."""
    locks = TwoOthers(others_write=0.4, a_round_takes=OTHERS_RUN_SECONDS)
    with among_greenlets(path, locks, monkeypatch):
        assert locks.now < 3 * locks.others_write
    assert locks.at_each_switch


def test_for_a_short_transaction_of_others_it_keeps_its_place(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = Locks(others_write=STANDS_STILL_SECONDS / 2, a_round_takes=0.5)
    with among_greenlets(path, locks, monkeypatch):
        pass
    assert not locks.at_each_switch
    assert {TURNSTILE} in [ours for _, ours in locks.stood_still_with]


def test_after_other_greenlets_took_all_its_time_it_stands_in_line_once_more(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single look would find whoever writes just then."""
    locks = Locks(others_write=30 + STANDS_STILL_SECONDS / 2, a_round_takes=30 - STANDS_STILL_SECONDS)
    with among_greenlets(path, locks, monkeypatch):
        assert len(locks.at_each_switch) == 1


def test_it_is_refused_when_others_write_all_the_time(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = Locks(others_write=60.0, a_round_takes=0.5)
    with pytest.raises(WriteLockTimeout), among_greenlets(path, locks, monkeypatch):
        pass
    assert not locks.ours
    assert 10 < locks.now < 11


def test_whoever_waited_longest_in_a_process_is_next_though_others_come_at_the_right_moment() -> None:
    turns = TurnsInProcess()
    assert turns.acquire(10)
    first, second = threading.Event(), threading.Event()
    turns._waiting.extend([first, second])
    turns.release()
    assert first.is_set()
    assert not turns.acquire(0)
    turns.release()
    assert second.is_set()
    turns.release()
    assert turns.acquire(0)


def test_whoever_waited_in_a_busy_process_is_not_refused_a_turn_that_is_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time is over before a thread or greenlet gets to run that was handed its turn."""
    turns = TurnsInProcess()
    assert turns.acquire(10)

    class HandedOverLate(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            turns.release()
            return False

    monkeypatch.setattr(write_lock.threading, "Event", HandedOverLate)
    assert turns.acquire(10)


@pytest.mark.parametrize("is_handed_over", [False, True])
def test_whoever_is_interrupted_while_waiting_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, is_handed_over: bool
) -> None:
    turns = TurnsInProcess()
    assert turns.acquire(10)

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if is_handed_over:
                turns.release()
            raise KeyboardInterrupt

    monkeypatch.setattr(write_lock.threading, "Event", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        turns.acquire(10)
    if not is_handed_over:
        turns.release()
    assert turns.acquire(0)
