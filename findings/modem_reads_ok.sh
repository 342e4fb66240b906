#!/usr/bin/env bash
# A customer who answers "OK, I'm on my way" has sent an empty text.
#
# With:       python-gsmmodem-new 0.13.0 (PyPI) at a modem made here.
# Good guess: readStoredSms gives the letters of the text, in both of its modes; where the modem's own OK ends the
#             answer, it is a line that says OK and nothing else.
# In fact:    in text mode the first line that begins with OK ends it (a pattern without an end, serial_comms.py:21),
#             also when the customer wrote it. The text is what stood before, so mostly nothing; number and time are
#             right, and nothing is raised. "Ok" and "Yes" arrive, and in PDU mode all of them do. A text that is just
#             OK can't be told from the modem's own in text mode, by any reader; "OK, I'm on my way" can.
# Matters:    OK is the answer to "it's your turn". The queue sees an empty text, asks what was meant, and after a while
#             takes whoever is on the way for a no-show.
# Known:      of other readers, a text that is just OK: https://github.com/oozie/pyhumod/issues/7 (closed) and
#             https://github.com/adammck/pygsm/issues/3 (open). The library's maintainer recommends PDU mode:
#             https://github.com/faucamp/python-gsmmodem/issues/6.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check python-gsmmodem-new==0.13.0

cat >read.py <<'PY'
"""A modem at one end of a terminal, which has received six texts; they are read at the other end, in each mode."""

import os
import threading
import time
import tty

from gsmmodem.modem import GsmModem
from gsmmodem.pdu import encodeGsm7, packSeptets

TEXTS = ["Yes", "Ok", "OK", "OK, I'm on my way", "Ok, coming", "Is that OK?"]
ANSWERS = {
    "AT+CPIN?": "+CPIN: READY",
    "AT+CFUN?": "+CFUN: 1",
    "AT+CGMI": "none",
    "AT+CSCA?": '+CSCA: "+15550100100",145',
    "AT+CSCS=?": '+CSCS: ("GSM")',
    "AT+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
}
UNKNOWN = ("AT+CLAC", "AT+WIND?", "AT+ZPAS?")
SENDER_AND_TIME = bytes.fromhex("0B915155100041F2" + "0000" + "62110301000000")
end, other = os.openpty()
tty.setraw(other)


def stored(text, text_mode):
    if text_mode:
        return f'+CMGR: "REC UNREAD","+15550100142",,"26/11/30,10:00:00+00"\r\n{text}'
    pdu = bytes([0, 4]) + SENDER_AND_TIME + bytes([len(text)]) + packSeptets(encodeGsm7(text))
    return f"+CMGR: 0,,{len(pdu) - 1}\r\n{pdu.hex().upper()}"


def serve():
    typed, text_mode = "", False
    while True:
        letter = os.read(end, 1).decode()
        if letter != "\r":
            typed += letter
            continue
        if typed.startswith("AT+CMGR="):
            said = [stored(TEXTS[int(typed.removeprefix("AT+CMGR="))], text_mode), "OK"]
        elif typed in UNKNOWN:
            said = ["ERROR"]
        else:
            text_mode = text_mode if "+CMGF" not in typed else typed == "AT+CMGF=1"
            said = [*filter(None, [ANSWERS.get(typed)]), "OK"]
        os.write(end, "".join(f"\r\n{line}\r\n" for line in said).encode())
        typed = ""


threading.Thread(target=serve, daemon=True).start()
modem = GsmModem(os.ttyname(other))
modem.connect()
read = {}
for mode, text_mode in (("text", True), ("PDU", False)):
    modem.smsTextMode = text_mode
    for index, sent in enumerate(TEXTS):
        text = modem.readStoredSms(index)
        read[sent, mode] = f"{text.text!r} of {text.number[-3:]}"
        time.sleep(0.5)  # What the modem still says is not the answer to what it is asked next.
for sent in TEXTS:
    print(f"{sent!r}: text mode {read[sent, 'text']}, PDU mode {read[sent, 'PDU']}")
PY

cat >recorded <<'TEXT'
'Yes': text mode 'Yes' of 142, PDU mode 'Yes' of 142
'Ok': text mode 'Ok' of 142, PDU mode 'Ok' of 142
'OK': text mode '' of 142, PDU mode 'OK' of 142
"OK, I'm on my way": text mode '' of 142, PDU mode "OK, I'm on my way" of 142
'Ok, coming': text mode 'Ok, coming' of 142, PDU mode 'Ok, coming' of 142
'Is that OK?': text mode 'Is that OK?' of 142, PDU mode 'Is that OK?' of 142
TEXT

timeout 60 venv/bin/python -W ignore read.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
