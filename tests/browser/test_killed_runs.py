"""However a run of the tests ends, nothing that it started stays: servers, browsers, Postgres."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.acceptance.installation import OURS, ROOT, comes_true
from tests.guard import ends_with_us

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

MARK = "TEST_RUN_THAT_IS_ENDED"
OF_THIS_RUN = ("PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT")
SECONDS_TO_START, SECONDS_TO_END = 120, 60


@dataclass
class Run:
    """One `make test`, in the middle of a test that has started everything there is."""

    make: subprocess.Popen[bytes]
    folder: Path

    @classmethod
    def start(cls, folder: Path) -> "Run":
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in (*OURS, *OF_THIS_RUN)}
        with open(folder / "log", "wb") as log:
            make = subprocess.Popen(
                ["make", "test", "TESTS=tests/browser/started_and_left.py", "WORKERS=1"],
                cwd=ROOT,
                env=kept | {MARK: str(folder), "STARTED": str(folder / "started")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Whoever runs the tests in the background ignores it, and would hand that down.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        ends_with_us(make)
        return cls(make, folder)

    def has_started(self) -> bool:
        return (self.folder / "started").exists()

    def processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_of_this_run(process)]

    def _is_of_this_run(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(
                self.folder
            )
        except psutil.Error:
            return False

    def worker(self) -> psutil.Process:
        (pytests,) = psutil.Process(self.make.pid).children()
        return next(child for child in pytests.children() if child.exe() == pytests.exe())


NAVIGATION: dict[str, Callable[[Run], None]] = {
    "ctrl-c": lambda run: os.killpg(run.make.pid, signal.SIGINT),
    "make-killed": lambda run: run.make.kill(),
    "worker-killed": lambda run: run.worker().kill(),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """A run for each way to end one, started beside one another to save time."""
    folder = tmp_path_factory.mktemp("runs")
    started = {way: Run.start(folder / way) for way in NAVIGATION}
    yield started
    for run in started.values():
        for process in run.processes():
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process.kill()
        run.make.wait()


@pytest.mark.parametrize("way", NAVIGATION)
def test_however_a_run_ends_nothing_that_it_started_stays(runs: dict[str, Run], way: str) -> None:
    run = runs[way]
    assert comes_true(run.has_started, SECONDS_TO_START), (run.folder / "log").read_text()
    names = " ".join(process.name() for process in run.processes())
    assert all(name in names for name in ("chrom", "gunicorn", "postgres")), names

    NAVIGATION[way](run)

    assert comes_true(lambda: not run.processes(), SECONDS_TO_END), run.processes()
    assert run.make.wait() != 0
