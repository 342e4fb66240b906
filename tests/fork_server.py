"""Starts our Python programs as `make run` does: in forks of a process that has imported what they share.

So each start need not import everything again. Each program has its own environment, folder, files and
process group.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import NoReturn

from commands.forked import become, share_imports
from config.importing import import_much
from tests.guard import ends_with_us

ROOT = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.02
OF_THE_CLOCK = ["python", "-m", "jobs"]
# The web's master imports these before it forks its workers; in other programs they do no harm.
OF_THE_MASTER = ("gunicorn.app.wsgiapp", "gunicorn.workers.ggevent")
# The clock is not patched by gevent, so that all of its modules may be imported beforehand.
ALL_OF_THE_CLOCK = ("jobs.schedule",)


class ForkServer:
    """A process that forks programs; it ends with the test process that started it."""

    def __init__(self, *modules: str) -> None:
        """`modules`: imported with what all programs share."""
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", *modules],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        ends_with_us(self._process)

    def ask(self, **request: object) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(f"{json.dumps(request)}\n")
            self._process.stdin.flush()
            answer: int | None = json.loads(self._process.stdout.readline())
        return answer


class Forked:
    """A started program, with those methods of `subprocess.Popen` that tests need."""

    def __init__(
        self,
        words: list[str],
        *,
        cwd: Path,
        env: dict[str, str],
        files: tuple[Path, Path, Path],
    ) -> None:
        """`files`: its standard input, and the files to which its output and its errors are appended."""
        self._server = _server_of(*ALL_OF_THE_CLOCK if words == OF_THE_CLOCK else OF_THE_MASTER)
        pid = self._server.ask(words=words, cwd=str(cwd), env=env, files=[str(file) for file in files])
        assert pid is not None
        self.pid = pid
        self.returncode: int | None = None
        self._polling = threading.Lock()
        ends_with_us(self)

    def poll(self) -> int | None:
        with self._polling:  # only one thread can learn it
            if self.returncode is None:
                self.returncode = self._server.ask(poll=self.pid)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + timeout if timeout is not None else float("inf")
        while (ended := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(POLL_SECONDS)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@cache
def _server_of(*modules: str) -> ForkServer:
    return ForkServer(*modules)


def serve() -> None:
    share_imports([shlex.join(OF_THE_CLOCK)])
    for module in sys.argv[1:]:
        import_much(module)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_status(request["poll"]) if "poll" in request else _start(**request)), flush=True)


def _status(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _start(words: list[str], cwd: str, env: dict[str, str], files: list[str]) -> int:
    """Returns once the program leads its own process group; it has then closed our pipe."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(words, cwd, env, files)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return pid


def _run(words: list[str], cwd: str, env: dict[str, str], files: list[str]) -> NoReturn:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    stdin, stdout, stderr = files
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0, closefd=False)
    become(shlex.join(words), os.open(stdout, append, 0o600), os.open(stderr, append, 0o600))


if __name__ == "__main__":
    serve()
