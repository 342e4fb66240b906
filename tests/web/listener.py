"""A client of `/events/…`, over a real socket like the one the web server hands to the application."""

import json
import re
import socket
import threading
from types import TracebackType
from typing import Any, Self

from flask import Flask

from web.live.broadcast import Broadcast

TIMEOUT_SECONDS = 30  # longer than a watcher of an earlier test waits for its database


class Listener:
    """Follows a queue; `news()` waits for the next event."""

    def __init__(self, app: Flask, path: str, protocol: str = "HTTP/1.1", **environ: Any) -> None:
        self._is_chunked = protocol == "HTTP/1.1"
        self._ours, self._servers = socket.socketpair()
        self._ours.settimeout(TIMEOUT_SECONDS)
        environ |= {"gunicorn.socket": self._servers, "SERVER_PROTOCOL": protocol}
        self.response = app.test_client().get(path, environ_overrides=environ)
        self._answer = iter(self.response.response)
        self.greeting = _text(next(self._answer))
        self._unread = b""
        self._parked = threading.Thread(target=self._park, daemon=True)
        self._parked.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def first_state(self) -> dict[str, Any]:
        """The state in the first event."""
        (news,) = news_in(self.greeting)
        return news

    def news(self) -> dict[str, Any]:
        """The next news; skips heartbeats."""
        while True:
            for news in news_in(self.event()):
                return news

    def event(self) -> str:
        """The next event, without its chunk framing."""
        if not self._is_chunked:
            return self._read_until(b"\n\n").decode()
        size = int(self._read_until(b"\r\n"), 16)
        event = self._read_until(b"\n\n\r\n").removesuffix(b"\r\n")
        assert len(event) == size
        return event.decode()

    def rest_until_closed(self) -> bytes:
        """The bytes that arrive until the server closes the connection."""
        said = self._unread
        while more := self._ours.recv(65536):
            said += more
        return said

    def close(self) -> None:
        self._ours.close()
        self.wait_until_ended()

    def wait_until_ended(self) -> None:
        """Block until the server has ended the request."""
        self._parked.join(TIMEOUT_SECONDS)
        assert not self._parked.is_alive()
        self._servers.close()

    def _park(self) -> None:
        for _ in self._answer:
            raise AssertionError("only the greeting comes by way of the application")

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            more = self._ours.recv(65536)
            assert more, "the stream has ended"
            self._unread += more
        found, end, self._unread = self._unread.partition(end)
        return found + end


def news_in(words: str) -> list[dict[str, Any]]:
    return [json.loads(data) for data in re.findall("^data: (.+)$", words, re.MULTILINE)]


def broadcast_of(app: Flask) -> Broadcast:
    made: Broadcast = app.extensions["broadcast"]
    return made


def _text(piece: bytes | str) -> str:
    return piece.decode() if isinstance(piece, bytes) else piece
