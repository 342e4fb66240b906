"""A connection to a mail server that ends after so many seconds, also if the server keeps sending."""

import smtplib
import socket
import threading
from contextlib import suppress
from typing import Any

CUT_AGAIN_SECONDS = 1.0


class Bounded(smtplib.SMTP):
    """A connection that is closed after so many seconds, whatever the server sends meanwhile."""

    def __init__(self, *where: Any, whole_seconds: float, **how: Any) -> None:
        self._whole_seconds = whole_seconds
        self._is_over = threading.Event()
        self._was_cut = False
        super().__init__(*where, **how)

    def connect(self, *where: Any, **how: Any) -> tuple[int, bytes]:
        threading.Thread(target=self._close_in_time, name="mail", daemon=True).start()
        try:
            return super().connect(*where, **how)
        except BaseException:
            self._is_over.set()
            raise

    def getreply(self) -> tuple[int, bytes]:
        answer = super().getreply()
        if self._was_cut:  # a truncated answer may look like a good one
            raise smtplib.SMTPServerDisconnected("no answer in time")
        return answer

    def close(self) -> None:
        self._is_over.set()
        super().close()

    def _close_in_time(self) -> None:
        over = self._is_over.wait(self._whole_seconds)
        while not over:
            self._was_cut = True
            if self.sock is not None:
                with suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)
            over = self._is_over.wait(CUT_AGAIN_SECONDS)  # again: it may not have been connected yet


class BoundedSsl(Bounded, smtplib.SMTP_SSL):
    pass
