#!/usr/bin/env bash
# A note behind the opening hours closes the shop, or not, by the reader.
#
# With:       opening_hours 3.15.0 (npm) and opening-hours-py 2.1.4 (PyPI), reading OpenStreetMap's format.
# Good guess: Mo-Fr 09:00-17:00 "ring the bell" is open from nine to five, with a note.
# In fact:    for the JavaScript library such a rule is "unknown", and getState() is false the whole week, without a
#             warning; the one for Python says open. Only 'open "ring the bell"' means the same to both. They differ
#             as much on 17:00+ (no closing time): unknown past five and past midnight there, open until midnight here.
# Matters:    a queue that takes no numbers while the shop is closed takes none, for a note about the door; and a page
#             in JavaScript shows "closed" beside a server in Python that gives numbers.
# Known:      the specification says that a comment alone makes a rule unknown, so JavaScript's is the reading by the
#             letter: https://github.com/opening-hours/opening_hours.js/issues/43
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check opening-hours-py==2.1.4
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund opening_hours@3.15.0 >/dev/null

cat >asked <<'TEXT'
2026-11-25T10:00 Mo-Fr 09:00-17:00
2026-11-25T10:00 Mo-Fr 09:00-17:00 "ring the bell"
2026-11-25T10:00 Mo-Fr 09:00-17:00 open "ring the bell"
2026-11-25T10:00 Mo-Fr 09:00-17:00; We 09:00-12:00 "side door"
2026-11-25T20:00 Mo-Fr 17:00+
2026-11-26T01:00 Mo-Fr 17:00+
TEXT
cat >read.py <<'PY'
from datetime import datetime

from opening_hours import OpeningHours

for line in open("asked"):
    moment, hours = line.strip().split(" ", 1)
    asked, at = OpeningHours(hours), datetime.fromisoformat(moment)
    state = "open" if asked.is_open(at) else "unknown" if asked.is_unknown(at) else "closed"
    print(f"Python {moment[-5:]} {hours}: {state}")
PY
cat >read.js <<'JS'
const OpeningHours = require("opening_hours");

for (const line of require("fs").readFileSync("asked", "utf8").trim().split("\n")) {
  const [moment, hours] = [line.slice(0, 16), line.slice(17)];
  const [asked, at] = [new OpeningHours(hours, null), new Date(moment)];
  const [state, told] = [asked.getStateString(at), asked.getWarnings().length];
  console.log(`JavaScript ${moment.slice(-5)} ${hours}: ${state}, getState() ${asked.getState(at)}, ${told} warnings`);
}
JS

cat >recorded <<'TEXT'
JavaScript 10:00 Mo-Fr 09:00-17:00: open, getState() true, 0 warnings
JavaScript 10:00 Mo-Fr 09:00-17:00 "ring the bell": unknown, getState() false, 0 warnings
JavaScript 10:00 Mo-Fr 09:00-17:00 open "ring the bell": open, getState() true, 0 warnings
JavaScript 10:00 Mo-Fr 09:00-17:00; We 09:00-12:00 "side door": unknown, getState() false, 0 warnings
JavaScript 20:00 Mo-Fr 17:00+: unknown, getState() false, 0 warnings
JavaScript 01:00 Mo-Fr 17:00+: unknown, getState() false, 0 warnings
Python 10:00 Mo-Fr 09:00-17:00: open
Python 10:00 Mo-Fr 09:00-17:00 "ring the bell": open
Python 10:00 Mo-Fr 09:00-17:00 open "ring the bell": open
Python 10:00 Mo-Fr 09:00-17:00; We 09:00-12:00 "side door": open
Python 20:00 Mo-Fr 17:00+: open
Python 01:00 Mo-Fr 17:00+: closed
TEXT

{ timeout 60 node read.js; timeout 60 venv/bin/python read.py; } | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
