"""Wakes the watcher of the open pages as soon as this process has committed something."""

import math
import threading
import time

SECONDS_BETWEEN = 0.02  # about as often as it would poll
ANSWERS_FIRST_SECONDS = 0.001  # whoever asked for the commit hears of it before the pages do


class CommitBell:
    """It has one listener, and wakes it now and then only where commits follow one another."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._heard_at = -math.inf
        self.ring = self._rung.set

    def wait(self, seconds: float) -> None:
        """So long, or until it rings."""
        if not self._rung.wait(seconds):
            return
        time.sleep(max(ANSWERS_FIRST_SECONDS, self._heard_at + SECONDS_BETWEEN - time.monotonic()))
        self._heard_at = time.monotonic()
        self._rung.clear()
