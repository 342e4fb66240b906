#!/usr/bin/env bash
# A name typed behind a phone number becomes part of the number.
#
# With:       phonenumbers 9.0.43 (PyPI), beside libphonenumber-js 1.13.16 (npm).
# Good guess: "030 23125 123 Ana" is read as the number, or refused for the name in it.
# In fact:    three letters or more are taken for a vanity number and spelled on a dial pad: Ana is 262. Where a
#             country's numbers have no fixed length the result even counts as valid, and it is somebody else's.
#             The port for JavaScript, fed with the same metadata, drops the name. Two letters are dropped by both.
# Matters:    people write down whose number it is. A queue that only asks whether a number is possible or valid
#             texts a stranger, and the one who waits hears nothing.
# Known:      https://github.com/google/libphonenumber/issues/1302 (open), and its FAQ on vanity numbers.
# The numbers are of the ranges that Germany keeps for films.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund libphonenumber-js@1.13.16 >/dev/null

cat >read.py <<'PY'
import phonenumbers

for typed in ("030 23125 123", "030 23125 123 Ana", "030 23125 123 Bo", "0171 3920012 Eva"):
    number = phonenumbers.parse(typed, "DE")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    possible, valid = phonenumbers.is_possible_number(number), phonenumbers.is_valid_number(number)
    print(f"python: {typed} = {e164} possible={possible} valid={valid}")
PY
cat >read.js <<'JS'
const { parsePhoneNumberFromString } = require("libphonenumber-js/max");

for (const typed of ["030 23125 123 Ana", "0171 3920012 Eva"]) {
  const number = parsePhoneNumberFromString(typed, "DE");
  const { number: e164 } = number;
  console.log(`js: ${typed} = ${e164} possible=${number.isPossible()} valid=${number.isValid()}`);
}
JS

cat >recorded <<'TEXT'
python: 030 23125 123 = +493023125123 possible=True valid=True
python: 030 23125 123 Ana = +493023125123262 possible=True valid=True
python: 030 23125 123 Bo = +493023125123 possible=True valid=True
python: 0171 3920012 Eva = +491713920012382 possible=True valid=False
js: 030 23125 123 Ana = +493023125123 possible=true valid=true
js: 0171 3920012 Eva = +491713920012 possible=true valid=true
TEXT

{ timeout 60 venv/bin/python read.py; timeout 60 node read.js; } | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
