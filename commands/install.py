"""Makes `.venv` with what a requirements file pins, for `make`: `install.py requirements.txt`.

Runs on the system's Python with the standard library alone, does nothing if nothing has changed, and works on
a Debian without pip and ensurepip. `--browser` also installs what the browser tests need.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

from commands.fonts import FAMILIES, UNPACKED
from commands.headless_shell import PACKAGE, folder_of, link_shared_files, program_in, version_needed
from config.process_lifetime import POLL_SECONDS, Parent

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
LINE_EVERY = 5.0  # seconds
DAY = 86_400.0  # seconds
APT_TIMEOUTS = [f"-oAcquire::{limit}" for limit in ("Retries=0", "http::Timeout=10", "https::Timeout=10")]
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.pop("PYTHONPATH", None)
    with open(ROOT / "Makefile") as lock:
        # A second `make run` waits here and then finds everything installed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(ROOT / sys.argv[1])
        if "--browser" in sys.argv[2:]:
            install_browser()
            install_headless_shell()
            see_to_fonts()


def install(requirements: Path) -> None:
    made_of = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f"{requirements.name}.installed"
    works = venv_works()
    if works and read(stamp) == made_of:
        return
    say(f"Installing the packages of {requirements.name} into .venv. The first time takes a minute or two.")
    if not works:
        make_venv()
    if not succeeds(PYTHON, "-m", "pip", "--version"):
        fetch_pip()
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(
        *(*pip, "--require-hashes", "-r", str(requirements)),
        otherwise="The packages could not be installed. The lines above say why.",
    )
    stamp.write_text(made_of)


def venv_works() -> bool:
    """Whether the environment's Python runs, and the folder was not moved: its scripts contain its path."""
    made_by = re.search(r"^command = .* (/.+)$", read(VENV / "pyvenv.cfg"), re.MULTILINE)
    moved = made_by is not None and Path(made_by[1]).resolve() != VENV.resolve()
    return not moved and succeeds(PYTHON, "-c", "import sys; assert sys.version_info >= (3, 11)")


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if succeeds(sys.executable, "-m", "venv", str(VENV)):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        *(sys.executable, "-m", "venv", "--without-pip", str(VENV)),
        otherwise="Python's module venv is missing. Install it (on Debian: apt-get install python3-venv).",
    )


def fetch_pip() -> None:
    """Downloads the pip that requirements-test.txt pins from the package index, and checks its hash."""
    pinned = re.search(
        r"^pip==(\S+)((?:\s*\\\n\s*--hash=sha256:\w+)+)", read(ROOT / "requirements-test.txt"), re.MULTILINE
    )
    assert pinned is not None, "requirements-test.txt pins no pip"
    wheel = VENV / f"pip-{pinned[1]}-py3-none-any.whl"
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    try:
        link = re.search(rf'href="([^"]*{re.escape(wheel.name)}[^"]*)"', fetch(index).decode())
        content = fetch(urljoin(index, link[1])) if link else b""
    except (OSError, ValueError) as error:
        sys.exit(
            f"pip could not be downloaded ({error}). Install it (on Debian: apt-get install python3-venv)."
        )
    if hashlib.sha256(content).hexdigest() not in pinned[2]:
        sys.exit(
            "The package index does not have the pip that requirements-test.txt names. Install python3-venv."
        )
    wheel.write_bytes(content)
    # A wheel is a zip file, which Python runs as it is.
    run(
        *(PYTHON, str(wheel / "pip"), "install", "--quiet", "--no-index", str(wheel)),
        otherwise="pip could not be installed into .venv. The lines above say why.",
    )
    wheel.unlink()


def fetch(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def install_browser() -> None:
    if any(shutil.which(name) and succeeds(name, "--version") for name in BROWSERS):
        return
    say("Installing Chromium for the browser tests.")
    sudo = () if os.geteuid() == 0 else ("sudo", "-n")
    may_install = not sudo or succeeds(*sudo, "true")
    # Ubuntu's package of that name only installs a snap.
    if may_install and shutil.which("apt-get") and "ubuntu" not in read(Path("/etc/os-release")).lower():
        apt = (*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
        succeeds(*apt, "update")
        if succeeds(*apt, "install", "-y", "--no-install-recommends", "chromium"):
            return
    playwright = (str(VENV / "bin" / "playwright"), "install", "chromium")
    if succeeds(*playwright, *(["--with-deps"] if may_install else [])):
        return
    sys.exit("The browser tests need Chromium. Install it (on Debian, as root: apt-get install chromium).")


def install_headless_shell() -> None:
    """Unpacks Debian's package. Without it the tests use Chromium itself. Retried a day after a failure."""
    version = version_needed()
    folder, partial = folder_of(version), folder_of("begun")
    if not version or not shutil.which("apt-get") or program_in(folder).exists() or tried_recently(folder):
        return
    say("Downloading a Chromium without windows for the browser tests.")
    shutil.rmtree(partial.parent, ignore_errors=True)
    partial.mkdir(parents=True)
    unpack([f"{PACKAGE}={version}"], partial)
    if program_in(partial).exists():
        link_shared_files(partial)
    if succeeds(str(program_in(partial)), "--version"):
        partial.rename(folder)
    else:
        folder.mkdir()
        say(f"It can't be downloaded now. This is tried again in a day, or at once after: rm -r {folder}")


def tried_recently(folder: Path) -> bool:
    """Whether a download failed less than a day ago."""
    return folder.exists() and time.time() - folder.stat().st_mtime < DAY


def see_to_fonts() -> None:
    """Unpacks Debian's packages of fonts into .venv, which takes neither root nor changes to the machine."""
    packages = [family.package for family in FAMILIES if not family.files_in([UNPACKED])]
    if not packages or not shutil.which("apt-get"):
        return
    say("Downloading fonts for the browser tests.")
    UNPACKED.mkdir(exist_ok=True)
    unpack(packages, UNPACKED)


def unpack(packages: Sequence[str], folder: Path) -> None:
    """Downloads packages of Debian and unpacks them into a folder, as far as that can be done now."""
    apt = ("apt-get", "-qq", *APT_TIMEOUTS)
    if not succeeds(*apt, "download", *packages, folder=folder):
        succeeds(*apt, "update")
        succeeds(*apt, "download", *packages, folder=folder)
    for package in folder.glob("*.deb"):
        succeeds("dpkg-deb", "--extract", str(package), str(folder))
        package.unlink()


def say(text: str) -> None:
    print(text, flush=True)


def read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def run(*command: str, otherwise: str) -> None:
    """Runs a command, shows its output and that it still runs; if it fails, exits with the given line."""
    if _finish(subprocess.Popen(command, cwd=ROOT), shows_time=True) != 0:
        sys.exit(otherwise)


def succeeds(*command: str, folder: Path = ROOT) -> bool:
    try:
        return _finish(_quiet(command, folder)) == 0
    except OSError:
        return False


def _quiet(command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _finish(process: subprocess.Popen[bytes], *, shows_time: bool = False) -> int:
    """Waits for a process, and ends it if we are ended or the `make` that started us is ending."""
    parent, began, lines = Parent(), time.monotonic(), 0
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=POLL_SECONDS)
            if parent.is_leaving():
                sys.exit(1)
            if shows_time and time.monotonic() - began >= (lines + 1) * LINE_EVERY:
                lines += 1
                say(f"  still installing ({lines * LINE_EVERY:.0f} s)")
    finally:
        if process.poll() is None:
            process.terminate()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
