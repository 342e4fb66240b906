"""The watchdog of this clock process: if a job hangs for too long it is logged, and the clock restarts.

The process replaces itself by exec, so that it works under any supervisor, or none. As after a kill, nothing
is lost or done twice: all state is in the database. Uses no database itself, as that may be what hangs.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog

from config import process_lifetime

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
LOG_SECONDS = 3.0
# No single step takes that long: its statements, locks and calls are bounded, including retries.
USUAL_BOUND_SECONDS = 300.0
FRAMES_SHOWN = 8


@dataclass(eq=False)
class _Run:
    """Something that runs, and how to see its progress."""

    name: str
    bound: float
    pulse: Callable[[], object]
    """Returns a value that changes while it makes progress."""
    thread: int | None = None
    last: object = None
    quiet: float = 0.0
    """Seconds in which the process ran, but this made no progress."""


@dataclass(eq=False)
class _Steps:
    count: int = 0


_this_run: ContextVar[_Steps | None] = ContextVar("this_run", default=None)


def progressed() -> None:
    """Report that the current job has finished a step, which resets its time limit."""
    steps = _this_run.get()
    if steps is not None:
        steps.count += 1


def restart() -> None:
    """Restart the same process by exec: threads, connections and locks are gone."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


@dataclass(eq=False)
class Watch:
    restart: Callable[[], None] = restart
    _runs: set[_Run] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        threading.Thread(target=self._run_loop, name="watch", daemon=True).start()

    def follow(self, name: str, pulse: Callable[[], object], *, bound: float = USUAL_BOUND_SECONDS) -> None:
        """Watch it from now on; `pulse` returns a changing value while it makes progress."""
        with self._lock:
            self._runs.add(_Run(name, bound, pulse, last=pulse()))

    @contextmanager
    def over(self, name: str, *, bound: float = USUAL_BOUND_SECONDS) -> Iterator[None]:
        """Watch this block in this thread; inside it, `progressed` reports progress."""
        steps = _Steps()
        run = _Run(name, bound, lambda: steps.count, threading.get_ident(), last=0)
        with self._lock:
            self._runs.add(run)
        before = _this_run.set(steps)
        try:
            yield
        finally:
            _this_run.reset(before)
            with self._lock:
                self._runs.discard(run)

    def look(self, seconds: float) -> None:
        """Check all runs; `seconds` have passed since the last check."""
        with self._lock:
            runs = list(self._runs)
        for run in runs:
            pulse = run.pulse()
            run.quiet = run.quiet + seconds if pulse == run.last else 0.0
            run.last = pulse
            if run.quiet > run.bound:
                return self._end(run)

    def _run_loop(self) -> None:
        looked_at = time.monotonic()
        while True:
            time.sleep(POLL_SECONDS)
            now = time.monotonic()
            # If the whole process was stopped or starved, no job in it has hung: count only a short time.
            self.look(min(now - looked_at, 2 * POLL_SECONDS))
            looked_at = now
            process_lifetime.notify_systemd()

    def _end(self, run: _Run) -> None:
        # In a thread of its own, since writing to the log may be what hangs.
        logging_thread = threading.Thread(target=_log_hang, args=(run,), daemon=True)
        logging_thread.start()
        logging_thread.join(LOG_SECONDS)
        self.restart()


def _log_hang(run: _Run) -> None:
    where = _where(run.thread)
    log.critical("hangs, so this clock begins anew", job=run.name, seconds=round(run.quiet), where=where)


def _where(thread: int | None) -> str:
    frame = sys._current_frames().get(thread) if thread is not None else None
    if frame is None:
        return ""
    last = traceback.extract_stack(frame)[-FRAMES_SHOWN:]
    return " > ".join(f"{os.path.basename(one.filename)}:{one.lineno} {one.name}" for one in last)
