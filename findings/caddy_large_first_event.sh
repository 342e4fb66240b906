#!/usr/bin/env bash
# A board's live page works while the queue is short, and stands still once the queue is long.
#
# With:       caddy 2.6.2-5 (Debian 12), `encode gzip` and `reverse_proxy` without options.
# Good guess: reverse_proxy passes server-sent events on at once, by their content type; encode leaves them so, or it
#             breaks them all, which the first try shows.
# In fact:    it depends on the size of the first event. Below 512 bytes the stream is not compressed, and each event
#             arrives at once. From 512 bytes on it is compressed, and no flush goes through the compression: the
#             browser has not even the first event when the fourth is sent. At the stream's end all come at once.
# Matters:    the first event is the state of the queue, the later ones are what changes. With five people in the queue
#             everything works, with fifty the customer's page never says "it's your turn". Leave the stream's address
#             or text/event-stream out of encode.
# Known:      https://github.com/caddyserver/caddy/issues/6293, of 2.7.6, mended by pull requests 6471 and 7905 for later
#             versions; not that a stream with a short first event goes through, so that a test shows nothing.
# The package is unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

mkdir -p debs/partial root
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root caddy=2.6.2-5 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done

read -r app plain encoded <<<"$(python3 -c 'import socket
opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(each.getsockname()[1] for each in opened))')"

cat >Caddyfile <<CADDY
{
	admin off
	auto_https off
}
http://:$plain {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:$app
}
http://:$encoded {
	bind 127.0.0.1
	encode gzip
	reverse_proxy 127.0.0.1:$app
}
CADDY

cat >streams.py <<'PY'
"""An application that sends a first event of a given size and three small ones, and a browser behind each proxy."""

import http.client
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

APP, PLAIN, ENCODED = map(int, sys.argv[1:])
sent, end = threading.Event(), threading.Event()


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for data in ("x" * int(self.path[1:]), "number 40", "number 41", "it's your turn"):
            event = f"data: {data}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            end.wait(0.5)
        sent.set()
        end.wait(20)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Browser:
    def __init__(self, port, first):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.first, self.events = first, 0

    def read(self):
        self.connection.request("GET", f"/{self.first}", headers={"Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        gzip = zlib.decompressobj(31) if answer.headers["Content-Encoding"] == "gzip" else None
        while piece := answer.read1():
            self.events += (gzip.decompress(piece) if gzip else piece).count(b"\n\n")


def look(name, port, first):
    sent.clear()
    end.clear()
    browser = Browser(port, first)
    reading = threading.Thread(target=browser.read, daemon=True)
    reading.start()
    sent.wait(20)
    end.wait(2)
    open_events = browser.events
    end.set()
    reading.join(20)
    print(f"{name}, first event {first} letters: {open_events} of 4 while the stream is open, {browser.events} at its end")


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", APP), App).serve_forever, daemon=True).start()
for first in (100, 500, 600):
    look("without encode", PLAIN, first)
    look("with encode gzip", ENCODED, first)
PY

export HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work
timeout 120 root/usr/bin/caddy run --config Caddyfile --adapter caddyfile >log 2>&1 &
for _ in $(seq 60); do grep -q "serving initial configuration" log && break; sleep 0.5; done

cat >recorded <<'TEXT'
without encode, first event 100 letters: 4 of 4 while the stream is open, 4 at its end
with encode gzip, first event 100 letters: 4 of 4 while the stream is open, 4 at its end
without encode, first event 500 letters: 4 of 4 while the stream is open, 4 at its end
with encode gzip, first event 500 letters: 4 of 4 while the stream is open, 4 at its end
without encode, first event 600 letters: 4 of 4 while the stream is open, 4 at its end
with encode gzip, first event 600 letters: 0 of 4 while the stream is open, 4 at its end
TEXT

timeout 90 python3 streams.py "$app" "$plain" "$encoded" | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
