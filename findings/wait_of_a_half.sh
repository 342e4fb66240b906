#!/usr/bin/env bash
# Two waits that differ by an hour are told in the same words: an hour and a half, and two hours and a half.
#
# With:       babel 2.19.0 and humanize 4.17.0, beside arrow 1.4.0 (PyPI) and date-fns 4.4.0 (npm).
# Good guess: 90 minutes are "an hour" or "2 hours"; whichever it is, an hour more is told as an hour more.
# In fact:    babel and humanize round to the nearest hour, and a half to the nearest even one, as Python's round does:
#             90 and 150 minutes are both "2 hours", 210 and 270 both "4 hours", with a jump from two to three between
#             150 minutes and 151. So it is in every language and with minutes and days too. arrow cuts the half off
#             and date-fns rounds it up; with both of them an hour more is an hour more.
# Matters:    an estimate is told in steps of half an hour, so that it stands on the half all the time. Of two customers
#             an hour apart both hear "2 hours", and the second one waits for two and a half. Round it before, upward.
# Source:     humanize documents that it rounds to the nearest unit; neither says what becomes of the half.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check babel==2.19.0 humanize==4.17.0 arrow==1.4.0
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund date-fns@4.4.0 >/dev/null

cat >say.py <<'PY'
"""How each of them says a wait of so many minutes."""

from datetime import datetime, timedelta

import arrow
import humanize
from babel.dates import format_timedelta

NOW = arrow.get(datetime(2026, 11, 30, 9))

for minutes in (90, 150, 151, 210, 270):
    wait = timedelta(minutes=minutes)
    words = [format_timedelta(wait, locale=language) for language in ("en", "de", "pt")]
    called = (NOW + wait).humanize(NOW, only_distance=True)
    print(f"{minutes}: babel {', '.join(words)}; humanize {humanize.naturaldelta(wait)}; arrow {called}")
PY
cat >say.js <<'JS'
const { formatDistanceStrict } = require("date-fns");

for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  console.log(`${line}; date-fns ${formatDistanceStrict(0, parseInt(line) * 60_000)}`);
}
JS

cat >recorded <<'TEXT'
90: babel 2 hours, 2 Stunden, 2 horas; humanize 2 hours; arrow an hour; date-fns 2 hours
150: babel 2 hours, 2 Stunden, 2 horas; humanize 2 hours; arrow 2 hours; date-fns 3 hours
151: babel 3 hours, 3 Stunden, 3 horas; humanize 3 hours; arrow 2 hours; date-fns 3 hours
210: babel 4 hours, 4 Stunden, 4 horas; humanize 4 hours; arrow 3 hours; date-fns 4 hours
270: babel 4 hours, 4 Stunden, 4 horas; humanize 4 hours; arrow 4 hours; date-fns 5 hours
TEXT

echo "minutes of waiting, in words:"
timeout 60 venv/bin/python say.py | timeout 60 node say.js | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
