"""Builds and runs the containers: python -m tests.containers

With an engine, `docker compose up` has to make web and clock ready, in a project that is removed afterwards.
Without one (or with --bare) it does the Dockerfile's steps in bare roots, as root, on a Debian with
debootstrap (`apt-get install debootstrap`). Then migrate, web and clock run there as its user, without
capabilities, on a root that can't be written to. Their health checks have to pass, and at the end both have
to obey SIGTERM. Settings of pip (PIP_…) are passed on.
"""

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.acceptance.installation import free_port
from tests.containers.files import ROOT, Stage, compose, stages

RESOLVER, CERTIFICATES = Path("/etc/resolv.conf"), Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates,util-linux"
SIGN_IN = "demo@example.com"  # what `flask demo` says
START_SECONDS, END_SECONDS = 180, 30
TRIES_TO_WRITE = (
    'for at in / /app /opt/venv /etc; do touch "$at/x" 2>/dev/null && echo "$at"; done; touch /data/x /tmp/x'
)
# Its own mounts: the root read-only, its data and memory on top; gone when the process is.
READS_A_PAGE = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/q/DEMO', timeout=9).read().decode())"
)
INSIDE = """
mount --make-rprivate /
mount --bind "$BARE" "$BARE"
mount --rbind /dev "$BARE/dev"
mount -t proc proc "$BARE/proc"
mount -t tmpfs -o mode=1777 tmpfs "$BARE/tmp"
mount --bind "$DATA" "$BARE/data"
mount -o remount,bind,ro "$BARE"
exec chroot "$BARE" setpriv --reuid "$UID_" --regid "$GID_" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all env -i -C /app "$@"
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.containers", description=__doc__)
    parser.add_argument("--bare", action="store_true", help="in bare roots, though there is an engine")
    parser.add_argument("--debian", type=Path, help="a bare Debian that is there already; it is copied")
    chosen = parser.parse_args()
    if not chosen.bare and chosen.debian is None and _has_engine():
        return _with_engine()
    if os.geteuid() != 0:
        sys.exit("Only root can make a bare root.")
    with tempfile.TemporaryDirectory(prefix="take-a-number-") as folder:
        base = chosen.debian or _debian(Path(folder) / "debian")
        roots: dict[str, Path] = {}
        for number, stage in enumerate(stages()):
            root = Path(folder) / f"stage{number}"
            subprocess.run(["cp", "-a", base, root], check=True)
            _build(stage, root, roots)
            roots[stage.name or ""] = root
        return _try(stages()[-1], roots[""], Path(folder) / "data")


def _has_engine() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=60, check=False).returncode == 0


def _with_engine() -> int:
    port = free_port()
    project = ["docker", "compose", "--project-name", f"take-a-number-{port}"]
    environment = os.environ | {"PUBLISHED_PORT": str(port)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [*project, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip() if done.returncode == 0 else f"failed with status {done.returncode}"

    try:
        run("up", "--detach", "--build")
        is_ready = _becomes_ready(f"http://127.0.0.1:{port}/readyz")
        user = run("exec", "-T", "web", "id", "-u")
        made = run("exec", "-T", "web", "flask", "demo")
        print(run("ps", "--all"))
    finally:
        run("down", "--volumes")
    is_ours, is_made = user == stages()[-1].last("USER").split(":")[0], SIGN_IN in made
    print(f"ready: {is_ready}; user: {user}; a shop to look around in: {is_made}")
    return 0 if is_ready and is_ours and is_made else 1


def _becomes_ready(address: str) -> bool:
    """Whether the whole of it is in order in time, the clock too."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=9):
            return True
        time.sleep(1)
    return False


def _debian(root: Path) -> Path:
    words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return root


