"""An older commit of this repository, made runnable in a temporary folder."""

import subprocess
import sys
from pathlib import Path

from tests.acceptance.installation import ROOT

PACKAGES = "requirements.txt"
BEFORE = "63ca6de"  # before the servicer's page was made quick and small, and pages were compressed


def checkout(commit: str, folder: Path) -> Path:
    """The files of that commit."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True)
    if archive.returncode:
        sys.exit(
            f"The commit {commit} is not in this repository: git fetch --unshallow, or name another one."
        )
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


def programs(root: Path, folder: Path) -> Path:
    """In `folder`, the programs (`python`, `flask` …) with the packages that this checkout asks for.

    Not those that this process runs with: the tests' packages are there as well, and some are imported where
    they are found.
    """
    return with_packages(folder, "--requirement", str(root / PACKAGES))


def with_packages(folder: Path, *asked: str) -> Path:
    """In `folder`, the programs of an environment of its own; `asked`: pip's words for what is installed."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([folder / "bin" / "python", *install, *asked], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(asked)} can't be installed: {done.stderr[-2000:]}")
    return folder / "bin"
