#!/usr/bin/env bash
# A text scheduled in New York leaves fourteen hours late; the same in Berlin is on time.
#
# With:       aiosmpplib 0.7.4 and tzdata 2026.6 (PyPI), read by smpp 0.5.1 (npm) and by itself.
# Good guess: schedule_delivery_time with a time zone means that moment; SMPP writes the zone's distance from UTC in
#             quarters of an hour and a sign.
# In fact:    west of Greenwich it writes the quarters that are left of the day: 76- for New York's five hours (20-),
#             which is nineteen hours, and more than the 48 that the format allows: a strict message center refuses it,
#             another one waits. Reading, it takes the quarters for hours: its own 04+ from Berlin is four hours ahead,
#             so a server built on it sends three hours early, and 76- is no time at all. UTC survives both ways.
# Matters:    "we open at ten, you are the third" arrives at midnight. Developed in Europe, it passes every test.
# Source:     SMPP v3.4, 7.1.1 (absolute time format: nn, 00-48, and p).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check aiosmpplib==0.7.4 tzdata==2026.6
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund smpp@0.5.1 >/dev/null

cat >schedule.py <<'PY'
"""A text scheduled for ten o'clock, once for each city, as aiosmpplib writes that time and reads it again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiosmpplib.protocol import SubmitSm

for city in ("Europe/Berlin", "UTC", "America/New_York"):
    ten = datetime(2026, 11, 30, 10, tzinfo=ZoneInfo(city))
    written = SubmitSm.datetime_to_smpp_time(ten)
    try:
        read = f"{SubmitSm.smpp_time_to_datetime(written).astimezone(UTC):%dT%H:%MZ}"
    except ValueError:
        read = "fails"
    print(city, written, f"{ten.astimezone(UTC):%dT%H:%MZ}", read)
PY
cat >read.js <<'JS'
const smpp = require("smpp");

for (const line of require("fs").readFileSync(0, "ascii").trim().split("\n")) {
  const [city, written, meant, readBack] = line.split(" ");
  const sent = new smpp.PDU("submit_sm", { destination_addr: "15550100", schedule_delivery_time: written });
  const leaves = smpp.PDU.fromBuffer(sent.toBuffer()).schedule_delivery_time.toISOString();
  console.log(`${city} ${written} meant ${meant}, leaves ${leaves.slice(8, 16)}Z, read back ${readBack}`);
}
JS

cat >recorded <<'TEXT'
Europe/Berlin 261130100000004+ meant 30T09:00Z, leaves 30T09:00Z, read back 30T06:00Z
UTC 261130100000000+ meant 30T10:00Z, leaves 30T10:00Z, read back 30T10:00Z
America/New_York 261130100000076- meant 30T15:00Z, leaves 01T05:00Z, read back fails
TEXT

timeout 60 venv/bin/python schedule.py | timeout 60 node read.js | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