def _build(stage: Stage, root: Path, roots: dict[str, Path]) -> None:
    """Every step of a stage that has something to do, in order."""
    (root / "usr" / "local" / "bin" / "python").symlink_to("/usr/bin/python3")  # as the base image has it
    for own in (RESOLVER, CERTIFICATES):  # this machine's: there may be a proxy
        shutil.copy(own, root / own.relative_to("/"))
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    where = "/"
    for name, words in stage.steps:
        if name == "WORKDIR":
            where = words
            (root / where.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(words))
        elif name == "RUN":
            print(f"RUN {words}", flush=True)
            settings = [f"{key}={value}" for key, value in environment.items()]
            inside = ["chroot", str(root), "env", "-i", "-C", where, *settings, "sh", "-ec", words]
            subprocess.run(inside, check=True)
        elif name == "COPY":
            _copy(words, root, Path(where), roots)


def _copy(words: str, root: Path, where: Path, roots: dict[str, Path]) -> None:
    *what, to = [word for word in words.split() if not word.startswith("--from=")]
    source = roots[words.split()[0].removeprefix("--from=")] if words.startswith("--from=") else None
    for each in what:
        origin = source / each.lstrip("/") if source else ROOT / each
        target = root / (where / to).relative_to("/")
        if origin.is_dir():
            shutil.copytree(origin, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target = target / origin.name if to.endswith(("/", ".")) else target
            shutil.copy(origin, target)


class Bare:
    """Runs words in the root as the image's user."""

    def __init__(self, image: Stage, root: Path, data: Path) -> None:
        self._user, self._group = image.last("USER").split(":")
        self.port = str(free_port())
        settings = image.environment | {"PORT": self.port}
        self._settings = [f"{name}={value}" for name, value in settings.items()]
        self._environment = os.environ | {"BARE": str(root), "DATA": str(data)}
        self._environment |= {"UID_": self._user, "GID_": self._group}
        data.mkdir(mode=0o700)
        os.chown(data, int(self._user), int(self._group))

    def start(self, words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        inside = ["unshare", "--mount", "sh", "-ec", INSIDE, "sh", *self._settings, *words]
        return subprocess.Popen(inside, env=self._environment, text=True, **options)

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        words = [word.replace(":8000", f":{self.port}") for word in words]
        process = self.start(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=START_SECONDS)
        return process.returncode, said.strip()


def _try(image: Stage, root: Path, data: Path) -> int:
    bare, services = Bare(image, root, data), compose()["services"]
    wrong: list[str] = []

    def check(what: str, is_right: bool, said: str) -> None:
        print(f"{'ok   ' if is_right else 'WRONG'} {what}: {said}", flush=True)
        if not is_right:
            wrong.append(what)

    _, who = bare.run(["id", "-u"])
    check("the user", who == image.last("USER").split(":")[0], who)
    _, written = bare.run(["sh", "-c", TRIES_TO_WRITE])
    check("what can be written to beside /data and /tmp", written == "", written or "nothing")
    status, said = bare.run(services["migrate"]["command"])
    check("migrate", status == 0, said.splitlines()[-1])
    running = {
        "web": (bare.start(image.command), image.health),
        "clock": (bare.start(services["clock"]["command"]), services["clock"]["healthcheck"]["test"][1:]),
    }
    try:
        for name, (_, health) in running.items():
            check(f"{name} is healthy", _becomes_healthy(bare, health), f"port {bare.port}")
        status, said = bare.run(["flask", "demo"])
        check("flask demo", status == 0 and SIGN_IN in said, "a shop to look around in")
        status, page = bare.run(["python", "-c", READS_A_PAGE])
        check("a queue's page", status == 0 and "Take a number" in page, f"{len(page)} characters")
    finally:
        for name, (process, _) in running.items():
            check(f"{name} ends when told to", _ends(process), f"status {process.returncode}")
    return 1 if wrong else 0


def _becomes_healthy(bare: Bare, health: Sequence[str]) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if bare.run(health)[0] == 0:
            return True
        time.sleep(1)
    return False


def _ends(process: subprocess.Popen[str]) -> bool:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(END_SECONDS) in (0, 143, -signal.SIGTERM)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


if __name__ == "__main__":
    sys.exit(main())
