"""A web server that answers one request with status 200."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def one_answer(body: bytes = b"") -> Iterator[int]:
    """Its port on 127.0.0.1; what is asked for there gets `body`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as web:
        threading.Thread(target=web.handle_request, daemon=True).start()
        yield web.server_port
