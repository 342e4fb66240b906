#!/usr/bin/env bash
# A modem's library calls a text failed that is still on its way, and another delivered whose first half never came.
#
# With:       python-gsmmodem-new 0.13.0 (PyPI) at a modem made here; python-gammu 3.5.1 (PyPI) reads the same reports.
# Good guess: a text is FAILED once the network has given it up, and DELIVERED once the phone has it; and
#             sendSms(waitForDeliveryReport=True) returns when there is a report about that text.
# In fact:    every status but 0 makes a text FAILED, also 34, which says that the phone does not answer and the network
#             goes on trying; the phone is back a minute later and shows the text. Of a long text only the last part's
#             reference is kept: the first part's failure changes nothing, and the last part's arrival makes the whole
#             DELIVERED. And any report ends the wait, also one about the text before.
# Matters:    whoever sends a failed "it's your turn" again, as one should, sends it twice to everybody in a lift. And
#             who was told only the second half of the way to the counter counts as told.
# Source:     3GPP TS 23.040, 9.2.3.15: 32 to 63 are temporary errors, still trying; 34 is no response from the phone;
#             each part has its own reference.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check python-gsmmodem-new==0.13.0
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: python-gammu==3.5.1

cat >modem.py <<'PY'
"""A modem at one end of a terminal: it takes every text, numbers it from 1, and passes on the reports it is given."""

import os
import threading
import tty

ANSWERS = {
    "AT+CPIN?": "+CPIN: READY",
    "AT+CFUN?": "+CFUN: 1",
    "AT+CGMI": "none",
    "AT+CSCA?": '+CSCA: "+15550100100",145',
    "AT+CSCS=?": '+CSCS: ("GSM","UCS2")',
    "AT+CSCS?": '+CSCS: "GSM"',
    "AT+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
}
UNKNOWN = ("AT+CLAC", "AT+WIND?", "AT+ZPAS?")
RECIPIENT_AND_TIMES = bytes.fromhex("0B915155100041F2" + "62110301000000" * 2)


class Modem:
    def __init__(self):
        self._end, other = os.openpty()
        tty.setraw(other)
        self.port, self.texts = os.ttyname(other), 0
        threading.Thread(target=self._serve, daemon=True).start()

    def report(self, reference, status):
        pdu = bytes([0, 6, reference]) + RECIPIENT_AND_TIMES + bytes([status])
        self._say(f"+CDS: {len(pdu) - 1}", pdu.hex().upper())
        return pdu

    def _say(self, *lines):
        os.write(self._end, "".join(f"\r\n{line}\r\n" for line in lines).encode())

    def _serve(self):
        typed = ""
        while True:
            letter = os.read(self._end, 1).decode()
            if letter == "\x1a":
                self.texts += 1
                self._say(f"+CMGS: {self.texts}", "OK")
            elif letter != "\r":
                typed += letter
                continue
            elif typed.startswith("AT+CMGS="):
                os.write(self._end, b"\r\n> ")
            elif typed in UNKNOWN:
                self._say("ERROR")
            else:
                self._say(*filter(None, [ANSWERS.get(typed)]), "OK")
            typed = ""
PY
cat >send.py <<'PY'
import threading
import warnings

import gammu

warnings.simplefilter("ignore")
from gsmmodem.modem import GsmModem, SentSms
from modem import Modem

STATES = {SentSms.ENROUTE: "ENROUTE", SentSms.DELIVERED: "DELIVERED", SentSms.FAILED: "FAILED"}
line, seen = Modem(), threading.Event()
modem = GsmModem(line.port, smsStatusReportCallback=lambda report: seen.set())
modem.connect()
modem.smsTextMode = False


def reported(text, reference, status):
    seen.clear()
    pdu = line.report(reference, status)
    seen.wait(10)
    meant = gammu.DecodePDU(pdu, True)["Text"]
    print(f"  report on {reference}: {status}, gammu {meant}, gsmmodem {STATES[text.status]}")


print("a short text, sent as 1")
text = modem.sendSms("+15550100142", "It is your turn, number 42.")
reported(text, 1, 34)
reported(text, 1, 0)

print("a long text, sent as 2 and 3")
text = modem.sendSms("+15550100142", "It is your turn, number 42. " + "Please come to window 3. " * 6)
reported(text, 2, 70)
reported(text, 3, 0)

print("a text to wait for, sent as 4")
threading.Timer(2, line.report, (1, 0)).start()
text = modem.sendSms("+15550100142", "It is your turn, number 43.", waitForDeliveryReport=True, deliveryTimeout=20)
print(f"  waited until the report on 1: gsmmodem {STATES[text.status]}")
PY

cat >recorded <<'TEXT'
a short text, sent as 1
  report on 1: 34, gammu Pending, gsmmodem FAILED
  report on 1: 0, gammu Delivered, gsmmodem DELIVERED
a long text, sent as 2 and 3
  report on 2: 70, gammu Failed, gsmmodem ENROUTE
  report on 3: 0, gammu Delivered, gsmmodem DELIVERED
a text to wait for, sent as 4
  waited until the report on 1: gsmmodem ENROUTE
TEXT

timeout 60 venv/bin/python send.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
