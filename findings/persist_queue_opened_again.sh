#!/usr/bin/env bash
# Whoever opens the queue to add a text makes those in hand be handed out again.
#
# With:       persist-queue 1.1.0 (PyPI), SQLiteAckQueue.
# Good guess: what a worker has taken and not yet acknowledged is its own until the worker is gone; after a crash it
#             is handed out again.
# In fact:    opening the same queue counts as that crash. All that is unacknowledged is ready again, whoever holds
#             it, and the next get returns it. A web request that opens the queue to put something in is enough; so is
#             a worker that starts. One that takes a text, sends it and acknowledges it before it takes the next never
#             sees it; two workers, or one that takes several at a time, send twice, and the first acknowledgement is
#             dropped with a line in the log.
# Matters:    a new customer makes the text that is just being sent to another be sent twice. Open the queue once for
#             a process, and give auto_resume=False to all but what starts after a crash.
# Known:      https://github.com/peter-wangxu/persist-queue/pull/61 added it, for a process that was killed; the README
#             does not tell of it. (Several processes on a queue are not supported; here it is one.)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check persist-queue==1.1.0

cat >work.py <<'PY'
import sys

from persistqueue import Empty, SQLiteAckQueue


def next_of(queue):
    try:
        return queue.get(block=False)
    except Empty:
        return "nothing"


def two_workers(path, resumes):
    """Two workers share a queue; between their turns the web opens it, unless `resumes` is None."""
    queue = SQLiteAckQueue(path, multithreading=True)
    queue.put("A41: it's your turn")
    print("  first worker takes", first := next_of(queue))
    if resumes is not None:
        SQLiteAckQueue(path, multithreading=True, auto_resume=resumes).put("A42: you have a number")
        print("  the web adds A42")
    print("  second worker takes", next_of(queue))
    print("  first worker acknowledges, accepted:", queue.ack(first) is not None)


for case, resumes in (("not opened again", None), ("opened with auto_resume=False", False), ("opened as usual", True)):
    print(f"{case}:")
    two_workers(f"{sys.argv[1]}/{case}", resumes)
PY

cat >recorded <<'TEXT'
not opened again:
  first worker takes A41: it's your turn
  second worker takes nothing
  first worker acknowledges, accepted: True
opened with auto_resume=False:
  first worker takes A41: it's your turn
  the web adds A42
  second worker takes A42: you have a number
  first worker acknowledges, accepted: True
opened as usual:
  first worker takes A41: it's your turn
  the web adds A42
  second worker takes A41: it's your turn
  first worker acknowledges, accepted: False
TEXT

timeout 60 venv/bin/python work.py "$work" | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
