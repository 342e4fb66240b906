#!/usr/bin/env bash
# A text that may go out from evening until two in the morning never goes out.
#
# With:       gammu-smsd 1.42.0-8 (Debian 12) with its dummy phone, its outbox in SQLite 3.40.1-2+deb12u2.
# Good guess: an outbox row with SendAfter 18:00 and SendBefore 02:00 is sent between six in the evening and two at
#             night; one whose window closes before it opens means the night, or is refused.
# In fact:    the daemon asks for the rows whose SendAfter has passed and whose SendBefore has not, both by today's
#             clock. No moment of any day fits a window over midnight, so the text stays in the outbox for good, neither
#             given up nor counted as tried, while what stands behind it is sent.
# Matters:    a bar's queue is open over midnight. Its window works while it closes at eleven, and stops without a word
#             on the day when somebody writes two o'clock. A row for each half would send the text twice: keep the
#             hours yourself, and put in what may go now.
# Source:     gammu-smsd-tables(7) says of each column that it keeps texts from the night, and not how they combine.
# The packages are unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

mkdir -p debs/partial root phone
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root \
  gammu-smsd=1.42.0-8 libgsmsd8=1.42.0-8 libgammu8=1.42.0-8 libdbd-sqlite3=0.9.0-11 libdbi1=0.9.0-6 \
  libbluetooth3 libltdl7 libmariadb3 libodbc2 sqlite3=3.40.1-2+deb12u2 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done
LD_LIBRARY_PATH=$(find root -name '*.so.*' -printf "$work/%h\n" | sort -u | paste -sd:)
export LD_LIBRARY_PATH TZ=UTC

cat >smsdrc <<CONF
[gammu]
model = dummy
connection = none
device = $work/phone

[smsd]
service = sql
driver = sqlite3
dbdir = $work
database = smsd.db
driverspath = $(dirname "$work"/root/usr/lib/*/dbd/libdbdsqlite3.so)
logfile = $work/log
commtimeout = 1
loopsleep = 1
CONF

outbox() { timeout 20 root/usr/bin/sqlite3 -cmd ".timeout 5000" smsd.db "$1"; }
cat root/usr/share/doc/gammu-smsd/examples/sqlite.sql | outbox ".read /dev/stdin"

# Every one of these windows is open now, so that it does not matter when the script runs.
if [ "$(date +%H)" -lt 12 ]; then after=23:00:00 before=22:00:00; else after=11:00:00 before=10:00:00; fi
put() { # text, window: open from, open until
  outbox "INSERT INTO outbox (DestinationNumber, TextDecoded, CreatorID, SendAfter, SendBefore)
          VALUES ('+15550100', '$1', 'shop', '$2', '$3')"
}
put "all day" 00:00:00 23:59:59
put "over midnight" "$after" "$before"
put "its half before midnight" "$after" 23:59:59
put "its half after midnight" 00:00:00 "$before"
put "all day, put in last" 00:00:00 23:59:59

timeout 60 root/usr/bin/gammu-smsd -c smsdrc >daemon.log 2>&1 &
for _ in $(seq 80); do
  [ "$(outbox "SELECT count(*) FROM sentitems WHERE TextDecoded LIKE '%last'")" = 1 ] && break
  sleep 0.25
done
sleep 6 # several more rounds, for what is left

{
  outbox "SELECT 'sent: ' || TextDecoded FROM sentitems WHERE TextDecoded LIKE '%all day%' ORDER BY ID"
  outbox "SELECT count(*) || ' of the two halves sent' FROM sentitems WHERE TextDecoded LIKE 'its half%'"
  outbox "SELECT 'waits, tried ' || Retries || ' times: ' || TextDecoded FROM outbox WHERE TextDecoded = 'over midnight'"
} >seen

cat >recorded <<'TEXT'
sent: all day
sent: all day, put in last
1 of the two halves sent
waits, tried 0 times: over midnight
TEXT

cat seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
