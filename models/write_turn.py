"""A fair turn to write, among the greenlets or threads of one process and among processes.

SQLite's own busy handler is correct but starves: one caller can wait for seconds while another commits
a thousand times. Here a process that wants the turn holds the first byte of a lock file (the turnstile)
until it has the second (the turn), so whoever just wrote queues up behind it.
"""

import fcntl
import os
import threading
import time
from types import TracebackType
from typing import Self

TURNSTILE, TURN = 0, 1
PAUSE_SECONDS = 0.0005


class TurnTimeout(TimeoutError):
    """The turn to write did not come within the time allowed."""


class WriteTurn:
    def __init__(self, path: str, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._process: int | None = None

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self.seconds
        if not self._lock.acquire(timeout=self.seconds):
            raise TurnTimeout(f"no turn to write within {self.seconds} s")
        try:
            self._take(TURNSTILE, deadline)
            try:
                self._take(TURN, deadline)
            finally:
                self._give_back(TURNSTILE)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back(TURN)
        self._lock.release()

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, byte: int, deadline: float) -> None:
        # Polling, not a blocking lock: under gevent a blocking call would stop every page of the process.
        while True:
            try:
                fcntl.lockf(self._file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except OSError:
                if time.monotonic() > deadline:
                    raise TurnTimeout(f"no turn to write within {self.seconds} s") from None
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def _give_back(self, byte: int) -> None:
        fcntl.lockf(self._file(), fcntl.LOCK_UN, 1, byte)

    def _file(self) -> int:
        if self._descriptor is None or self._process != os.getpid():
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._process = os.getpid()
        return self._descriptor
