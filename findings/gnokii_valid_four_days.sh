#!/usr/bin/env bash
# A text that may wait ten minutes for the phone waits four days.
#
# With:       gnokii-cli 0.6.30+dfsg-1.3 (Debian 12) at a modem made here; python-gsmmodem-new 0.13.0 (PyPI) reads what
#             the modem was given.
# Good guess: `gnokii --sendsms NUMBER --validity 10` sends a text that the network drops after ten minutes; the manual
#             says "validity in minutes".
# In fact:    the number is read and goes nowhere: every text says four days, with 10, 60, 1440 or 10080 minutes and
#             without the option. It is sent, and the exit code is 0.
# Matters:    "it's your turn, come within five minutes" shows up on Thursday, when the phone is charged again. Nobody
#             sees it in a test, where the phone is on.
# Source:     3GPP TS 23.040, 9.2.3.12.1 (TP-VP: 0xAA is 170 - 166 days, ten minutes would be 0x01).
# The packages are unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

mkdir -p debs/partial root
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root gnokii-cli=0.6.30+dfsg-1.3 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done
LD_LIBRARY_PATH=$(find root -name '*.so.*' -printf "$work/%h:" | tr ':' '\n' | sort -u | paste -sd:)
python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check python-gsmmodem-new==0.13.0

cat >send.py <<'PY'
"""A modem at one end of a terminal, which echoes and takes every text; gnokii sends at the other end."""

import os
import subprocess
import threading
import tty

from gsmmodem.pdu import decodeSmsPdu

ANSWERS = {
    "AT+GMM": "none",
    "AT+CGMI": "none",
    "AT+CSCS?": '+CSCS: "GSM"',
    "AT+CSCA?": '+CSCA: "+15550100100",145',
}
end, other = os.openpty()
tty.setraw(other)
taken = []


def serve():
    typed = ""
    while True:
        letter = os.read(end, 1).decode()
        if letter == "\x1a":
            taken.append(typed)
            said = ["\r\n+CMGS: 1\r\n", "\r\nOK\r\n"]
        elif letter != "\r":
            os.write(end, letter.encode())
            typed += letter
            continue
        elif typed.startswith("AT+CMGS="):
            said = ["\r\n> "]
        else:
            said = [*(f"\r\n{answer}\r\n" for answer in [ANSWERS.get(typed)] if answer), "\r\nOK\r\n"]
        os.write(end, "".join(said).encode())
        typed = ""


threading.Thread(target=serve, daemon=True).start()
with open("config", "w") as config:
    config.write(f"[global]\nport = {os.ttyname(other)}\nmodel = AT\nconnection = serial\n")
for minutes in ("10", "60", "1440", "10080", None):
    asked = ["--validity", minutes] if minutes else []
    command = ["root/usr/bin/gnokii", "--config", "config", "--sendsms", "+15550100142", *asked]
    text = b"It is your turn, number 42. Come within five minutes."
    sent = subprocess.run(command, input=text, capture_output=True, timeout=60)
    validity = decodeSmsPdu(taken.pop())["validity"]
    print(f"{' '.join(asked) or 'no option'}: exit code {sent.returncode}, valid for {validity}")
PY

cat >recorded <<'TEXT'
--validity 10: exit code 0, valid for 4 days, 0:00:00
--validity 60: exit code 0, valid for 4 days, 0:00:00
--validity 1440: exit code 0, valid for 4 days, 0:00:00
--validity 10080: exit code 0, valid for 4 days, 0:00:00
no option: exit code 0, valid for 4 days, 0:00:00
TEXT

LD_LIBRARY_PATH="$LD_LIBRARY_PATH" timeout 200 venv/bin/python -W ignore send.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
