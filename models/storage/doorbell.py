"""The clock's doorbell: whoever has put a text into the outbox rings, so that the clock looks at once.

A datagram to a socket in DATA_DIR, after the commit. It says nothing, and nothing depends on it: a clock on
another host, or one that hears nothing, asks for commits some times a second and sees this one.
"""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

FILE = "clock.socket"
MOST_HEARD = 1000  # rings that are taken together
_RINGS = "rings after its commit"


def ring_after_commit(session: Session) -> None:
    """What this transaction leaves is for the clock to do at once."""
    session.info[_RINGS] = True


def ring_if_asked(session: Session, folder: Path) -> None:
    """After the commit of `session`."""
    if session.info.pop(_RINGS, False):
        ring(folder)


def ring(folder: Path) -> None:
    """Never waits, never raises: nobody may be there."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringing:
        ringing.setblocking(False)
        ringing.sendto(b"", str(folder / FILE))


class Doorbell:
    """What a clock hears of its host. Made by `listen`."""

    def __init__(self, heard: socket.socket) -> None:
        self._heard = heard

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it rings; whether it did."""
        self._heard.settimeout(max(seconds, 0.001))
        try:
            self._heard.recv(1)
        except OSError:  # the time is over
            return False
        self._heard.setblocking(False)
        with contextlib.suppress(OSError):
            for _ in range(MOST_HEARD):
                self._heard.recv(1)
        return True


@contextlib.contextmanager
def listen(folder: Path) -> Iterator[Doorbell | None]:
    """Within the block rings are heard here, by no clock of this host that began before.

    None if nothing may be written there, or the folder's name is too long for a socket.
    """
    file = folder / FILE
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        try:
            inode = _bind(heard, file)
        except OSError:
            yield None
            return
        try:
            yield Doorbell(heard)
        finally:
            with contextlib.suppress(OSError):
                if file.stat().st_ino == inode:  # else a newer clock has put its own there
                    file.unlink()


def _bind(heard: socket.socket, file: Path) -> int:
    """Gives the inode of the file that it made."""
    # On Postgres, with its keys in the settings, nothing else has made the folder.
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    heard.bind(str(file))
    file.chmod(0o600)
    return file.stat().st_ino
