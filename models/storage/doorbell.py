"""The clock's doorbell: whoever has put a text into the outbox rings, so that the clock looks at once.

A datagram to a socket in DATA_DIR, after the commit. It says nothing, and nothing depends on it: a clock on
another host, or one that hears nothing, asks for commits some times a second and sees this one.
"""

import contextlib
import socket
from pathlib import Path

from sqlalchemy.orm import Session

FILE = "clock.socket"
MOST_HEARD = 1000  # rings that are taken together
_RINGS = "rings after its commit"


def ring_after_commit(session: Session) -> None:
    """What this transaction leaves is for the clock to do at once."""
    session.info[_RINGS] = True


class Doorbell:
    def __init__(self, folder: Path) -> None:
        self._address = str(folder / FILE)
        self._heard: socket.socket | None = None
        self._inode = 0  # of the file we made

    def ring(self) -> None:
        """Never waits, never raises: nobody may be there."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringing:
            ringing.setblocking(False)
            ringing.sendto(b"", self._address)

    def ring_if_asked(self, session: Session) -> None:
        """After the commit of `session`."""
        if session.info.pop(_RINGS, False):
            self.ring()

    def listen(self) -> bool:
        """From now on `wait` hears it, in place of any clock of this host before; False if it can't."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            # On Postgres, with its keys in the settings, nothing else has made it.
            Path(self._address).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(self._address).unlink(missing_ok=True)
            listening.bind(self._address)
            Path(self._address).chmod(0o600)
            self._inode = Path(self._address).stat().st_ino
        except OSError:  # nothing may be written there, or the name is too long for a socket
            listening.close()
            return False
        self._heard = listening
        return True

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it rings; whether it did. Listen first."""
        assert self._heard is not None
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

    def close(self) -> None:
        """And the file goes, unless a newer clock has put its own there."""
        if self._heard is not None:
            with contextlib.suppress(OSError):
                if Path(self._address).stat().st_ino == self._inode:
                    Path(self._address).unlink()
            self._heard.close()
            self._heard = None
