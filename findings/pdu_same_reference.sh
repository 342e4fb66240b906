#!/usr/bin/env bash
# Two long texts to one phone exchange their second halves when a part is late.
#
# With:       node-sms-pdu 0.3.0, pdu 1.1.0 and node-pdu 2.1.1 (npm) write for a modem; python-gammu 3.5.1 (PyPI) joins.
# Good guess: the parts of a long text carry a reference that the next long text does not have, so a phone knows what
#             belongs together, in whatever order they come.
# In fact:    node-sms-pdu and pdu write reference 0 into every part of every text, and neither takes one from the
#             caller. While one text's parts come before the next one's, nobody sees it. When a part is late, the
#             receiver puts the first half of each text before the second half of the other, and both look whole.
#             node-pdu draws a reference for each text.
# Matters:    a queue writes to the same phone twice within minutes, and "come to window 3" becomes "come tomorrow
#             morning". A test with one text is always right.
# Source:     3GPP TS 23.040, 9.2.3.24.1: the reference number tells one concatenated message from another.
# Known:      https://github.com/emilsedgh/modem/issues/7 saw it with pdu, and did not find why.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: python-gammu==3.5.1
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund node-sms-pdu@0.3.0 pdu@1.1.0 node-pdu@2.1.1 >/dev/null

cat >write.js <<'JS'
const nodePdu = require("node-pdu");
const smsPdu = require("node-sms-pdu");
const pdu = require("pdu");

// The letter in "São" makes each text one of 16 bits a letter, so a part holds 66 or 67.
const texts = [
  "Padaria São: now it is your turn, number 42. Do not wait, but come to window 3, within five minutes.",
  "Padaria São: we closed early today, sorry, number 42. You may come tomorrow morning, from nine on.",
];
const writers = {
  "node-sms-pdu": (text) => smsPdu.generateSubmit("+15550100142", text).map((part) => part.hex),
  pdu: (text) => pdu.generate({ text, receiver: "15550100142", encoding: "16bit" }),
  "node-pdu": (text) => new nodePdu.Submit("+15550100142", text).getPartStrings(),
};
const written = Object.entries(writers).map(([name, write]) => [name, texts.map((text) => write(text).map(String))]);
console.log(JSON.stringify(written));
JS
cat >join.py <<'PY'
"""A carrier that hands on what the modem was given, part by part, and a receiver that joins them."""

import json
import sys

import gammu

SENDER = bytes.fromhex("0B915155100010F2")
TIME = bytes.fromhex("62113070000000")


def delivered(submitted):
    """The part as it arrives: other head, the same letters. In front stand the modem's number, kind, reference, receiver."""
    part = bytes.fromhex(submitted)
    body = part[5 + (part[3] + 1) // 2 :]
    return gammu.DecodePDU(bytes([0, part[1] & 0x40 | 4]) + SENDER + body[:2] + TIME + body[2:], True)


def reference(part):
    return max(part["UDH"]["ID8bit"], part["UDH"]["ID16bit"])


for name, (first, second) in json.load(sys.stdin):
    parts = [delivered(each) for each in first + second]
    same = len({reference(each) for each in parts}) == 1
    print(f"{name}: the two texts have {'the same reference' if same else 'a reference each'}")
    for order in ((0, 1, 2, 3), (0, 2, 3, 1)):
        print("  parts come as", " ".join(("1a", "1b", "2a", "2b")[each] for each in order))
        for text in gammu.LinkSMS([[parts[each]] for each in order]):
            print("   ", "".join(part["Text"] for part in text))
PY

cat >recorded <<'TEXT'
node-sms-pdu: the two texts have the same reference
  parts come as 1a 1b 2a 2b
    Padaria São: now it is your turn, number 42. Do not wait, but come to window 3, within five minutes.
    Padaria São: we closed early today, sorry, number 42. You may come tomorrow morning, from nine on.
  parts come as 1a 2a 2b 1b
    Padaria São: now it is your turn, number 42. Do not wait, but come tomorrow morning, from nine on.
    Padaria São: we closed early today, sorry, number 42. You may come to window 3, within five minutes.
pdu: the two texts have the same reference
  parts come as 1a 1b 2a 2b
    Padaria São: now it is your turn, number 42. Do not wait, but come to window 3, within five minutes.
    Padaria São: we closed early today, sorry, number 42. You may come tomorrow morning, from nine on.
  parts come as 1a 2a 2b 1b
    Padaria São: now it is your turn, number 42. Do not wait, but come tomorrow morning, from nine on.
    Padaria São: we closed early today, sorry, number 42. You may come to window 3, within five minutes.
node-pdu: the two texts have a reference each
  parts come as 1a 1b 2a 2b
    Padaria São: now it is your turn, number 42. Do not wait, but come to window 3, within five minutes.
    Padaria São: we closed early today, sorry, number 42. You may come tomorrow morning, from nine on.
  parts come as 1a 2a 2b 1b
    Padaria São: now it is your turn, number 42. Do not wait, but come to window 3, within five minutes.
    Padaria São: we closed early today, sorry, number 42. You may come tomorrow morning, from nine on.
TEXT

timeout 60 node write.js | timeout 60 venv/bin/python join.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
