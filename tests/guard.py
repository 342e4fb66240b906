"""Ends what a test process has started when that process ends, however it does: killed, crashed, interrupted.

`ends_with_us(process)` names one to a guard, a process of its own. The guard waits for the other end of its
pipe to close, which the system sees to, and kills what is left of those processes and the groups they lead.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol


class Started(Protocol):
    pid: int


_guard: subprocess.Popen[str] | None = None


def ends_with_us(process: Started) -> None:
    """With `start_new_session` it leads a group: so its own children end as well."""
    global _guard
    if _guard is None:
        _guard = subprocess.Popen(
            [sys.executable, "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
    assert _guard.stdin is not None
    _guard.stdin.write(f"{process.pid}\n")
    _guard.stdin.flush()


def stand_guard() -> None:
    started = {int(line): _born(int(line)) for line in sys.stdin}
    for pid, born in started.items():
        if _born(pid) in (born, ""):  # else its number is another's by now
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)


def _born(pid: int) -> str:
    """When the process began, in the system's own count; empty where it is gone or nobody can tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


if __name__ == "__main__":
    stand_guard()
