#!/usr/bin/env bash
# A carrier's client sends the same text three times, with nothing that tells the carrier so.
#
# With:       telnyx 4.189.0 and zavudev 0.50.0 (PyPI), two carriers' clients made by the same generator.
# Good guess: a send whose answer is late ends in one error; or it is tried again under a key that the client makes.
#             Both calls know an idempotency_key, so the retries can be trusted.
# In fact:    each is posted three times by itself, on a time-out as on 500, 409 and 429. The key is only there when
#             the caller gave one; without it the retries go out all the same, and no header or field says that it is
#             the same text. A carrier that was only slow has taken all three.
# Matters:    "It's your turn" reaches the customer three times and is paid three times, and the caller gets a
#             time-out and believes that nothing left. Give every send a key, or max_retries=0.
# Known:      the README tells of the two retries, of reads and writes alike, and not that a text may be doubled.
#             https://developers.telnyx.com/docs/development/api-fundamentals/idempotency.md
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 500 venv/bin/pip install --quiet --disable-pip-version-check telnyx==4.189.0 zavudev==0.50.0

cat >send.py <<'PY'
"""A carrier that takes every message but answers late, or with an error; and one call to it."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telnyx
import zavudev

posts, status = [], 200


class Carrier(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        posts.append((body, "idempotency" in f"{self.headers}{body}".lower()))
        if status == 200:
            time.sleep(3)
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def send_once(name, send):
    posts.clear()
    error = "none"
    try:
        send()
    except Exception as raised:
        error = type(raised).__name__
    bodies, keyed = {body for body, _ in posts}, any(key for _, key in posts)
    print(f"{name} {status}: posts={len(posts)} bodies={len(bodies)} key={keyed} error={error}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
clients = {
    "telnyx": telnyx.Telnyx(api_key="k", base_url=address, timeout=1),
    "zavudev": zavudev.Zavudev(api_key="k", base_url=address, timeout=1),
}
text = {"to": "+15550100", "text": "It's your turn"}
for status in (200, 500, 409, 429):
    for name in clients:
        send_once(name, lambda: clients[name].messages.send(**text))
for name in clients:
    send_once(f"{name}, with a key,", lambda: clients[name].messages.send(**text, idempotency_key="A42-turn"))
PY

cat >recorded <<'TEXT'
telnyx late: posts=3 bodies=1 key=False error=APITimeoutError
zavudev late: posts=3 bodies=1 key=False error=APITimeoutError
telnyx 500: posts=3 bodies=1 key=False error=InternalServerError
zavudev 500: posts=3 bodies=1 key=False error=InternalServerError
telnyx 409: posts=3 bodies=1 key=False error=ConflictError
zavudev 409: posts=3 bodies=1 key=False error=ConflictError
telnyx 429: posts=3 bodies=1 key=False error=RateLimitError
zavudev 429: posts=3 bodies=1 key=False error=RateLimitError
telnyx, with a key, 429: posts=3 bodies=1 key=True error=RateLimitError
zavudev, with a key, 429: posts=3 bodies=1 key=True error=RateLimitError
TEXT

timeout 200 venv/bin/python send.py | sed 's/ 200:/ late:/' | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
