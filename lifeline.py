"""Processes that end with the one that started them, however that one ended.

`hold` is for the web and the clock, which the launcher of `make run` starts; `Parent` for what `make` starts.
The launcher names itself in the environment; where nobody did (systemd, a container), `hold` does nothing.
"""

import contextlib
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

LAUNCHER = "TAKE_A_NUMBER_LAUNCHER"
SYSTEMD = "NOTIFY_SOCKET"
LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 6


def hold() -> None:
    """Watches from a thread; half a second after its launcher asks this process to end, then insists."""
    launcher = os.environ.get(LAUNCHER, "")
    if launcher.isdigit():
        threading.Thread(target=_watch, args=(int(launcher),), name="lifeline", daemon=True).start()


def _watch(launcher: int) -> None:
    while is_alive(launcher):
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits for its parent to notice (a zombie) does not."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not Path("/proc/self").exists()
    return state != "Z"


def tell_systemd() -> None:
    """This process is alive, for a unit with WatchdogSec; nothing where systemd did not start it."""
    address = os.environ.get(SYSTEMD, "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
        speaking.setblocking(False)
        speaking.sendto(b"WATCHDOG=1", address.replace("@", "\0", 1) if address[0] == "@" else address)


class Parent:
    """The process that started this one, asked every half second whether it is leaving or has left."""

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid or os.getppid()
        self._refusals = 0

    def is_leaving(self) -> bool:
        if os.getppid() != self._pid:
            return True
        self._refusals = self._refusals + 1 if self._is_make_ending() else 0
        return self._refusals > 1

    def _is_make_ending(self) -> bool:
        """GNU make that is told to end by SIGINT or SIGHUP waits for its children without telling them.

        It does so inside its signal handler, where the signal stays blocked: the one trace there is to see.
        At other times it blocks signals for an instant only, hence two looks. Where there is no /proc, only
        a terminal's Ctrl-C, which goes to the children too, is noticed.
        """
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        blocked = re.search(r"^Name:\tg?make\n.*^SigBlk:\t([0-9a-f]+)$", status, re.MULTILINE | re.DOTALL)
        endings = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
        return blocked is not None and any(int(blocked[1], 16) >> (ending - 1) & 1 for ending in endings)
