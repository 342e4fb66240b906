"""Watches what this clock does: what hangs for too long is named in the log, and the clock begins anew.

The process takes its own place by exec, so that it goes on under any supervisor, or none. Nothing is lost or
doubled by that, as by a kill: all that counts is in the database. Asks no database, which may be what hangs.
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

import lifeline

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 1.0
SECONDS_TO_SAY_IT = 3.0
# No single step takes so long: the statements, locks and calls of one are bounded, with all their attempts.
USUAL_BOUND_SECONDS = 300.0
FRAMES_SHOWN = 8


@dataclass(eq=False)
class _Run:
    """Something under way, and the signs of life it gives."""

    name: str
    bound: float
    pulse: Callable[[], object]
    """Whatever changes while all is well."""
    thread: int | None = None
    last: object = None
    quiet: float = 0.0
    """Seconds in which this process ran, but this did not get on."""


@dataclass(eq=False)
class _Steps:
    count: int = 0


_this_run: ContextVar[_Steps | None] = ContextVar("this_run", default=None)


def got_on() -> None:
    """A sweep says that a step of it is done: its bound counts from here again."""
    steps = _this_run.get()
    if steps is not None:
        steps.count += 1


def begin_anew() -> None:
    """The same process, from its start: threads, connections and locks are gone."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


@dataclass(eq=False)
class Watch:
    begin_anew: Callable[[], None] = begin_anew
    _runs: set[_Run] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        threading.Thread(target=self._look_for_ever, name="watch", daemon=True).start()

    def follow(self, name: str, pulse: Callable[[], object], *, bound: float = USUAL_BOUND_SECONDS) -> None:
        """For good; `pulse` gives something else from time to time while all is well."""
        with self._lock:
            self._runs.add(_Run(name, bound, pulse, last=pulse()))

    @contextmanager
    def over(self, name: str, *, bound: float = USUAL_BOUND_SECONDS) -> Iterator[None]:
        """For this block, in this thread; inside it `got_on` is a sign of life."""
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
        """So many seconds have passed since the last look."""
        with self._lock:
            runs = list(self._runs)
        for run in runs:
            pulse = run.pulse()
            run.quiet = run.quiet + seconds if pulse == run.last else 0.0
            run.last = pulse
            if run.quiet > run.bound:
                return self._end(run)

    def _look_for_ever(self) -> None:
        looked_at = time.monotonic()
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            now = time.monotonic()
            # A process that stood still itself, stopped or starved, is not hung: all in it stood still.
            self.look(min(now - looked_at, 2 * LOOK_EVERY_SECONDS))
            looked_at = now
            lifeline.tell_systemd()

    def _end(self, run: _Run) -> None:
        # From a thread of its own, since writing to the log may be the very thing that hangs.
        saying = threading.Thread(target=_say, args=(run,), daemon=True)
        saying.start()
        saying.join(SECONDS_TO_SAY_IT)
        self.begin_anew()


def _say(run: _Run) -> None:
    where = _where(run.thread)
    log.critical("hangs, so this clock begins anew", sweep=run.name, seconds=round(run.quiet), where=where)


def _where(thread: int | None) -> str:
    frame = sys._current_frames().get(thread) if thread is not None else None
    if frame is None:
        return ""
    last = traceback.extract_stack(frame)[-FRAMES_SHOWN:]
    return " > ".join(f"{os.path.basename(one.filename)}:{one.lineno} {one.name}" for one in last)
