"""Makes a few calls to the carrier at once, each in a thread, so that a hanging call blocks no other."""

import threading
from collections.abc import Callable, Hashable, Iterable
from contextvars import copy_context
from functools import partial
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Hashable)


class ConcurrentCalls:
    """Never two calls for the same row; a failure is logged and the others continue."""

    def __init__(self, job: str, most: int) -> None:
        self._job = job
        self._slots = threading.BoundedSemaphore(most)
        self._under_way: set[Hashable] = set()
        self._lock = threading.Lock()

    def each(self, rows: Iterable[Row], work: Callable[[Row], object], *, wait_seconds: float) -> None:
        """Call `work(row)` for as many rows as there are free slots, and wait a little for them to end."""
        threads = []
        for row in rows:
            if not self._begin(row):
                continue
            do = partial(copy_context().run, self._do, row, work)  # so that log lines have the job's id
            thread = threading.Thread(target=do, name=self._job, daemon=True)
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join(wait_seconds)

    def _begin(self, row: Hashable) -> bool:
        with self._lock:
            if row in self._under_way or not self._slots.acquire(blocking=False):
                return False
            self._under_way.add(row)
            return True

    def _do(self, row: Row, work: Callable[[Row], object]) -> None:
        try:
            work(row)
        except Exception:
            log.exception("row failed", job=self._job, row=str(row))
        finally:
            with self._lock:
                self._under_way.discard(row)
            self._slots.release()
