"""Ends this process when the launcher that started it is gone, however the launcher ended.

The launcher of `make run` names itself in the environment; where nobody did (systemd, a container),
this does nothing.
"""

import os
import signal
import threading
import time
from pathlib import Path

LAUNCHER = "TAKE_A_NUMBER_LAUNCHER"
LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 6


def hold() -> None:
    """Watches from a thread; half a second after its launcher asks this process to end, then insists."""
    launcher = os.environ.get(LAUNCHER, "")
    if launcher.isdigit():
        threading.Thread(target=_watch, args=(int(launcher),), name="lifeline", daemon=True).start()


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


def _watch(launcher: int) -> None:
    while is_alive(launcher):
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
