#!/usr/bin/env bash
# A display shows that 14 is called, when the connection breaks off in 142, and never hears of 142.
#
# With:       sseclient-py 1.9.0 beside httpx-sse 0.4.3, both on httpx 0.28.1 (PyPI).
# Good guess: an event counts once the empty line behind it has come; one that broke off is asked for again with
#             Last-Event-ID, as browsers do.
# In fact:    where the end of the connection is the end of the answer, as with HTTP/1.0 or without chunks, sseclient-py
#             hands out what it has of the last event as a whole one, with its id. Whoever goes on from that id is sent
#             the next one. In an answer of chunks httpx raises first, and nothing is lost; httpx-sse drops the piece
#             both times.
# Matters:    a number cut short is a number, and somebody else's. It takes a server that restarts while it writes, so
#             it is seen at the counter and not in a test.
# Source:     https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation: at the end of
#             the file, an event without its empty line is not dispatched.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check sseclient-py==1.9.0 httpx-sse==0.4.3 httpx==0.28.1

cat >display.py <<'PY'
"""A server that restarts within its second event, and a display that connects once more and goes on from there."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import httpx_sse
import sseclient

EVENTS = [f"id: {number}\ndata: {number}\n\n".encode() for number in (141, 142, 143)]


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        last = self.headers.get("Last-Event-ID")
        sent = b"".join(event for event in EVENTS if not last or int(event[4:7]) > int(last))
        if not last:
            sent = sent[: sent.index(b"data: 142") + len(b"data: 14")]
        chunked = self.path == "/chunked"
        self.protocol_version = "HTTP/1.1" if chunked else "HTTP/1.0"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            sent = b"%x\r\n%s\r\n" % (len(sent), sent) + (b"0\r\n\r\n" if last else b"")
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection = True

    def log_message(self, *_):
        pass


def by_sseclient(response):
    return sseclient.SSEClient(response.iter_bytes()).events()


def by_httpx_sse(response):
    return httpx_sse.EventSource(response).iter_sse()


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
for answer in ("closed", "chunked"):
    for read in (by_sseclient, by_httpx_sse):
        shown, last = [], None
        for _connection in range(2):
            headers = {"Last-Event-ID": last} if last else {}
            url = f"http://127.0.0.1:{server.server_port}/{answer}"
            try:
                with httpx.stream("GET", url, headers=headers, timeout=10) as response:
                    for event in read(response):
                        last = event.id
                        shown.append(event.data)
            except httpx.RemoteProtocolError:
                shown.append("(error)")
        print(f"{answer}, {read.__name__}: {' '.join(shown)}")
PY

cat >recorded <<'TEXT'
closed, by_sseclient: 141 14 143
closed, by_httpx_sse: 141 142 143
chunked, by_sseclient: 141 (error) 142 143
chunked, by_httpx_sse: 141 (error) 142 143
TEXT

timeout 60 venv/bin/python display.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
