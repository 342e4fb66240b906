#!/usr/bin/env bash
# A queue in a folder can hand out the newer text first after a restart, and does at certain hours of the machine's life.
#
# With:       kombu 5.7.0 (PyPI), transport filesystem.
# Good guess: texts that wait in the folder are handed out in the order in which they were put in; that is why their
#             file names begin with a time, and are sorted.
# In fact:    that time is the monotonic clock in milliseconds, so how long the machine has been up, and the names are
#             sorted as text. What is put in after a restart has a time that says nothing about what waits from before
#             it. Without a restart the order turns over whenever the number gains a digit: 2 h 46 min 40 s after the
#             start, then at ten and a hundred times that, what comes next overtakes all that waits.
# Matters:    "it's your turn" goes out before "10 people before you", which the customer then believes. A small box in a
#             shop is started every morning. In a test, on a machine that stays up, the order is right.
# The clock that the transport asks is replaced by one that shows the hours named below; the rest is as usual.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check kombu==5.7.0

cat >put_and_get.py <<'PY'
"""Puts two texts into a folder, at two readings of the machine's uptime in seconds, and takes them out again."""

import sys
from datetime import timedelta
from pathlib import Path
from queue import Empty

from kombu import Connection
from kombu.transport import filesystem


def handed_out(queue, uptimes):
    for text, uptime in zip(("10 people before you", "it's your turn"), uptimes, strict=True):
        filesystem.monotonic = uptime.total_seconds
        queue.put(text)
    while True:
        try:
            message = queue.get(block=False)
        except Empty:
            return
        message.ack()
        yield message.payload


MINUTE = timedelta(minutes=1)
TURN = timedelta(milliseconds=10**7)
CASES = {
    "up for five hours, a minute apart": (timedelta(hours=5), timedelta(hours=5) + MINUTE),
    "before and after 2 h 46 min 40 s": (TURN - MINUTE, TURN + MINUTE),
    "before and after 27 h 46 min 40 s": (10 * TURN - MINUTE, 10 * TURN + MINUTE),
    "up for a day, restarted, up for two minutes": (timedelta(days=1), 2 * MINUTE),
    "up for a day, restarted, up for a quarter of an hour": (timedelta(days=1), 15 * MINUTE),
}
folder = Path(sys.argv[1]) / "queue"
folder.mkdir()
options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": sys.argv[1] + "/control"}
with Connection("filesystem://", transport_options=options) as connection:
    queue = connection.SimpleQueue("sms")
    for case, uptimes in CASES.items():
        print(f"{case}: " + ", then ".join(handed_out(queue, uptimes)))
PY

cat >recorded <<'TEXT'
up for five hours, a minute apart: 10 people before you, then it's your turn
before and after 2 h 46 min 40 s: it's your turn, then 10 people before you
before and after 27 h 46 min 40 s: it's your turn, then 10 people before you
up for a day, restarted, up for two minutes: it's your turn, then 10 people before you
up for a day, restarted, up for a quarter of an hour: 10 people before you, then it's your turn
TEXT

timeout 60 venv/bin/python put_and_get.py "$work" | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
