"""While nobody commits anything the jobs rest, and a commit of anybody wakes them."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from jobs.queues.estimates import Estimates
from jobs.queues.promises import Promises
from jobs.resting import ANYWAY_SECONDS, LIVELY_SECONDS, AfterCommits, Waking
from jobs.wall_clock import Every
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.commits import Commits
from models.storage.database import Database
from models.storage.heartbeats import record_heartbeat
from tests.acceptance.installation import comes_true
from tests.one_database import on_sqlite
from tests.world import ANA, BEN, NOON, join

pytestmark = on_sqlite  # a server of Postgres has commits of other tests too
LATER = datetime(2199, 1, 1, tzinfo=UTC)


class Rest:
    """A schedule with one job that rests and one that does not, and hands that a test puts forward."""

    def __init__(self, commits: Commits) -> None:
        self.schedule = BackgroundScheduler(timezone=UTC)
        self.schedule.add_job(print, AfterCommits(2), id="nearly up", next_run_time=LATER)
        self.schedule.add_job(print, Every(60), id="forgetting", next_run_time=LATER)
        self.commits = commits
        self.hands = 100.0
        self.waking = Waking(self.schedule, commits, lambda: self.hands)
        self.schedule.start(paused=True)

    def woken(self, after: float) -> list[str]:
        """Which are brought forward by a look so many seconds later."""
        self.hands += after
        self.commits.any_since()  # as the sending loop asks
        self.waking.look()
        woken = [job for job in self.schedule.get_jobs() if job.next_run_time < LATER]
        for job in woken:
            job.modify(next_run_time=LATER)
        return [job.id for job in woken]


@pytest.fixture
def rest(db: Database, queue: Queue) -> Iterator[Rest]:
    commits = Commits(db)
    made = Rest(commits)
    assert made.woken(after=0) == ["nearly up"]  # whatever was committed before
    yield made
    made.schedule.shutdown()
    commits.close()


def test_without_a_commit_a_job_rests(rest: Rest) -> None:
    rest.woken(after=LIVELY_SECONDS)
    assert [rest.woken(after=1) for _ in range(60)] == [[]] * 60


def test_what_a_commit_began_is_looked_after_for_a_while(rest: Rest, queue: Queue) -> None:
    rest.woken(after=LIVELY_SECONDS)
    join(queue, ANA)
    woken = [bool(rest.woken(after=1)) for _ in range(60)]
    assert [second for second, was in enumerate(woken) if was] == [0, 5, 10]


def test_the_clocks_own_heartbeat_wakes_nothing(rest: Rest, db: Database) -> None:
    rest.woken(after=LIVELY_SECONDS)
    rest.commits.commit_unnoticed(lambda session: record_heartbeat(session, "ours", datetime.now(UTC)))
    assert rest.woken(after=1) == []


def test_a_commit_wakes_those_that_rest_and_no_others(rest: Rest, queue: Queue) -> None:
    rest.woken(after=3)
    join(queue, ANA)
    assert rest.woken(after=0.5) == ["nearly up"]


def test_commits_in_a_row_do_not_wake_it_more_often_than_its_pace(rest: Rest, queue: Queue) -> None:
    rest.woken(after=3)
    join(queue, ANA)
    assert rest.woken(after=0.5) == ["nearly up"]
    join(queue, BEN)
    assert rest.woken(after=0.5) == []
    assert rest.woken(after=2) == ["nearly up"]


def test_one_that_runs_is_woken_once_it_has_ended(db: Database, queue: Queue) -> None:
    """The schedule would skip it, and say so in the log, and it would come some seconds later."""
    let_end = threading.Semaphore(0)
    runs: list[int] = []
    skipped: list[JobExecutionEvent] = []
    schedule, commits = BackgroundScheduler(timezone=UTC), Commits(db)
    schedule.add_job(
        lambda: (runs.append(1), let_end.acquire(timeout=30)), AfterCommits(0.01, anyway=3600), id="nearly up"
    )
    schedule.add_listener(skipped.append, EVENT_JOB_MAX_INSTANCES)
    waking = Waking(schedule, commits)

    def look() -> bool:
        commits.any_since()
        waking.look()
        return True

    schedule.start()
    assert comes_true(lambda: len(runs) == 1)
    join(queue, ANA)
    for _ in range(3):
        assert look()
        time.sleep(0.05)
    assert len(runs) == 1
    let_end.release(2)
    assert comes_true(lambda: look() and len(runs) == 2)
    assert not skipped
    schedule.shutdown()
    commits.close()


def test_what_only_time_makes_due_is_found_within_seconds(business: Business) -> None:
    now = datetime.now(UTC)
    assert AfterCommits(1).get_next_fire_time(now, now) == now + timedelta(seconds=ANYWAY_SECONDS)


@pytest.mark.parametrize(
    ("job", "look", "found"),
    [
        (Promises, "jobs.queues.promises._changed", []),
        (Estimates, "jobs.queues.estimates._count_waiting", 0),
    ],
)
def test_each_run_while_all_rests_is_a_look_also_where_it_comes_a_little_early(
    queue: Queue, job: type[Promises | Estimates], look: str, found: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    Estimates().run(NOON)
    join(queue, ANA)
    looks: list[int] = []
    monkeypatch.setattr(look, lambda _session, queue_id, *_now: looks.append(queue_id) or found)
    running = job()
    for index in range(6):
        running.run(NOON + timedelta(seconds=index * (ANYWAY_SECONDS - 0.2)))
    assert looks == [queue.id] * 6
