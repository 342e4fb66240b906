#!/usr/bin/env bash
# A name in capitals is called as a number.
#
# With:       espeak-ng 1.51+dfsg-10+deb12u2 (Debian 12), its voices for Portuguese, Spanish, French, German, English.
# Good guess: LI is said like Li. At worst it is spelled, letter by letter.
# In fact:    a word of Roman digits in capitals is read as that number. For Portuguese it is said bare, so that LI,
#             DI and MI are heard as 51, 501 and 1001, and even MIX is 1009; Spanish does so with XI and VI. English,
#             French and German announce it ("Roman eleven") and read fewer words so.
# Matters:    people text their names in capitals. A voice that calls "LI, counter 2" calls ticket 51 in Lisbon, and
#             the one who holds 51 walks up. Give the voice "Li".
# Known:      https://github.com/espeak-ng/espeak-ng/issues/90 asks to make it optional, for program code read aloud.
# The packages are unpacked into the folder; nothing is installed on the machine. Needs root and an apt list.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
version=1.51+dfsg-10+deb12u2

mkdir -p debs/partial root
timeout 300 apt-get install --yes --quiet --quiet --reinstall --download-only --no-install-recommends \
  -o Dir::Cache::archives="$work/debs" -o APT::Sandbox::User=root \
  espeak-ng=$version libespeak-ng1=$version espeak-ng-data=$version libpcaudio0 libsonic0 >/dev/null
for deb in debs/*.deb; do dpkg -x "$deb" root; done
libraries=$(echo "$work"/root/usr/lib/*-linux-gnu)

say() { # voice, words: their phonemes, in espeak's own letters
  timeout 20 env LD_LIBRARY_PATH="$libraries" root/usr/bin/espeak-ng --path="$libraries" -q -x -v "$1" "$2"
}

for voice in pt es en; do
  for pair in LI/51 XI/11 DI/501 MIX/1009; do
    name=${pair%/*} number=${pair#*/}
    tail=${name:1} small=${name:0:1}${tail,,}
    capital=$(say $voice "$name") written=$(say $voice "$small") spoken=$(say $voice "$number")
    echo "$voice $name:$capital | $small:$written | $number:$spoken"
  done
done | tr -s ' ' | sed 's/ $//' >seen

cat >recorded <<'TEXT'
pt LI:s,iNkw'eINt&i;'um | Li:l'i | 51:s,iNkw'eINt&i;'um
pt XI:'oNzy | Xi:S'i | 11:'oNzy
pt DI:k,in^'eINtuZi; 'um | Di:d'i | 501:k,in^'eINtuZi; 'um
pt MIX:m'il_ i n'Ovy | Mix:m'iks | 1009:m'il_ i n'Ovy
es LI:l'i | Li:l'i | 51:Tinkw,Entai;'uno
es XI:'onTe | Xi:s'i | 11:'onTe
es DI:d'i | Di:d'i | 501:kinj'Entos 'uno
es MIX:m'iks | Mix:m'iks | 1009:m'il nw'eBe
en LI:l'aI | Li:l'aI | 51:f'Ifti w'0n
en XI:r,oUm@n_ Il'Ev@n | Xi:z'aI | 11:Il'Ev@n
en DI:d'aI | Di:d'aI | 501:f'aIvh'VndrI2d@n w'0n
en MIX:m'Iks | Mix:m'Iks | 1009:w'0n T'aUz@nd @n n'aIn
TEXT

cat seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
