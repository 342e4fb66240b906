"""The address of the fake carrier's API: where it listens, and when it refuses connections."""

import socket
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

from tests.fake_carrier.handler import Handler
from tests.fake_carrier.incoming import Incoming

BIND_TRIES = 50


class Api:
    """Listens, always on the same port, while it is open and may accept connections."""

    def __init__(self, carrier: Incoming, *, host: str, port: int, base_path: str) -> None:
        self._carrier, self._host = carrier, host
        self._port, self._base_path = port, base_path.rstrip("/")
        self._server: ThreadingHTTPServer | None = None
        self._is_open = False
        self._outages: set[object] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}{self._base_path}"

    def open(self) -> None:
        self._change(lambda: setattr(self, "_is_open", True))

    def close(self) -> None:
        self._change(lambda: setattr(self, "_is_open", False))

    def begin_outage(self, outage: object) -> None:
        self._change(lambda: self._outages.add(outage))

    def end_outage(self, outage: object) -> None:
        self._change(lambda: self._outages.discard(outage))

    def refuse_for(self, seconds: float) -> None:
        def refuse() -> None:
            outage = object()
            self.begin_outage(outage)
            time.sleep(seconds)
            self.end_outage(outage)

        threading.Thread(target=refuse, name="fake carrier refusing", daemon=True).start()

    def _change(self, change: Callable[[], Any]) -> None:
        with self._lock:
            change()
            wanted = self._is_open and not self._outages
            if wanted and self._server is None:
                self._listen()
            elif not wanted and self._server is not None:
                # Ends listening at once; connections must be refused, not accepted and dropped.
                self._server.socket.shutdown(socket.SHUT_RDWR)
                self._server.shutdown()
                self._server.server_close()
                self._server = None

    def _listen(self) -> None:
        particulars = {
            "carrier": self._carrier,
            "refuse_for": staticmethod(self.refuse_for),
            "base_path": self._base_path,
        }
        handler = type("Handler", (Handler,), particulars)
        for attempt in range(BIND_TRIES):
            try:
                self._server = _Server((self._host, self._port), handler)
                break
            except OSError:  # some outgoing connection has borrowed the port meanwhile
                if attempt == BIND_TRIES - 1:
                    raise
                time.sleep(0.1)
        assert self._server is not None
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake carrier api", daemon=True
        ).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignored: faults make clients disconnect."""
