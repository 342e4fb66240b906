"""A receiver of webhooks as a shop's program would have one: it verifies each message with the library of the
scheme, and fails as often as it is told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """`answers` gives the status of the n-th request; None closes the connection without an answer."""

    port: int = 0
    secret: str = ""
    answers: Callable[[int], int | None] = lambda _: 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    asked: int = 0
    forged: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=us"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def take(self, headers: dict[str, str], body: bytes) -> int | None:
        with self.lock:
            self.asked += 1
            status = self.answers(self.asked)
            try:
                said = Webhook(self.secret).verify(body, headers) if self.secret else {}
            except WebhookVerificationError:
                self.forged += 1
                return 401
            # What was taken and not answered comes again: that is "at least once".
            if (status is None or 200 <= status < 300) and headers["webhook-id"] not in self.ids:
                self.ids.append(headers["webhook-id"])
                self.taken.append(said)
            return status


@contextmanager
def receiving(**values: Any) -> Iterator[Receiver]:
    """Listens on this machine until the block ends."""
    receiver = Receiver(**values)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = receiver.take(dict(self.headers), body)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
