"""Ending `make run`, however, ends also the command that it runs before web and clock: migrations, demo."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from commands.forked import Begun
from commands.kept_running import OneProcess
from tests.acceptance.installation import comes_true
from tests.guard import ends_with_us

# As the launcher, with a release command that takes long.
LAUNCHER = """
import os, signal, sys
from commands.run import run_once
from config.process_lifetime import LAUNCHER
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
os.environ[LAUNCHER] = str(os.getpid())
run_once("python -m takes_long", os.getppid())
"""
TAKES_LONG = """
import os, pathlib, time
pathlib.Path("half").write_text(str(os.getpid()))
os.rename("half", "began")
time.sleep(300)
"""

WAYS: dict[str, Callable[[int], None]] = {
    "ctrl-c": lambda launcher: os.killpg(launcher, signal.SIGINT),
    "terminal-closed": lambda launcher: os.killpg(launcher, signal.SIGHUP),
    "launcher-terminated": lambda launcher: os.kill(launcher, signal.SIGTERM),
    "launcher-killed": lambda launcher: os.kill(launcher, signal.SIGKILL),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_command_that_is_run_once_ends_with_the_launcher(tmp_path: Path, way: str) -> None:
    launcher, once = _begun(tmp_path, sys.executable, "-c", LAUNCHER)

    WAYS[way](launcher.pid)

    once.wait(30)
    assert launcher.wait(30) != 0


def test_a_command_that_is_run_once_and_the_launcher_end_with_make_alone(tmp_path: Path) -> None:
    make, once = _begun(tmp_path, "sh", "-c", f"{sys.executable} -c '{LAUNCHER}'; true")
    launcher = psutil.Process(once.ppid())

    make.kill()

    once.wait(30)
    launcher.wait(30)


def test_who_ends_it_as_soon_as_the_programs_run_ends_them() -> None:
    program = subprocess.Popen(["sleep", "300"], start_new_session=True)
    ends_with_us(program)
    manager = OneProcess({"web": Begun(program.pid, 0)})

    manager.terminate()  # as its handlers of signals do, before it has heard of any program

    assert program.wait(30) == -signal.SIGTERM


def _begun(folder: Path, *words: str) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """What these words start, and the command that it runs by now."""
    (folder / "takes_long.py").write_text(TAKES_LONG)
    begun = subprocess.Popen(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # Tests run in the background ignore these signals, and child processes would inherit that.
        preexec_fn=lambda: [signal.signal(each, signal.SIG_DFL) for each in (signal.SIGHUP, signal.SIGINT)],
    )
    ends_with_us(begun)
    assert comes_true((folder / "began").exists, 60)
    return begun, psutil.Process(int((folder / "began").read_text()))
