#!/usr/bin/env bash
# A euro sign is cut in two between the parts of a long text.
#
# With:       smpplib 2.2.4 (PyPI), read by smpp 0.5.1 (npm).
# Good guess: make_parts cuts between characters; a part may be a septet short, as GSM 03.38 asks.
# In fact:    it cuts the encoded septets. A euro sign, a bracket, a brace and ~ ^ | \ are two septets each, so one at
#             the 153rd place ends a part with a lone escape, and the next part starts with a letter: "5€" arrives as
#             "5" and "e". Whether that happens depends on the length of all that stands before.
# Matters:    the text is right in every test, and wrong for the customer whose name is a letter shorter.
# Source:     a remark in smpplib/gsm.py (make_parts) says that a character may be broken.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check smpplib==2.2.4
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund smpp@0.5.1 >/dev/null

cat >send.py <<'PY'
"""A text in two parts, once for each name, as the submit_sm that smpplib would send."""

from smpplib import command, consts, gsm
from smpplib.client import SimpleSequenceGenerator


class Numbered:
    sequence_generator = SimpleSequenceGenerator()
    next_sequence = sequence_generator.next_sequence


for name in ("Ana", "Anna"):
    opening = f"{name}, your number is 42. " + "Please stay near the shop. " * 4
    text = f"{opening}Please have ready: 5€ for the deposit, you get it back."
    parts, coding, esm_class = gsm.make_parts(text)
    for part in parts:
        pdu = command.SubmitSM(
            "submit_sm", client=Numbered(), source_addr="100", destination_addr="15550100",
            short_message=part, data_coding=coding, esm_class=esm_class,
        )
        print(pdu.generate().hex())
PY
cat >read.js <<'JS'
const smpp = require("smpp");

for (const line of require("fs").readFileSync(0, "ascii").trim().split("\n")) {
  const pdu = smpp.PDU.fromBuffer(Buffer.from(line, "hex"));
  const { message } = pdu.short_message;
  console.log(`${JSON.stringify(message.slice(0, 12))} to ${JSON.stringify(message.slice(-12))}`);
}
JS

cat >recorded <<'TEXT'
"Ana, your nu" to "ve ready: 5\u001b"
"e for the de" to "get it back."
"Anna, your n" to "ave ready: 5"
"€ for the de" to "get it back."
TEXT

timeout 60 venv/bin/python send.py | timeout 60 node read.js | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
