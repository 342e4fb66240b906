#!/usr/bin/env bash
# "One and a half hours" is half an hour, "30-45 min" is 75 minutes, or three quarters of an hour ago.
#
# With:       timelength 3.0.4 and parsedatetime 2.6 (PyPI), parse-duration 2.1.9 (npm).
# Good guess: a reader of typed durations gives the minutes, or says that it does not understand; one that knows "half
#             an hour" knows "one and a half hours".
# In fact:    timelength takes the half for a factor, or drops it, or counts it as a whole: an hour and a half is 30, 60
#             or 120 minutes, each time with success. parsedatetime drops "half an", and reads the hyphen of a range as
#             a minus. parse-duration adds up all the numbers and gives one without a unit that of the result, so a
#             range of minutes is its sum, a range of hours gains two minutes, and 1½ hours is a minute.
# Matters:    "back in 30-45 min" is how a counter's break is typed; "75 minutes" on the board sends people home. What
#             developers try, 1.5 hours and 45 minutes, is right. Read the minutes back to whoever typed them, or ask
#             for a number. timelength refuses these when its locale is given FailureFlags.ALL.
# Source:     timelength's README lists what may fail, and that the default flags let nearly all of it pass.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check timelength==3.0.4 parsedatetime==2.6
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund parse-duration@2.1.9 >/dev/null

cat >read.mjs <<'JS'
import parse from "parse-duration";

const typed = [
  "45 minutes", "1.5 hours", "half an hour", "an hour and a half", "one and a half hours", "1 1/2 hours", "1½ hours",
  "30-45 min", "2-3 hours",
];
console.log(JSON.stringify(typed.map((text) => [text, parse(text, "m")])));
JS
cat >read.py <<'PY'
"""What three readers make of a typed duration, in minutes, or that they do not understand."""

import json
import sys
from datetime import datetime, timedelta

from parsedatetime import Calendar
from timelength import TimeLength

NOW = datetime(2027, 3, 1, 9)
MINUTE = timedelta(minutes=1)


def with_timelength(text):
    result = TimeLength(text).result
    return result.delta / MINUTE if result.success else None


def with_parsedatetime(text):
    read, understood = Calendar().parseDT(text, NOW)
    return (read - NOW) / MINUTE if understood else None


def said(minutes):
    return "not understood" if minutes is None else f"{minutes:g}"


for text, parsed in json.load(sys.stdin):
    read = {"timelength": with_timelength(text), "parsedatetime": with_parsedatetime(text), "parse-duration": parsed}
    print(f"{text}: " + ", ".join(f"{name} {said(minutes)}" for name, minutes in read.items()))
PY

cat >recorded <<'TEXT'
45 minutes: timelength 45, parsedatetime 45, parse-duration 45
1.5 hours: timelength 90, parsedatetime 90, parse-duration 90
half an hour: timelength 30, parsedatetime 60, parse-duration not understood
an hour and a half: timelength 60, parsedatetime 60, parse-duration not understood
one and a half hours: timelength 30, parsedatetime not understood, parse-duration not understood
1 1/2 hours: timelength 30, parsedatetime 120, parse-duration 131
1½ hours: timelength 120, parsedatetime not understood, parse-duration 1
30-45 min: timelength 45, parsedatetime -45, parse-duration 75
2-3 hours: timelength 180, parsedatetime -180, parse-duration 182
TEXT

timeout 60 node read.mjs | timeout 60 venv/bin/python read.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
