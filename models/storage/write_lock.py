"""A fair write lock among the threads or greenlets of one process and among processes.

SQLite's own busy handler is correct but unfair: one caller can wait for seconds while another commits a
thousand times. Here a process that wants to write locks the first byte of a lock file (the turnstile) until
it has the second (the write lock), so that a process which has just written queues up behind it.

A process of greenlets stands still at first while it waits: what other greenlets do could take seconds. Only
while somebody else writes for long do they run, for a moment at a time; the process keeps its place then.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

TURNSTILE, WRITING = 0, 1
PAUSE_SECONDS = 0.0005
# Longer than nearly every transaction, also on a busy machine.
STANDS_STILL_SECONDS = 0.25
OTHERS_RUN_SECONDS = 0.1


class WriteLockTimeout(TimeoutError):
    """The lock was not free within the time allowed."""


class WriteLockRefused(OSError):
    """The lock file can't be opened: its folder is read-only, or it belongs to somebody else."""


class TurnsInProcess:
    """A lock whose turns are in the order of asking.

    An ordinary one lets whoever comes at the right moment go before those who wait, under gevent for seconds.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout: float) -> bool:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            return mine.wait(timeout) or not self._gave_up(mine)
        except BaseException:
            if not self._gave_up(mine):
                self.release()
            raise

    def release(self) -> None:
        """It is handed to whoever has waited longest, and never free in between."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

    def _gave_up(self, mine: threading.Event) -> bool:
        """False if it was handed to us meanwhile, as in a process that was busy when our time was over."""
        with self._guard:
            if mine.is_set():
                return False
            self._waiting.remove(mine)
            return True


class WriteLock:
    def __init__(self, path: str, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self._lock = TurnsInProcess()
        self._stand_still: Callable[[float], object] | None = None
        self._descriptor: int | None = None
        self._process: int | None = None

    def stand_still_by(self, sleep: Callable[[float], object]) -> None:
        """For a process of greenlets: a sleep of so many seconds in which no other greenlet runs."""
        self._stand_still = sleep

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self.seconds
        if not self._lock.acquire(self.seconds):
            raise self._timeout()
        try:
            self._acquire(deadline)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release(WRITING)
        self._lock.release()

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _acquire(self, deadline: float) -> None:
        self._take(TURNSTILE, deadline)
        try:
            self._take(WRITING, deadline)
        finally:
            self._release(TURNSTILE)

    def _take(self, byte: int, deadline: float) -> None:
        # Polls, as a blocking call could not be given up, and would stop every thread that needs the lock.
        if self._stand_still is None:
            if not self._try(byte, deadline, time.sleep):
                raise self._timeout()
            return
        while not self._try(byte, time.monotonic() + STANDS_STILL_SECONDS, self._stand_still):
            if time.monotonic() > deadline:
                raise self._timeout()
            time.sleep(OTHERS_RUN_SECONDS)

    def _try(self, byte: int, until: float, pause: Callable[[float], object]) -> bool:
        """Whether it was had in this time; it is tried at least once."""
        while True:
            try:
                fcntl.lockf(self._file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except WriteLockRefused:
                raise
            except OSError:
                if time.monotonic() > until:
                    return False
                pause(PAUSE_SECONDS)
            else:
                return True

    def _timeout(self) -> WriteLockTimeout:
        return WriteLockTimeout(f"no turn to write within {self.seconds} s")

    def _release(self, byte: int) -> None:
        fcntl.lockf(self._file(), fcntl.LOCK_UN, 1, byte)

    def _file(self) -> int:
        if self._descriptor is None or self._process != os.getpid():
            self._descriptor, self._process = self._opened(), os.getpid()
        elif os.fstat(self._descriptor).st_nlink == 0:  # deleted: others would lock another file than we
            self.close()
            self._descriptor = self._opened()
        return self._descriptor

    def _opened(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WriteLockRefused(error.errno, f"the lock file can't be opened: {error.strerror}") from error
