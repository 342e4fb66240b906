"""The wall clock of a running clock process is put back or ahead: within seconds everything goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.wall_clock import Every, WallClock
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from models.storage.heartbeats import Clock
from tests.guard import ends_with_us
from tests.jobs.scripted import soon
from tests.jobs.test_clock import ROOT, environment, pretend_texts
from tests.world import (
    CAI,
    NOON,
    call_next,
    join,
    line,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    phone,
)

__all__ = ["environment"]
SHIFTED = ROOT / "tests" / "shifted_clock"
# Seconds, of which a busy machine may need most. Who waits for the old time needs ten minutes or more.
WITHIN = 60
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Host:
    """A clock process on a host whose wall clock the test sets."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self._file = folder / "off by"
        self.set_clock(timedelta(0))
        paths = os.pathsep.join([str(SHIFTED), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT,
            env=environ | {"CLOCK_IS_OFF_BY": str(self._file), "PYTHONPATH": paths},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends_with_us(self.process)

    def set_clock(self, off_by: timedelta) -> None:
        self._off_by = off_by
        new = self._file.with_suffix(".new")
        new.write_text(str(off_by.total_seconds()))
        new.replace(self._file)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self._off_by

    def is_seen(self) -> bool:
        """Whether the last heartbeat is of its present time."""
        with reading() as session:
            return any(abs(clock.seen_at - self.now) < minutes(1) for clock in session.scalars(select(Clock)))


@pytest.fixture
def host(environment: dict[str, str], tmp_path: Path) -> Iterator[Host]:
    host = Host(environment, tmp_path)
    yield host
    host.process.kill()
    host.process.wait()


def is_texted(queue: Queue, servicer: Servicer, host: Host, who: str) -> bool:
    """Somebody joins, is called by the host's time, and gets the turn text."""
    join(queue, who, host.now)
    call_next(queue, servicer, host.now)
    return soon(lambda: any(text.phone == who for text in pretend_texts()), seconds=WITHIN)


def test_turn_texts_leave_within_seconds_each_time_the_clock_was_put(host: Host) -> None:
    business = make_business(created_at=datetime.now(UTC) - 30 * DAY)
    queue, rosa = make_queue(business), make_servicer(business)
    assert soon(host.is_seen, seconds=120)
    assert is_texted(queue, rosa, host, phone(0))
    join(queue, CAI, host.now)
    off_by = timedelta(0)
    for index, jump in enumerate((-10 * minutes(1), -HOUR, 20 * DAY), 1):
        off_by += jump
        host.set_clock(off_by)
        assert soon(host.is_seen, seconds=WITHIN), f"{jump}: the jobs go on"
        other = make_queue(business, f"OTHER{index}"), make_servicer(business, f"Luis{index}")
        assert is_texted(*other, host, phone(index)), jump
        assert soon(lambda: 2 in line(queue)), f"{jump}: nobody lost the place"


def test_missed_runs_are_not_walked_through() -> None:
    every = Every(1)
    assert every.get_next_fire_time(NOON, NOON + 132 * DAY) == NOON + 132 * DAY + timedelta(seconds=1)


def test_a_jump_is_told_from_what_network_time_corrects() -> None:
    times = {"wall": 1000.0, "monotonic": 5.0}
    clock = WallClock(wall=lambda: times["wall"], monotonic=lambda: times["monotonic"])
    jumps = []
    for wall in (1000.6, 1001.0, 4601.5, 4602.0, 1002.5):
        times = {"wall": wall, "monotonic": times["monotonic"] + 0.5}
        jumps.append(round(clock.jumped()))
    assert jumps == [0, 0, 3600, 0, -3600]
