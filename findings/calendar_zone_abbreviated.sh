#!/usr/bin/env bash
# An appointment at ten is at ten in Berlin all year, and in New York at eleven from March to November.
#
# With:       vobject 0.9.9 (PyPI) writes; icalendar 7.3.2 with tzdata 2026.6 (PyPI), node-ical 0.26.1 and ical.js 2.2.1
#             (npm) read.
# Good guess: a calendar file that defines its own time zone says the same moment to everybody.
# In fact:    vobject names the zone of a zoneinfo datetime by the abbreviation of its winter time, and writes the rules
#             of both halves of the year under that name, which is right. icalendar and node-ical do not look at them
#             where they know a zone of that name already: EST and GMT are fixed, so a summer's appointment in New York
#             or London comes out an hour late. CET and WET happen to have a summer, so Berlin and Lisbon are right.
#             ical.js reads the rules of the file.
# Matters:    the file goes along with "you are booked for ten", and the customer comes at eleven. It is made and tried
#             in winter, or in Berlin. Write UTC, or put a name of your own into the file.
# Source:     RFC 5545, 3.2.19 and 3.6.5: TZID names a VTIMEZONE of the same file; only one that begins with a slash is global.
# Known:      of vobject's name, https://github.com/py-vobject/vobject/issues/117 (two zones of one abbreviation).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check vobject==0.9.9 icalendar==7.3.2 tzdata==2026.6
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund node-ical@0.26.1 ical.js@2.2.1 >/dev/null

cat >write.py <<'PY'
"""An appointment at ten o'clock, in winter and in summer, in each city: what vobject writes and icalendar reads."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import icalendar
import vobject

for city in ("Europe/Berlin", "Europe/Lisbon", "Europe/London", "America/New_York"):
    for month in (1, 7):
        ten = datetime(2027, month, 1, 10, tzinfo=ZoneInfo(city))
        calendar = vobject.iCalendar()
        event = calendar.add("vevent")
        event.add("uid").value = "42@shop.example"
        event.add("summary").value = "Number 42"
        event.add("dtstart").value = ten
        file = calendar.serialize()
        read = icalendar.Calendar.from_ical(file).walk("VEVENT")[0].decoded("dtstart")
        print(json.dumps([f"{city} {ten:%b}", f"{ten.astimezone(UTC):%H:%M}", f"{read.astimezone(UTC):%H:%M}", file]))
PY
cat >read.mjs <<'JS'
import ICAL from "ical.js";
import nodeIcal from "node-ical";
import { readFileSync } from "node:fs";

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [when, meant, icalendar, file] = JSON.parse(line);
  const seen = Object.values(nodeIcal.sync.parseICS(file)).find((part) => part.type === "VEVENT").start;
  const calendar = new ICAL.Component(ICAL.parse(file));
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
  const utc = event.startDate.convertToZone(ICAL.Timezone.utcTimezone).toString().slice(11, 16);
  const name = file.match(/DTSTART;TZID=([^:]*)/)[1];
  console.log(`${when}, ${name}: meant ${meant}, icalendar ${icalendar}, node-ical ${seen.toISOString().slice(11, 16)}, ical.js ${utc}`);
}
JS

cat >recorded <<'TEXT'
Europe/Berlin Jan, CET: meant 09:00, icalendar 09:00, node-ical 09:00, ical.js 09:00
Europe/Berlin Jul, CET: meant 08:00, icalendar 08:00, node-ical 08:00, ical.js 08:00
Europe/Lisbon Jan, WET: meant 10:00, icalendar 10:00, node-ical 10:00, ical.js 10:00
Europe/Lisbon Jul, WET: meant 09:00, icalendar 09:00, node-ical 09:00, ical.js 09:00
Europe/London Jan, GMT: meant 10:00, icalendar 10:00, node-ical 10:00, ical.js 10:00
Europe/London Jul, GMT: meant 09:00, icalendar 10:00, node-ical 10:00, ical.js 09:00
America/New_York Jan, EST: meant 15:00, icalendar 15:00, node-ical 15:00, ical.js 15:00
America/New_York Jul, EST: meant 14:00, icalendar 15:00, node-ical 15:00, ical.js 14:00
TEXT

echo "ten o'clock there, in UTC:"
timeout 60 venv/bin/python write.py | timeout 60 node read.mjs | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
