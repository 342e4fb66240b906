"""Ends a process when the process that started it has ended, in whatever way.

`end_with_launcher` is for the web and the clock, started by the launcher of `make run`, which sets its id in
the environment; without it (systemd, a container) it does nothing. `Parent` is for what `make` starts.
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
POLL_SECONDS = 0.5
GRACE_SECONDS = 6


def end_with_launcher() -> None:
    """Watch the launcher from a thread; once it is gone, terminate this process, by force after 6 s."""
    launcher = os.environ.get(LAUNCHER, "")
    if launcher.isdigit():
        threading.Thread(target=_watch, args=(int(launcher),), name="launcher watch", daemon=True).start()


def _watch(launcher: int) -> None:
    while is_alive(launcher):
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not Path("/proc/self").exists()
    return state != "Z"


def notify_systemd() -> None:
    """Send a keep-alive to systemd, for a unit with WatchdogSec; does nothing if systemd did not start us."""
    address = os.environ.get(SYSTEMD, "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
        speaking.setblocking(False)
        speaking.sendto(b"WATCHDOG=1", address.replace("@", "\0", 1) if address[0] == "@" else address)


class Parent:
    """The process that started this one; poll `is_leaving` to learn whether it is ending or has ended."""

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid or os.getppid()
        self._refusals = 0

    def is_leaving(self) -> bool:
        if os.getppid() != self._pid:
            return True
        self._refusals = self._refusals + 1 if self._is_make_ending() else 0
        return self._refusals > 1

    def _is_make_ending(self) -> bool:
        """GNU make, told to end by SIGINT or SIGHUP, waits for its children without signalling them.

        It waits inside its signal handler, where the signal stays blocked: that is the only visible trace.
        At other times it blocks signals for an instant only, so two polls must agree. Without /proc only a
        terminal's Ctrl-C is noticed, which goes to the children too.
        """
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        blocked = re.search(r"^Name:\tg?make\n.*^SigBlk:\t([0-9a-f]+)$", status, re.MULTILINE | re.DOTALL)
        endings = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
        return blocked is not None and any(int(blocked[1], 16) >> (ending - 1) & 1 for ending in endings)
