#!/usr/bin/env bash
# Whoever says "four two" for 42 has number 6; whoever is read out as 1142 has number 1.
#
# With:       word2number 1.1, wordtodigits 1.0.2, text2digits 0.1.2 and text2num 3.1.0 read, num2words 0.5.14 writes
#             (all PyPI).
# Good guess: a reader of spoken numbers gives the number, leaves apart what it cannot join, or refuses; and it reads
#             what a writer of numbers has written.
# In fact:    word2number drops every word that is no number and adds up the rest: "four two" is 6, "two or three" 5,
#             "forty two or forty three" 123. A word with a comma behind it is dropped too, so of the numbers to 9999
#             as num2words writes them it reads 8100 wrong, 1142 as 1. wordtodigits also makes 6 of "four two";
#             text2digits puts the digits side by side, and text2num leaves them apart.
# Matters:    on the telephone a ticket's number is said digit by digit, which no list of example numbers holds, and 6 is
#             a number of the queue: another customer leaves the line. Take the keys of the phone, or ask "42, right?"
# Known:      of word2number, https://github.com/akshaynagpal/w2n/issues/76 (the comma) and 48 (a year that is added up).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check \
  word2number==1.1 wordtodigits==1.0.2 text2digits==0.1.2 text2num==3.1.0 num2words==0.5.14

cat >read.py <<'PY'
"""What four readers make of a number as it is said, and of numbers as num2words writes them."""

import wordtodigits
from num2words import num2words
from text2digits.text2digits import Text2Digits
from text_to_num import alpha2digit
from word2number import w2n

READERS = {
    "word2number": w2n.word_to_num,
    "wordtodigits": wordtodigits.convert,
    "text2digits": Text2Digits().convert,
    "text2num": lambda said: alpha2digit(said, "en"),
}

for said in ("forty two", "four two", "one oh five", "two or three", "forty two or forty three", num2words(1142)):
    print(f"{said}: " + " | ".join(f"{name} {read(said)}" for name, read in READERS.items()))
wrong = [number for number in range(1, 10000) if w2n.word_to_num(num2words(number)) != number]
print(f"word2number reads {len(wrong)} of the numbers from 1 to 9999 wrong, the first is {wrong[0]}")
PY

cat >recorded <<'TEXT'
forty two: word2number 42 | wordtodigits 42 | text2digits 42 | text2num 42
four two: word2number 6 | wordtodigits 6 | text2digits 42 | text2num 4 2
one oh five: word2number 6 | wordtodigits 1 oh 5 | text2digits 105 | text2num one oh 5
two or three: word2number 5 | wordtodigits 2 or 3 | text2digits 2 or 3 | text2num two or 3
forty two or forty three: word2number 123 | wordtodigits 42 or 43 | text2digits 42 or 43 | text2num 42 or 43
one thousand, one hundred and forty-two: word2number 1 | wordtodigits 1 thousand, 100 and forty-two | text2digits 1000, 142 | text2num 1000, 142
word2number reads 8100 of the numbers from 1 to 9999 wrong, the first is 1100
TEXT

timeout 200 venv/bin/python read.py | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
