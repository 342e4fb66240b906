#!/usr/bin/env bash
# A webhook signed at a moment with a time zone is refused by everyone.
#
# With:       standardwebhooks 1.1.0 and svix 2.9.1 (PyPI) sign; standardwebhooks 1.1.1 (npm) and themselves verify.
# Good guess: sign() takes an aware datetime for what it is; a naive one might be taken for local time.
# In fact:    both put UTC in place of whatever zone the datetime has, so the signature is over the clock on the
#             wall. Berlin's hour is signed as the same hour of UTC, and no header that tells the true moment fits it.
#             Naive datetimes are taken for UTC: datetime.now() is right only on a server that runs in UTC, and an
#             aware one only where the zone is UTC. A test on such a machine passes.
# Matters:    a shop's time zone is at hand wherever a queue tells of "called at"; sign with now(timezone.utc).
# Known:      https://github.com/standard-webhooks/standard-webhooks/issues/251 (open), fix proposed in pull 334.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 400 venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1 tzdata
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund standardwebhooks@1.1.1 >/dev/null

cat >sign.py <<'PY'
"""Signs one event at one moment, said in several zones; each line is what would go over the wire."""

import json
from datetime import datetime, timezone
from importlib import import_module
from zoneinfo import ZoneInfo

SECRET = "whsec_" + "c2VjcmV0IG9mIGFuIGV4YW1wbGU="
body = '{"type":"ticket.called","number":42}'
now = datetime.now(timezone.utc)

for package in ("standardwebhooks", "svix"):
    webhooks = import_module(f"{package}.webhooks")
    webhook = webhooks.Webhook(SECRET)
    for zone in ("UTC", "Europe/Berlin", "America/New_York"):
        moment = now.astimezone(ZoneInfo(zone))
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": webhook.sign("msg_1", moment, body),
        }
        try:
            webhook.verify(body, headers)
            verdict = "accepted"
        except webhooks.WebhookVerificationError as refused:
            verdict = str(refused)
        print(json.dumps([f"{package}, {zone}", verdict, SECRET, body, headers]))
PY
cat >verify.js <<'JS'
const { Webhook } = require("standardwebhooks");

for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const [signed, itself, secret, body, headers] = JSON.parse(line);
  let verdict = "accepted";
  try {
    new Webhook(secret).verify(body, headers);
  } catch (refused) {
    verdict = refused.message;
  }
  console.log(`signed by ${signed}: by itself ${itself}; by npm's ${verdict}`);
}
JS

cat >recorded <<'TEXT'
signed by standardwebhooks, UTC: by itself accepted; by npm's accepted
signed by standardwebhooks, Europe/Berlin: by itself No matching signature found; by npm's No matching signature found
signed by standardwebhooks, America/New_York: by itself No matching signature found; by npm's No matching signature found
signed by svix, UTC: by itself accepted; by npm's accepted
signed by svix, Europe/Berlin: by itself No matching signature found; by npm's No matching signature found
signed by svix, America/New_York: by itself No matching signature found; by npm's No matching signature found
TEXT

timeout 60 venv/bin/python sign.py | timeout 60 node verify.js | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
