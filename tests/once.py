"""What takes long to make and is only copied is made once in a test run, by whoever needs it first."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(name: str, folders: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """The folder of that name, which `make` has filled; nobody may change what is in it."""
    of_the_run = folders.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_the_run = of_the_run.parent
    made, begun = of_the_run / name, of_the_run / f"{name}-begun"
    with open(of_the_run / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(begun, ignore_errors=True)  # left by a worker that failed at it
            make(begun)
            begun.rename(made)
    return made
