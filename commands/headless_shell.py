"""Chromium without windows, which the browser tests prefer: the same engine for less CPU.

It is unpacked from Debian's package into `.venv`, beside links to the files of the installed Chromium, whose
version it must have. Uses only the standard library, as install.py does.
"""

import shutil
import subprocess
from pathlib import Path

PACKAGE = "chromium-headless-shell"
SHARED = Path("/usr/lib/chromium")
UNPACKED = Path(__file__).resolve().parent.parent / ".venv" / PACKAGE


def version_needed() -> str:
    """The version of Debian's Chromium on this machine; empty if there is none."""
    if not (shutil.which("dpkg-query") and shutil.which("chromium")):
        return ""
    asked = ["dpkg-query", "--show", "--showformat=${Version}", "chromium-common"]
    return subprocess.run(asked, capture_output=True, text=True).stdout


def folder_of(version: str) -> Path:
    """Where its package is unpacked. An empty folder means that this has failed less than a day ago."""
    return UNPACKED / version


def program_in(folder: Path) -> Path:
    return folder / "usr" / "lib" / "chromium" / PACKAGE


def link_shared_files(folder: Path) -> None:
    beside = program_in(folder).parent
    for file in SHARED.iterdir():
        if not (beside / file.name).exists():
            (beside / file.name).symlink_to(file)


def headless_shell() -> str | None:
    """The path of the program for this machine's Chromium; None if it has not been unpacked."""
    version = version_needed()
    program = program_in(folder_of(version))
    return str(program) if version and program.exists() else None
