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
    """The folder of programs (`python`, `flask` …) with the packages that this checkout asks for.

    They are installed in `folder`, unless they are the ones that this process runs with.
    """
    if (root / PACKAGES).read_text() == (ROOT / PACKAGES).read_text():
        return Path(sys.executable).parent
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
    done = subprocess.run(
        [folder / "bin" / "python", *install, root / PACKAGES], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"The packages of the older commit can't be installed: {done.stderr[-2000:]}")
    return folder / "bin"
