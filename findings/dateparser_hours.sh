#!/usr/bin/env bash
# "At five" is five this afternoon in French, yesterday evening in Portuguese, and a day of the month in German.
#
# With:       dateparser 1.5.0 (PyPI).
# Good guess: the commonest way of saying an hour is understood in each of its languages, or gives None.
# In fact:    Portuguese takes "às 17h" for seventeen hours ago (or ahead, if the future is preferred), the same 17h
#             that is five o'clock in French; "às 17:00" is right. German "um 17 Uhr" is the 17th of the month at
#             midnight, Spanish "a las 5" the 5th. English "tomorrow at 9" loses the nine and keeps the present hour.
#             None of them gives None, so nothing shows that it was not understood.
# Matters:    a customer who texts "volto às 17h" (I'm back at five) is put down for tomorrow at five in the morning.
# Known:      of German and Spanish, https://github.com/scrapinghub/dateparser/issues/1159 (open).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check dateparser==1.5.0

cat >read.py <<'PY'
from datetime import datetime

import dateparser

NOON = datetime(2026, 11, 28, 12, 0)

for language, said in (
    ("fr", "à 17h"),
    ("pt", "às 17h"),
    ("pt", "às 17:00"),
    ("de", "um 17 Uhr"),
    ("de", "um 17:00 Uhr"),
    ("es", "a las 5"),
    ("es", "a las 17:00"),
    ("en", "at 5pm"),
    ("en", "tomorrow at 9"),
    ("en", "tomorrow at 9am"),
):
    found = [
        dateparser.parse(said, languages=[language], settings={"RELATIVE_BASE": NOON, "PREFER_DATES_FROM": times})
        for times in ("current_period", "future")
    ]
    print(f"{language} {said}: {found[0]:%d %b %H:%M}, preferring the future {found[1]:%d %b %H:%M}")
PY

cat >recorded <<'TEXT'
fr à 17h: 28 Nov 17:00, preferring the future 28 Nov 17:00
pt às 17h: 27 Nov 19:00, preferring the future 29 Nov 05:00
pt às 17:00: 28 Nov 17:00, preferring the future 28 Nov 17:00
de um 17 Uhr: 17 Nov 00:00, preferring the future 17 Nov 00:00
de um 17:00 Uhr: 28 Nov 17:00, preferring the future 28 Nov 17:00
es a las 5: 05 Nov 00:00, preferring the future 05 Nov 00:00
es a las 17:00: 28 Nov 17:00, preferring the future 28 Nov 17:00
en at 5pm: 28 Nov 17:00, preferring the future 28 Nov 17:00
en tomorrow at 9: 29 Nov 12:00, preferring the future 29 Nov 12:00
en tomorrow at 9am: 29 Nov 09:00, preferring the future 29 Nov 09:00
TEXT

echo "said on 28 November at noon:"
PYTHONWARNINGS=ignore timeout 60 venv/bin/python read.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
