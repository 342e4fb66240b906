"""Jobs that rest while nothing is committed: what time alone makes due can wait for some seconds more.

Most of the time nobody is there, and starting every job each second was most of what the clock did then.
The heartbeat is no news to them (`Commits.commit_unnoticed`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    JobEvent,
)
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler

from jobs.wall_clock import Every
from models.storage.commits import Commits

BEAT_SECONDS = 5.0
AGAIN_SECONDS = 5.0
LIVELY_SECONDS = 15.0  # after a commit, in which jobs run every AGAIN_SECONDS: what it began may be due soon
ANYWAY_SECONDS = 15.0  # with nobody there
SLACK_SECONDS = 1.0  # by which two runs may be closer, so that a job with its own interval skips none
LOOK_SECONDS = 0.5


class AfterCommits(Every):
    """A trigger: every `anyway` seconds, and after commits, at most once in `seconds`."""

    def __init__(self, seconds: float, anyway: float = ANYWAY_SECONDS) -> None:
        super().__init__(anyway)
        self.seconds = seconds


class Running:
    """Which jobs are running, as the schedule would skip a second run. Make it before the schedule starts."""

    def __init__(self, schedule: BaseScheduler) -> None:
        self._lock = threading.Lock()
        # By job. Below 0 for a moment if the event of the end comes before that of the start.
        self._runs: Counter[str] = Counter()
        schedule.add_listener(
            self._note, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED
        )

    def __contains__(self, job_id: str) -> bool:
        return self._runs[job_id] > 0

    def _note(self, event: JobEvent) -> None:
        with self._lock:
            self._runs[event.job_id] += 1 if event.code == EVENT_JOB_SUBMITTED else -1


class Waking:
    """Brings forward the next run of each job with the trigger `AfterCommits`; of a running one later."""

    def __init__(
        self, schedule: BaseScheduler, commits: Commits, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs = [job for job in schedule.get_jobs() if isinstance(job.trigger, AfterCommits)]
        self._running = Running(schedule)
        self._commits, self._seen = commits, 0
        self._monotonic = monotonic
        self._asleep = {job.id: 0.0 for job in self._jobs}  # until when
        self._to_wake: list[Job] = []
        self._lively_until = self._again_at = 0.0

    def look(self) -> None:
        now = self._monotonic()
        if (seen := self._commits.seen) != self._seen:
            self._seen, self._lively_until = seen, now + LIVELY_SECONDS
            self._wake_all(now)
        elif self._again_at <= now < self._lively_until:
            self._wake_all(now)
        ready = [job for job in self._to_wake if now >= self._asleep[job.id] and job.id not in self._running]
        self._to_wake = [job for job in self._to_wake if job not in ready]
        for job in ready:
            self._asleep[job.id] = now + job.trigger.seconds
            with suppress(JobLookupError):  # the schedule has ended meanwhile
                job.modify(next_run_time=datetime.now(UTC))

    def _wake_all(self, now: float) -> None:
        self._to_wake, self._again_at = self._jobs, now + AGAIN_SECONDS


def wake_after_commits(schedule: BaseScheduler, commits: Commits) -> None:
    """Call it before the schedule starts. The sending loop asks `commits`; this thread reads its `seen`."""
    waking = Waking(schedule, commits)

    def follow() -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            waking.look()

    threading.Thread(target=follow, name="commits", daemon=True).start()
