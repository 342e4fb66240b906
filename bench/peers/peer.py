"""What every other queue is asked for, and how it is installed and run."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.servers.checkouts import with_packages
from bench.servers.processes import running, wait_for

SECONDS_TO_SET_UP = 300
WORKERS = 2  # processes of its web server
STAFF = 8


@dataclass(frozen=True)
class Peer:
    """A running one, with people who may join and staff who may call."""

    name: str
    port: int
    pid: int
    joins: Callable[[int], list[bytes]]
    """So many requests, each of somebody else who joins."""
    staff: Sequence[Callable[[], float]]
    """Each servicer's press that calls the next: the seconds until what they see afterwards is there."""


class Installed:
    """A copy of a clone, with its packages in an environment of its own."""

    def __init__(self, clone: Path, folder: Path, packages: Sequence[str], **environ: str) -> None:
        """`packages`: what pip is asked to install, as words of its command."""
        if not clone.is_dir():
            sys.exit(f"{clone} is not the folder of a clone.")
        self.root = folder / "copy"
        shutil.copytree(clone, self.root, ignore=shutil.ignore_patterns(".git"))
        self.programs = with_packages(folder / "packages", *packages)
        self.environ = {"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
        self.environ |= environ

    def run(self, *words: str, within: str = ".") -> str:
        """What a program printed, run `within` that folder of the copy."""
        done = subprocess.run(
            [self.programs / words[0], *words[1:]],
            cwd=self.root / within,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_SET_UP,
        )
        if done.returncode:
            sys.exit(f"{' '.join(words[:3])} failed in {self.root}: {done.stderr[-2000:]}")
        return done.stdout

    def ask(self, *words: str, within: str = ".") -> Any:
        """The JSON in the last line that a program printed."""
        return json.loads(self.run(*words, within=within).splitlines()[-1])

    @contextmanager
    def serving(self, *words: str, url: str, within: str = ".") -> Iterator[int]:
        """Its web server, once `url` answers with 200; its pid."""
        command = [self.programs / words[0], *words[1:]]
        with running(command, self.environ, root=self.root / within) as process:
            wait_for(url)
            yield process.pid


def timed(ask: Callable[[], requests.Response]) -> float:
    """The seconds that it takes; the answer has to be a good one."""
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took


def request(method: str, path: str, given: object = None, **headers: str) -> bytes:
    """One request with `given` as JSON, on a connection of its own; `_` in a header's name stands for `-`."""
    body = b"" if given is None else json.dumps(given).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
