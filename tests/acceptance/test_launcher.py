"""`make run` as a person uses it: it says where everything is, and leaves no process behind, however it ends.

Two runs are of the product itself; the other ways to end are tested with a stand-in web and clock.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from commands.forked import SHARED
from tests.acceptance.installation import OURS, ROOT, comes_true, free_port
from tests.guard import ends_with_us

MARK = "LAUNCHER_TEST_RUN"
SECONDS_TO_START = 120
SECONDS_TO_END = 40

pytestmark = pytest.mark.acceptance


@dataclass
class Run:
    """One `make run` with a port and a data folder of its own."""

    make: subprocess.Popen[bytes]
    port: int
    log: Path
    mark: str

    @classmethod
    def start(cls, folder: Path, *, code: Path = ROOT, port: int | None = None) -> "Run":
        folder.mkdir()
        port = port or free_port()
        environ = plain_environment() | {
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
            MARK: str(folder),
        }
        if code != ROOT:
            environ |= A_CARRIER
        with open(folder / "log", "wb") as log:
            make = subprocess.Popen(
                ["make", "run"],
                cwd=code,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Tests run in the background ignore these signals, and child processes would inherit that.
                preexec_fn=lambda: [
                    signal.signal(each, signal.SIG_DFL) for each in (signal.SIGHUP, signal.SIGINT)
                ],
            )
        ends_with_us(make)
        return cls(make, port, folder / "log", str(folder))

    def said(self, text: str) -> bool:
        return text in self.log.read_text()

    def processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_of_this_run(process)]

    def _is_of_this_run(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark
        except psutil.Error:
            return False

    def process(self, *words: str) -> psutil.Process:
        """The eldest process with these words in its command line."""
        found = [p for p in self.processes() if set(words) <= set(_command_line(p))]
        return min(found, key=lambda process: (process.create_time(), process.pid))

    def program(self, name: str) -> psutil.Process:
        """The fork of this name."""
        (found,) = [process for process in self.processes() if process.name() == name]
        return found

    def has_ended(self) -> bool:
        return self.make.poll() is not None and not self.processes()

    def kill(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process.kill()
        self.make.wait()


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return []


WAYS_TO_END_THE_PRODUCT = ("ctrl-c", "launcher-killed")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """A run for each way to end one, started beside one another to save time."""
    folder = tmp_path_factory.mktemp("runs")
    stand_in = make_stand_in(folder / "code")

    def start(way: str) -> Run:
        return start_and_wait(folder / way, ROOT if way in WAYS_TO_END_THE_PRODUCT else stand_in)

    with ThreadPoolExecutor(max_workers=3) as pool:
        started = dict(zip(NAVIGATION, pool.map(start, NAVIGATION), strict=True))
    yield started
    for run in started.values():
        run.kill()


def make_stand_in(folder: Path) -> Path:
    """The launcher with everything it needs, and a web and a clock that only answer and keep running."""
    for package in ("commands", "config"):
        shutil.copytree(ROOT / package, folder / package)
    for file in (ROOT / "Makefile", ROOT / "requirements.txt", *ROOT.glob("*.py")):
        shutil.copy(file, folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "web.py").write_text(WEB)
    (folder / "clock.py").write_text(CLOCK)
    # They are forked, as the product's are; with nothing in what is shared.
    (folder / "Procfile").write_text("release: true\nweb: python -m web\nclock: python -m clock\n")
    for shared in SHARED:
        file = folder / f"{shared.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return folder


WEB = """
import http.server, os
from config import process_lifetime
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
process_lifetime.end_with_launcher()
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Healthy).serve_forever()
"""

CLOCK = """
import time
from config import process_lifetime
process_lifetime.end_with_launcher()
while True:
    time.sleep(60)
"""

# With a carrier no demo is asked for, which would need the product.
A_CARRIER = {
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "a token",
    "PUBLIC_URL": "https://queue.example.org",
}


def start_and_wait(folder: Path, code: Path) -> Run:
    run = Run.start(folder, code=code)
    if not comes_true(lambda: run.said("Press Ctrl-C to stop.") or run.has_ended(), SECONDS_TO_START):
        run.kill()
    assert run.said("Press Ctrl-C to stop."), run.log.read_text()
    return run


def ctrl_c(run: Run) -> None:
    os.killpg(run.make.pid, signal.SIGINT)


def signal_to_make(number: signal.Signals) -> Callable[[Run], None]:
    return lambda run: run.make.send_signal(number)


def the_launcher_is_killed(run: Run) -> None:
    run.process("commands.kept_running").kill()


def the_web_is_killed(run: Run) -> None:
    run.program("web").kill()


def the_clock_is_killed(run: Run) -> None:
    run.program("clock").kill()


NAVIGATION: dict[str, Callable[[Run], None]] = {
    "ctrl-c": ctrl_c,
    "make-terminated": signal_to_make(signal.SIGTERM),
    "make-hung-up": signal_to_make(signal.SIGHUP),
    "make-killed": signal_to_make(signal.SIGKILL),
    "launcher-killed": the_launcher_is_killed,
    "web-killed": the_web_is_killed,
    "clock-killed": the_clock_is_killed,
}


def test_a_second_run_on_the_same_port_says_so_in_one_line_and_leaves_the_first_alone(
    runs: dict[str, Run], tmp_path: Path
) -> None:
    first = runs["ctrl-c"]
    second = Run.start(tmp_path / "second", port=first.port)
    assert comes_true(second.has_ended, SECONDS_TO_END)
    assert second.make.returncode != 0
    (line,) = [line for line in second.log.read_text().splitlines() if not line.startswith("make:")]
    assert line.startswith(f"PORT {first.port} ")
    assert answers(first.port)


@pytest.mark.parametrize("way", NAVIGATION)
def test_however_make_run_ends_all_its_processes_end_and_the_port_is_free(
    runs: dict[str, Run], way: str
) -> None:
    run = runs[way]
    assert answers(run.port)

    NAVIGATION[way](run)

    assert comes_true(run.has_ended, SECONDS_TO_END), [process.cmdline() for process in run.processes()]
    assert can_listen(run.port)


@pytest.mark.parametrize("way", ["web-killed", "clock-killed", "launcher-killed"])
def test_make_fails_when_a_process_ended_by_itself(runs: dict[str, Run], way: str) -> None:
    NAVIGATION[way](runs[way]) if not runs[way].has_ended() else None
    assert comes_true(runs[way].has_ended, SECONDS_TO_END)
    assert runs[way].make.returncode != 0


def test_a_bad_setting_stops_the_run_with_one_line_that_names_it(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "run"],
        cwd=ROOT,
        env=plain_environment() | {"PORT": "eighty", "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    own_lines = [line for line in done.stderr.splitlines() if not line.startswith("make:")]
    assert own_lines == ["PORT must be a whole number from 1 to 65535, not 'eighty'."]


def plain_environment() -> dict[str, str]:
    """Ours without what another `make` left there and without settings of the product."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


def can_listen(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
