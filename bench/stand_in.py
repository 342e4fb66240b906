"""A stand-in for the first system's design: wsgiref, one request at a time, the database opened for each.

Not its code, which is not published with this; the shape of what its author measured.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

TABLE = "CREATE TABLE IF NOT EXISTS line (number INTEGER PRIMARY KEY, phone TEXT, served INTEGER DEFAULT 0)"


class Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def application(path: str) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        form = parse_qs(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode())
        connection = sqlite3.connect(path)
        connection.execute(TABLE)
        number = connection.execute("INSERT INTO line (phone) VALUES (?)", (form["From"][0],)).lastrowid
        ahead = connection.execute("SELECT count(*) FROM line WHERE served = 0").fetchone()[0] - 1
        connection.commit()
        connection.close()
        words = f"<Response><Message>You are number {number}. {ahead} ahead of you.</Message></Response>"
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [words.encode()]

    return answer


def main(port: int, path: str) -> None:
    server = make_server("127.0.0.1", port, application(path), handler_class=Silent)
    server.socket.listen(2048)  # its own five would refuse most of a hundred clients
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
