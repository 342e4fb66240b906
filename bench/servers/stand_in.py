"""A stand-in for the first system's design: wsgiref, one request at a time, the database opened for each.

Not its code, which is not published with this, but the design that its author measured. The standard
library's server logs every request and by default has a listen backlog of five connections; it can be given
a longer one, to separate the cost of a join from refused connections. SQLite has its defaults too, with a
rollback journal and one commit per join. A join does what any must: find the queue, the customer and their
ticket, insert both if they are new, count who is ahead, and take the average of today's services for the
wait. No signature, no duplicate check, no events, no limits.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIServer, make_server

TABLES = """
CREATE TABLE queues (id INTEGER PRIMARY KEY, keyword TEXT UNIQUE, name TEXT);
CREATE TABLE customers (id INTEGER PRIMARY KEY, phone TEXT UNIQUE);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY, queue_id INTEGER, customer_id INTEGER,
    joined_at TEXT, called_at TEXT, served_at TEXT
);
CREATE INDEX of_customer ON tickets (customer_id);
CREATE INDEX waiting ON tickets (queue_id, called_at);
CREATE INDEX served ON tickets (queue_id, served_at);
"""
QUEUE = "SELECT id, name FROM queues WHERE keyword = ?"
CUSTOMER = "SELECT id FROM customers WHERE phone = ?"
TICKET = "SELECT id FROM tickets WHERE customer_id = ? AND queue_id = ? AND served_at IS NULL"
AHEAD = "SELECT count(*) FROM tickets WHERE queue_id = ? AND called_at IS NULL AND id < ?"
SERVICES = """
SELECT avg(julianday(served_at) - julianday(called_at)) * 1440 FROM tickets
WHERE queue_id = ? AND served_at > datetime('now', '-1 day')
"""
ANSWER = (
    "<Response><Message>You are number {number} for {queue}. {ahead} people ahead of you. "
    "The wait is about {wait:.0f} min.</Message></Response>"
)


def application(path: str) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        form = parse_qs(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode())
        database = sqlite3.connect(path)
        words = join(database, form["Body"][0], form["From"][0])
        database.commit()
        database.close()
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [words.encode()]

    return answer


def join(database: sqlite3.Connection, keyword: str, phone: str) -> str:
    queue, name = database.execute(QUEUE, (keyword,)).fetchone()
    known = database.execute(CUSTOMER, (phone,)).fetchone()
    customer = known[0] if known else database.execute(ADD_CUSTOMER, (phone,)).lastrowid
    held = database.execute(TICKET, (customer, queue)).fetchone()
    number = held[0] if held else database.execute(ADD_TICKET, (queue, customer)).lastrowid
    ahead = database.execute(AHEAD, (queue, number)).fetchone()[0]
    service = database.execute(SERVICES, (queue,)).fetchone()[0] or 5.0
    return ANSWER.format(number=number, queue=name, ahead=ahead, wait=service * (ahead + 1))


ADD_CUSTOMER = "INSERT INTO customers (phone) VALUES (?)"
ADD_TICKET = "INSERT INTO tickets (queue_id, customer_id, joined_at) VALUES (?, ?, datetime('now'))"


def main(port: int, path: str, keyword: str, backlog: int = WSGIServer.request_queue_size) -> None:
    database = sqlite3.connect(path)
    database.executescript(TABLES)
    with database:
        database.execute("INSERT INTO queues (keyword, name) VALUES (?, 'Haircuts')", (keyword,))
    database.close()
    server = make_server("127.0.0.1", port, application(path))
    server.socket.listen(backlog)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
