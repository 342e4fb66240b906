"""Chromium without its windows, which the browser tests prefer: the same engine for less CPU.

It is unpacked from Debian's package into `.venv`, beside links to the files of the installed Chromium,
of whose version it has to be. The standard library alone, as for install.py.
"""

import shutil
import subprocess
from pathlib import Path

PACKAGE = "chromium-headless-shell"
SHARED = Path("/usr/lib/chromium")
UNPACKED = Path(__file__).resolve().parent.parent / ".venv" / PACKAGE


def version_needed() -> str:
    """That of Debian's Chromium on this machine; empty where there is none."""
    if not (shutil.which("dpkg-query") and shutil.which("chromium")):
        return ""
    asked = ["dpkg-query", "--show", "--showformat=${Version}", "chromium-common"]
    return subprocess.run(asked, capture_output=True, text=True).stdout


def folder_of(version: str) -> Path:
    """Where its package is unpacked; empty, for a day, where that was tried in vain."""
    return UNPACKED / version


def program_in(folder: Path) -> Path:
    return folder / "usr" / "lib" / "chromium" / PACKAGE


def link_shared_files(folder: Path) -> None:
    beside = program_in(folder).parent
    for file in SHARED.iterdir():
        if not (beside / file.name).exists():
            (beside / file.name).symlink_to(file)


def headless_shell() -> str | None:
    """The program that belongs to the Chromium of this machine, if it is there."""
    version = version_needed()
    program = program_in(folder_of(version))
    return str(program) if version and program.exists() else None
