"""A running installation for the acceptance tests: the Procfile's processes, started, killed, started again.

It is used through its public interfaces only: commands, HTTP, and the carrier's API.
"""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import requests
from honcho.environ import parse_procfile

from commands.forked import FORKS
from tests.fake_carrier import FakeCarrier
from tests.fork_server import Forked
from tests.guard import ends_with_us
from tests.web.visitor import Page

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "PUBLIC_URL", "HOST", "PORT", "SECRET_KEY", "MAKEFLAGS", "MAKELEVEL")
# Not https: cookies would insist on it, and the tests come without the proxy that ends it.
PUBLIC_URL = "http://queue.example.com"
# Limits for a busy machine: nothing waits longer than it has to.
SECONDS_TO_START, SECONDS_TO_ANSWER, SECONDS_FOR_COMMANDS = 120, 60, 240
Process = subprocess.Popen[bytes] | Forked


def _procfile(root: Path) -> dict[str, str]:
    processes: dict[str, str] = parse_procfile((root / "Procfile").read_text()).processes
    return processes


PROCFILE = _procfile(ROOT)


class Command(Protocol):
    """`flask …`, as the operator types it."""

    def __call__(self, *words: str, given: str = "") -> object: ...


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def comes_true(question: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Installation:
    """One business with the queue CET236 and servicers, talking to a fake carrier."""

    def __init__(
        self,
        folder: Path,
        carrier: FakeCarrier,
        port: int,
        *,
        root: Path = ROOT,
        before_start: Callable[[], None] | None = None,
        forked: bool = True,
        **environ: str,
    ) -> None:
        """`root`: the checkout that it runs, this one or an older one.

        `forked`: its processes are begun as `make run` does; else as other runners of a Procfile do.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.can_be_forked = FORKS and forked and root == ROOT and before_start is None
        self.root, self.procfile = root, _procfile(root)
        self.before_start = before_start
        self.folder, self.carrier, self.port = folder, carrier, port
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environ = kept | {
            **settings(carrier, port),
            "DATA_DIR": str(folder / "data"),
            "TEXTS_PER_SECOND": "50",
            **environ,
        }
        self.processes: dict[str, Process] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str, given: str = "") -> str:
        """`flask …`, as the operator types it; returns its output."""
        returncode, said, wrong = self._run(["flask", *words], given)
        assert returncode == 0, f"flask {' '.join(words)}: {said}{wrong}"
        return said

    def commands(self, *typed: tuple[tuple[str, ...], str]) -> None:
        """Several commands, each with what is given to it, in one process: for what has to be there first."""
        returncode, said, wrong = self._run(["python", "-m", "tests.acceptance.operator"], json.dumps(typed))
        assert returncode == 0, said + wrong

    def _run(self, words: list[str], given: str) -> tuple[int, str, str]:
        """What it returned, and printed to standard output and standard error."""
        with TemporaryDirectory(dir=self.folder) as folder:
            stdin, stdout, stderr = (Path(folder, name) for name in ("in", "out", "err"))
            stdin.write_text(given)
            begun = self._begin(words, stdin, stdout, stderr)
            try:
                returncode = begun.wait(SECONDS_FOR_COMMANDS)
            except subprocess.TimeoutExpired:
                os.killpg(begun.pid, signal.SIGKILL)
                raise
            return returncode, stdout.read_text(), stderr.read_text()

    def _begin(self, words: list[str], stdin: Path, stdout: Path, stderr: Path) -> Process:
        """A process that leads a group and ends with us; what it prints is added to the files."""
        if self.can_be_forked:
            return Forked(words, cwd=self.root, env=self.environ, files=(stdin, stdout, stderr))
        with open(stdin, "rb") as given, open(stdout, "ab") as said, open(stderr, "ab") as wrong:
            begun = subprocess.Popen(
                words,
                cwd=self.root,
                env=self.environ,
                stdin=given,
                stdout=said,
                stderr=wrong,
                start_new_session=True,
                preexec_fn=self.before_start,
            )
        ends_with_us(begun)
        return begun

    def set_up(self, *servicers: str) -> None:
        typed: list[tuple[tuple[str, ...], str]] = []
        set_up(
            lambda *words, given="": typed.append((words, given)),
            self.carrier.number,
            *servicers,
        )
        self.commands(*typed)

    def set_up_like(self, data: Path) -> None:
        """As an installation of before was, whose data is copied."""
        shutil.copytree(data, self.folder / "data")

    def start(self, name: str, process: str | None = None) -> None:
        """Start a process of the Procfile, with a name for this test."""
        log = self.folder / f"{name}.log"
        self.processes[name] = self._begin(
            shlex.split(self.procfile[process or name]), Path(os.devnull), log, log
        )

    def wait_until_ready(self) -> None:
        assert comes_true(self.is_ready, SECONDS_TO_START), self.logs()

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    @contextmanager
    def running(self) -> Iterator["Installation"]:
        """Runs a web process and a clock until the end of the block, and all other started processes."""
        try:
            self.start("web")
            self.start("clock")
            self.wait_until_ready()
            yield self
        finally:
            self.stop()

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its children: no cleanup happens."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def logs(self) -> str:
        return "\n".join(log.read_text()[-4000:] for log in self.folder.glob("*.log"))


def settings(carrier: FakeCarrier, port: int) -> dict[str, str]:
    """The environment of an installation: its settings, and the path of its programs."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(port),
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": carrier.account_sid,
        "TWILIO_AUTH_TOKEN": carrier.auth_token,
        "TWILIO_API_URL": carrier.url,
        "PYTHONUNBUFFERED": "1",
    }


def set_up(command: Command, number: str, *servicers: str) -> None:
    """A business, its boss, the queue CET236 and servicers, as an operator types them."""
    business = ("--business", "Barber Lopes", "--timezone", "Europe/Lisbon", "--number", number)
    boss = ("--email", "boss@example.com", "--name", "Boss")
    command("migrate")
    command("setup", *business, *boss, "--password-stdin", given=password("boss"))
    command("queue", "add", "CET236", "--name", "Haircuts")
    for name in servicers:
        account = ("--name", name, "--role", "servicer", "--password-stdin")
        command("servicer", "add", f"{name.lower()}@example.com", *account, given=password(name))


def password(name: str) -> str:
    return f"the password of {name}"


class Browser:
    """Somebody at a browser without JavaScript, over real HTTP."""

    def __init__(self, installation: Installation) -> None:
        self.url = installation.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.page: Page
        self.waited = 0.0
        """Seconds for all answers so far, without reading their pages."""

    def sign_in(self, name: str) -> "Browser":
        self.open("/login")
        self.press("Sign in", email=f"{name.lower()}@example.com", password=password(name))
        assert self.page.path != "/login", self.page.text
        return self

    def open(self, path: str) -> Page:
        return self._show(self._ask("GET", path))

    def press(self, button: str, page: Page | None = None, **fields: str) -> Page:
        page = page or self.page
        action, given = page.form_of(button)
        headers = {"Referer": f"{PUBLIC_URL}{page.path}"}
        answer = self._ask("POST", action, data=given | fields, headers=headers, allow_redirects=False)
        if answer.is_redirect:
            return self.open(answer.headers["Location"].removeprefix(PUBLIC_URL))
        return self._show(answer)

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        began = time.perf_counter()
        answer = self.session.request(method, self.url + path, timeout=SECONDS_TO_ANSWER, **options)
        self.waited += time.perf_counter() - began
        return answer

    def _show(self, answer: requests.Response) -> Page:
        self.page = Page(answer.status_code, answer.text, answer.request.path_url)
        return self.page
