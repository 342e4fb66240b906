"""Runs the fake carrier's delayed actions. Knows nothing of texts."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Each step: the delay after the one before, and the action.
Plan = list[tuple[float, Callable[[], Any]]]


class Timetable:
    """Runs the steps of each plan in order when they are due, and different plans concurrently."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Plan]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._open_plans = 0
        self._running = False
        self._workers: ThreadPoolExecutor | None = None

    def start(self) -> None:
        self._running = True
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="fake carrier reports")
        threading.Thread(target=self._run, name="fake carrier timetable", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._running = False
            self._changed.notify_all()
        if self._workers:
            self._workers.shutdown(wait=False, cancel_futures=True)

    def add(self, plan: Plan) -> None:
        if plan:
            with self._changed:
                self._open_plans += 1
            self._await(plan)

    def wait_until_empty(self, timeout: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._open_plans == 0, timeout):
                raise TimeoutError(f"{self._open_plans} texts still have steps or reports to come")

    def _await(self, plan: Plan) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + plan[0][0], next(self._order), plan))
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._running:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                plan = heapq.heappop(self._due)[2]
                assert self._workers is not None
                self._workers.submit(self._step, plan)

    def _step(self, plan: Plan) -> None:
        try:
            plan[0][1]()
        finally:
            if plan[1:]:
                self._await(plan[1:])
            else:
                with self._changed:
                    self._open_plans -= 1
                    self._changed.notify_all()
