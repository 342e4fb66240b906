"""The running servers that are measured: the product as its Procfile says, and the baselines."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import requests

from tests.acceptance.installation import PUBLIC_URL, ROOT, Installation, free_port, set_up
from tests.fake_carrier import FakeCarrier
from tests.postgres import fresh_postgres

KEYWORD = "CET236"
DATABASES = ("sqlite", "postgres")


@contextmanager
def shop(
    folder: Path,
    database: str,
    *,
    workers: int = 1,
    processes: Sequence[str] = ("web",),
    staff: Sequence[str] = (),
    root: Path = ROOT,
    packages: Path | None = None,
    **environ: str,
) -> Iterator[Installation]:
    """An installation with the open queue CET236.

    `root`: the checkout that it runs; `packages`: the folder of its programs, if they are not ours.
    """
    port = free_port()
    with ExitStack() as stack:
        carrier = FakeCarrier(public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{port}")
        stack.enter_context(carrier)
        # An operator's processes keep what they compiled; some environments for tests forbid it.
        settings = {"LOG_LEVEL": "warning", "PYTHONDONTWRITEBYTECODE": "", **environ}
        if database == "postgres":
            settings |= {
                "DATABASE_URL": stack.enter_context(fresh_postgres(durable=True)),
                "SECRET_KEY": "a secret key for the benchmark",
                "WEB_WORKERS": str(workers),
            }
        # Not forked: a command and a web process by itself import what they need.
        installation = Installation(folder, carrier, port, root=root, forked=False, **settings)
        if packages is not None:
            installation.environ["PATH"] = f"{packages}:{installation.environ['PATH']}"
        if root == ROOT:
            installation.set_up(*staff)
        else:  # an older one may not know how to do it in one process
            set_up(installation.command, carrier.number, *staff)
        stack.callback(installation.stop)
        for process in processes:
            installation.start(process)
        wait_for(f"{installation.url}/healthz")
        yield installation


@contextmanager
def bare_route(folder: Path, workers: int = 1) -> Iterator[tuple[int, int]]:
    """(port, pid) of the same server with the baseline application."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")} | {
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "warning",
        # Any Postgres address will do: it permits several web processes, and nobody connects.
        **({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"} if workers > 1 else {}),
        **({"SECRET_KEY": "a secret key for the benchmark"} if workers > 1 else {}),
        "WEB_WORKERS": str(workers),
    }
    program = Path(sys.executable).parent / "gunicorn"
    with running(
        [program, "-c", "python:bench.servers.bare_server", "bench.servers.bare:app"], environ
    ) as process:
        wait_for(f"http://127.0.0.1:{port}/webhooks/sms", status=405)
        yield port, process.pid


@contextmanager
def stand_in(folder: Path, *backlog: int) -> Iterator[tuple[int, int]]:
    """(port, pid); as delivered, or with a longer listen backlog."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    asked = [str(port), str(folder / "line.sqlite3"), KEYWORD, *map(str, backlog)]
    command = [sys.executable, "-m", "bench.servers.stand_in", *asked]
    with running(command, dict(os.environ), stderr=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        yield port, process.pid


def kilobytes(pid: int) -> float:
    """Memory of a process and all that it started; shared memory counts once."""
    rollups = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in _family(pid)]
    return sum(float(rollup.partition("\nPss:")[2].split()[0]) for rollup in rollups)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and all that it started, so far; ended ones count if they were waited for."""
    ticks = 0
    for one in _family(pid):
        spent = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, spent[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> list[int]:
    """A process and what it started, and what those did; any of its threads may have."""
    children = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has just ended
            children += (thread / "children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


@contextmanager
def running(
    command: Sequence[str | Path], environ: dict[str, str], *, root: Path = ROOT, stderr: int | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(command, cwd=root, env=environ, stdin=subprocess.DEVNULL, stderr=stderr)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, status: int = 200) -> None:
    for _ in range(1500):
        try:
            if requests.get(url, timeout=2).status_code == status:
                return
        except requests.RequestException:
            pass
        time.sleep(0.02)
    sys.exit(f"{url} did not answer.")
