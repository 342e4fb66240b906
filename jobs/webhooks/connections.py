"""Connections to other people's servers: to public addresses only, each step within the time that is left.

The name is looked up once, and the connection is made to a number that was judged, so that a name which
stands for another number a moment later leads nowhere. No proxy and no redirect is followed.
"""

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import SplitResult

from models.webhooks.addresses import is_public, port_of

MOST_READ = 64 * 1024  # bytes of an answer, with its heads and whatever goes before them


class NotPublic(Exception):
    """The name stands for an address of an inner network."""


class Deadline:
    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._ends_at = clock, clock() + seconds

    @property
    def left(self) -> float:
        """Seconds; TimeoutError if there are none."""
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


def connection_to(parts: SplitResult, deadline: Deadline, *, inner_too: bool) -> http.client.HTTPConnection:
    """Not connected yet. `inner_too`: whoever runs the installation trusts this host."""
    kind = _SecureConnection if parts.scheme == "https" else _Connection
    return kind(parts.hostname or "", port_of(parts), deadline, inner_too)


class _Limited(io.RawIOBase):
    """What a server sends, up to MOST_READ bytes; beyond, HTTPException: others wait while it is read."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw, self._left = raw, MOST_READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        read = self._raw.readinto(buffer)
        self._left -= read or 0
        if self._left < 0:
            raise http.client.HTTPException("a long answer")
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.fp: Any = io.BufferedReader(_Limited(self.fp.detach()))


class _Connection(http.client.HTTPConnection):
    response_class = _Answer

    def __init__(self, host: str, port: int, deadline: Deadline, inner_too: bool) -> None:
        super().__init__(host, port)
        self._deadline, self._inner_too = deadline, inner_too

    def connect(self) -> None:
        addresses = look_up(self.host, self.port, self._deadline)
        if not self._inner_too and not all(is_public(address[0]) for _, address in addresses):
            raise NotPublic
        self.sock = _first_that_answers(addresses, self._deadline)


class _SecureConnection(_Connection):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(self._deadline.left)
        secured = _trust().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = secured  # so that it can be shut while it shakes hands
        secured.do_handshake()


Address = tuple[int, tuple[str, int]]


def look_up(host: str, port: int, deadline: Deadline) -> list[Address]:
    """(family, socket address) of the name. In a thread, as a look-up has no time limit of its own."""
    found: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _, _, _, address in infos])  # type: ignore[misc]
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    threading.Thread(target=ask, name="webhook look-up", daemon=True).start()
    try:
        answer = found.get(timeout=deadline.left)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _first_that_answers(addresses: list[Address], deadline: Deadline) -> socket.socket:
    fault: OSError = ConnectionError("no address")
    for family, address in addresses:
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(deadline.left)
            made.connect(address)
        except OSError as error:
            made.close()
            fault = error
        else:
            return made
    raise fault


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading the certificates of all authorities takes as long as a request."""
    return ssl.create_default_context()
