"""A fair write lock among the threads or greenlets of one process and among processes.

SQLite's own busy handler is correct but unfair: one caller can wait for seconds while another commits a
thousand times. Here a process that wants to write locks the first byte of a lock file (the turnstile) until
it has the second (the write lock), so that a process which has just written queues up behind it.
"""

import fcntl
import os
import threading
import time
from types import TracebackType
from typing import Self

TURNSTILE, WRITING = 0, 1
PAUSE_SECONDS = 0.0005


class WriteLockTimeout(TimeoutError):
    """The lock was not free within the time allowed."""


class WriteLockRefused(OSError):
    """The lock file can't be opened: its folder is read-only, or it belongs to somebody else."""


class WriteLock:
    def __init__(self, path: str, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._process: int | None = None

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self.seconds
        if not self._lock.acquire(timeout=self.seconds):
            raise WriteLockTimeout(f"no turn to write within {self.seconds} s")
        try:
            self._acquire(TURNSTILE, deadline)
            try:
                self._acquire(WRITING, deadline)
            finally:
                self._release(TURNSTILE)
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

    def _acquire(self, byte: int, deadline: float) -> None:
        # Polls, as a blocking call would stop every greenlet of the process.
        while True:
            try:
                fcntl.lockf(self._file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except WriteLockRefused:
                raise
            except OSError:
                if time.monotonic() > deadline:
                    raise WriteLockTimeout(f"no turn to write within {self.seconds} s") from None
                time.sleep(PAUSE_SECONDS)
            else:
                return

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
