"""Wakes the watcher of the open pages after each commit of this process."""

import math
import threading
import time

SECONDS_BETWEEN = 0.02  # between two wakes, about as often as the watcher polls
ANSWER_FIRST_SECONDS = 0.001  # the request that committed is answered before the pages are told


class CommitBell:
    """For one listener. Where commits follow each other closely, it wakes once in SECONDS_BETWEEN."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._woke_at = -math.inf
        self.ring = self._rung.set

    def wait(self, seconds: float) -> None:
        """Wait until it rings, at most so long."""
        if not self._rung.wait(seconds):
            return
        time.sleep(max(ANSWER_FIRST_SECONDS, self._woke_at + SECONDS_BETWEEN - time.monotonic()))
        self._woke_at = time.monotonic()
        self._rung.clear()
