#!/usr/bin/env bash
# A job with the key of a waiting one is taken and thrown away, although it says something else.
#
# With:       gearmand and gearman 1.1.20+ds-1 (Debian 12).
# Good guess: -u names a job, so that one submitted twice by mistake runs once; other contents under the same key are
#             refused, or replace the old ones.
# In fact:    while a job of that key waits or runs, every further one is answered as if it were queued, and its
#             contents are gone: the first text is sent, the later and truer one never. Once the first has run, the
#             same key is taken anew. So a key per phone keeps only the oldest of what waits; a key per text guards
#             against nothing that comes a second later.
# Matters:    "10 people before you" goes out and "it's your turn" does not, on the one day when the worker lags.
# Known:      the manual of PHP's client tells it, https://www.php.net/manual/en/gearmanclient.dobackground.php;
#             gearman's own help says only that -u gives a key.
# The packages are unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

mkdir -p debs/partial root
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root \
  gearman-job-server=1.1.20+ds-1 gearman-tools=1.1.20+ds-1 libgearman8=1.1.20+ds-1 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done
LD_LIBRARY_PATH=$(find root -name '*.so.*' -printf "$work/%h\n" | sort -u | paste -sd:)
export LD_LIBRARY_PATH

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
timeout 60 root/usr/sbin/gearmand --listen=127.0.0.1 --port="$port" --log-file="$work/log" --pid-file="$work/pid" &
for _ in $(seq 40); do root/usr/bin/gearadmin -h 127.0.0.1 -p "$port" --status >/dev/null 2>&1 && break; sleep 0.25; done

submit() { # key, text
  printf '%s' "$2" | timeout 10 root/usr/bin/gearman -h 127.0.0.1 -p "$port" -b -f sms -u "$1"
  echo "submitted for $1: $2 (exit $?)"
}
work_off() { # so many jobs
  timeout 5 root/usr/bin/gearman -h 127.0.0.1 -p "$port" -w -c "$1" -f sms -- sh -c 'echo "sent: $(cat)" >&2' 2>&1 || true
}
{
  submit +15550100 "10 people before you"
  submit +15550101 "your number is 43"
  submit +15550100 "it's your turn"
  work_off 3
  submit +15550100 "your number is 44"
  work_off 1
} >seen

cat >recorded <<'TEXT'
submitted for +15550100: 10 people before you (exit 0)
submitted for +15550101: your number is 43 (exit 0)
submitted for +15550100: it's your turn (exit 0)
sent: 10 people before you
sent: your number is 43
submitted for +15550100: your number is 44 (exit 0)
sent: your number is 44
TEXT

cat seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
