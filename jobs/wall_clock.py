"""Jobs are paced by the monotonic clock: when the wall clock is put ahead or back, each begins at once.

The scheduler underneath keeps its next runs by the wall clock. Put back, it would wait as long; put ahead, it
would walk through all that were missed.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
DOUBTED_AHEAD_SECONDS = 7 * 86_400.0
DOUBTED_FOR_SECONDS = 86_400.0
Mend = Callable[[float, datetime], None]  # by how many seconds it was put, and what time it is now
SLEWED_SECONDS = 1.0  # within one look; network time corrects by far less


class Every(BaseTrigger):
    """So many seconds after the last run began; what was missed is not made up one by one."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now if previous is None else now + self._pause


class WallClock:
    """Notices jumps of the wall clock, by comparing it with the monotonic one."""

    def __init__(
        self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._ahead = wall() - monotonic()

    def jumped(self) -> float:
        """By how many seconds it has jumped since the last look; 0.0 if it has not."""
        ahead = self._wall() - self._monotonic()
        jump, self._ahead = ahead - self._ahead, ahead
        return jump if abs(jump) >= SLEWED_SECONDS else 0.0


class Doubt:
    """Whether the wall clock was put ahead by many days: what can't be undone waits a day then."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: float | None = None

    def note(self, seconds: float) -> None:
        """It was put by so much, or so much has passed since anything was known of the time."""
        if abs(seconds) >= DOUBTED_AHEAD_SECONDS:
            self._since = self._monotonic() if seconds > 0 else None

    def __bool__(self) -> bool:
        return self._since is not None and self._monotonic() - self._since < DOUBTED_FOR_SECONDS


def keep_pace(schedule: BaseScheduler, doubt: Doubt, mend: Mend) -> None:
    """From now on: after a jump every job begins at once, and then goes on at its pace."""
    clock = WallClock()
    threading.Thread(
        target=_watch, args=(schedule, clock, doubt, mend), name="wall clock", daemon=True
    ).start()


def _watch(schedule: BaseScheduler, clock: WallClock, doubt: Doubt, mend: Mend) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        if jump := clock.jumped():
            log.warning("the system time jumped", seconds=round(jump), to=f"{datetime.now(UTC):%F %T}")
            doubt.note(jump)
            run_all_now(schedule)
            try:
                mend(jump, datetime.now(UTC))
            except SQLAlchemyError:
                log.exception("what the jump left behind was not repaired")


def run_all_now(schedule: BaseScheduler) -> None:
    for job in schedule.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
