#!/usr/bin/env bash
# A gateway accepts a text of two segments and sends the first.
#
# With:       kannel 1.4.5-12 (Debian 12), sending to a carrier made of smpp 0.5.1 (npm).
# Good guess: a text of 200 letters is sent as two joined parts, or refused.
# In fact:    sendsms answers 202 "Accepted for delivery" and passes on the first 160 letters; no log names the rest.
#             max-messages is 1 unless the sender's group says more, or the request does. So a text that is a letter
#             too long loses its tail, which is where the number, the link or "reply STOP" stands.
# Matters:    the length of a queue's text is the length of a customer's name and a shop's name: nobody sees it in a
#             test. Set max-messages, and concatenation.
# Source:     the comment at max-messages in /usr/share/doc/kannel/examples/kannel.conf.
# The packages are unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

mkdir -p debs/partial root
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root kannel=1.4.5-12 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done
LD_LIBRARY_PATH=$(find root -name '*.so.*' -printf "$work/%h:" | tr ':' '\n' | sort -u | paste -sd:)
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund smpp@0.5.1 >/dev/null

cat >carrier.js <<'JS'
const smpp = require("smpp");

smpp.createServer((session) => {
  let texts = 0;
  session.on("error", () => {});
  for (const command of ["bind_transceiver", "enquire_link", "unbind"]) {
    session.on(command, (pdu) => session.send(pdu.response(), () => {}, () => console.error(command)));
  }
  session.on("submit_sm", (pdu) => {
    session.send(pdu.response({ message_id: `m${++texts}` }));
    const { message, udh } = pdu.short_message;
    console.log(`to ${pdu.destination_addr}: ${message.length} letters, joined=${Boolean(udh)}, ...${message.slice(-20)}`);
  });
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.error("listening"));
JS

free_ports() { # so many ports of this machine that nobody listens on
  python3 -c 'import socket, sys
opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(each.getsockname()[1] for each in opened))' "$1"
}
read -r carrier admin box sendsms <<<"$(free_ports 4)"

cat >kannel.conf <<CONF
group = core
admin-port = $admin
admin-password = local
admin-interface = 127.0.0.1
smsbox-port = $box
smsbox-interface = 127.0.0.1

group = smsc
smsc = smpp
host = 127.0.0.1
port = $carrier
transceiver-mode = true
smsc-username = shop
smsc-password = local
system-type = ""

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = $sendsms
sendsms-interface = 127.0.0.1

group = sendsms-user
username = plain
password = local

group = sendsms-user
username = several
password = local
max-messages = 3
concatenation = true

group = sms-service
keyword = default
max-messages = 0
text = unused
CONF

await() { # file, word: waits until the word stands in the file, half a minute at most
  for _ in $(seq 60); do grep -q "$2" "$1" 2>/dev/null && return; sleep 0.5; done
  echo "no $2 in $1"; exit 1
}
export LD_LIBRARY_PATH
timeout 120 node carrier.js "$carrier" >carrier.log 2>carrier.err &
await carrier.err listening
timeout 120 root/usr/sbin/bearerbox kannel.conf >bearerbox.log 2>&1 &
await carrier.err bind_transceiver
timeout 120 root/usr/sbin/smsbox kannel.conf >smsbox.log 2>&1 &
await bearerbox.log "Client connected from"

text="Ana, your number is 42. There are 11 people before you, about 35 minutes. You may go for a walk, we text you in \
time. If you cannot come, please reply LEAVE, so that the next one need not wait. See you soon!"
for user in plain several; do
  echo "$user, ${#text} letters: $(curl --silent --max-time 5 --get "http://127.0.0.1:$sendsms/cgi-bin/sendsms" \
    --data-urlencode "username=$user" --data "password=local&from=100&to=15550100" \
    --data-urlencode "text=$text" --write-out ' (%{http_code})')"
  sleep 1
done >seen
sleep 2
cat carrier.log >>seen

cat >recorded <<'TEXT'
plain, 207 letters: 0: Accepted for delivery (202)
several, 207 letters: 0: Accepted for delivery (202)
to 15550100: 160 letters, joined=false, ...ease reply LEAVE, so
to 15550100: 153 letters, joined=true, ...ome, please reply LE
to 15550100: 54 letters, joined=true, ... wait. See you soon!
TEXT

cat seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
