#!/usr/bin/env bash
# A mobile number in Germany, written as there, is a valid one in California.
#
# With:       bulksms 1.1.1 and kwtsms 0.7.40 (PyPI), two carriers' clients; phonenumbers 9.0.43 (PyPI) says whose it is.
# Good guess: a number without a country code is refused, or sent as it is for the carrier to refuse.
# In fact:    both drop the zeros in front, which is right for 00, and take what follows for a country code. bulksms
#             writes a + before it and sends that. kwtsms first compares the length with the country's, and finds it
#             valid: Germany's longer numbers have as many digits behind their zero as North America's have with the 1;
#             and bulksms reaches Japan with Indonesia's. A German number one digit shorter is refused by kwtsms.
# Matters:    most numbers that people type without a country code are refused somewhere, so the check is thought to
#             work; the others' "it's your turn" goes abroad, is paid, and counts as delivered.
# Source:     E.164: the zero in front is a country's own prefix; which, and whether there is one, only the country says.
# Known:      kwtsms's README asks for the country code; bulksms says how it reads 00, and not what it does with 0.
# The German numbers are of the ranges kept for films; those abroad are shown by their first digits only.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check bulksms==1.1.1 kwtsms==0.7.40 phonenumbers==9.0.43

cat >send.py <<'PY'
"""Whom a number typed in its country is sent to, by what the client posts or finds valid."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import bulksms
import kwtsms
import phonenumbers

logging.disable()  # bulksms logs each request.
posted = []


class Carrier(BaseHTTPRequestHandler):
    def do_POST(self):
        posted.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["to"])
        answer = json.dumps([{"id": "1"}]).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def whose(e164):
    number = phonenumbers.parse(e164)
    valid = "valid" if phonenumbers.is_valid_number(number) else "not valid"
    return f"{e164[:5]}... {valid} in {phonenumbers.region_code_for_number(number)}"


def by_bulksms(typed):
    client.send(typed, "It is your turn, number 42.")
    return whose(posted.pop())


def by_kwtsms(typed):
    valid, _, number = kwtsms.validate_phone_input(typed)
    return whose(f"+{number}") if valid else "refused"


server = HTTPServer(("127.0.0.1", 0), Carrier)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = bulksms.BulkSMS(token_id="shop", token_secret="none")
client.api_base = f"http://127.0.0.1:{server.server_port}"
typed_in = [("0049 176 04069012", "DE"), ("0176 04069012", "DE"), ("0171 3920012", "DE"), ("0812 3456 7890", "ID")]
for typed, country in typed_in:
    meant = phonenumbers.parse(typed, country)
    e164 = phonenumbers.format_number(meant, phonenumbers.PhoneNumberFormat.E164)
    print(f"{country} {typed} = {whose(e164)}: bulksms {by_bulksms(typed)}, kwtsms {by_kwtsms(typed)}")
PY

cat >recorded <<'TEXT'
DE 0049 176 04069012 = +4917... valid in DE: bulksms +4917... valid in DE, kwtsms +4917... valid in DE
DE 0176 04069012 = +4917... valid in DE: bulksms +1760... valid in US, kwtsms +1760... valid in US
DE 0171 3920012 = +4917... valid in DE: bulksms +1713... not valid in None, kwtsms refused
ID 0812 3456 7890 = +6281... valid in ID: bulksms +8123... valid in JP, kwtsms refused
TEXT

timeout 60 venv/bin/python send.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
