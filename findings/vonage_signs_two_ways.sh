#!/usr/bin/env bash
# One half of a carrier's client signs a request, and the other half finds no signature of it valid.
#
# With:       @vonage/auth 1.15.0 and @vonage/sms 1.21.0 (npm), nexmo 2.9.1 (npm), which they replaced, and
#             vonage-http-client 1.5.2 (PyPI), all of the same carrier. It is the same with auth 1.18.1 and sms 1.24.1,
#             which want Node 22.
# Good guess: what createSignatureHash signs, verifySignature of the same carrier's package accepts; the two languages'
#             clients sign alike.
# In fact:    createSignatureHash puts the parameters together as a query, percent signs and all, and then writes _ for
#             each & and =, also for those between the parameters. The carrier's rule, which the other three follow, is
#             & before each parameter, = behind its name, and _ only for those within a value. So no request is signed
#             validly, whatever it says and by whichever algorithm; the types fit, and nothing is raised.
#             Python's client knows no plain MD5, which is what an account has until it asks for another; None, which
#             its documentation names for that, raises a TypeError.
# Matters:    the sender gets "invalid signature" from the carrier and looks for the fault in the secret; whoever checks
#             incoming texts with it refuses every customer.
# Source:     https://developer.nexmo.com/concepts/guides/signing-messages
# Known:      of incoming texts, https://github.com/Vonage/vonage-node-sdk/issues/806 (closed).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install --quiet --disable-pip-version-check vonage-http-client==1.5.2
npm init --yes >/dev/null
timeout 300 npm install --loglevel error --no-audit --no-fund \
  @vonage/auth@1.15.0 @vonage/sms@1.21.0 nexmo@2.9.1 >/dev/null

cat >sign.py <<'PY'
import json

from vonage_http_client.auth import Auth

for text in ("hello", "42 = you"):
    text = {"api_key": "shop", "from": "Shop", "to": "15550100142", "text": text, "timestamp": "1796032800"}
    signed = {}
    for name in ("md5", "sha1", "sha256", "sha512", None):
        try:
            auth = Auth(api_key="shop", signature_secret="secret", signature_method=name)
            signed[name or "none"] = auth.sign_params(dict(text))
        except TypeError as error:
            signed[name or "none"] = type(error).__name__
    print(json.dumps([text, signed]))
PY
cat >check.js <<'JS'
const { Auth } = require("@vonage/auth");
const { SMS } = require("@vonage/sms");
const HashGenerator = require("nexmo/lib/HashGenerator");

const secret = "secret";
const sms = new SMS({ apiKey: "shop", apiSecret: "unused" });
const names = [["MD5HASH", "none", "md5hash"]];
for (const name of ["md5", "sha1", "sha256", "sha512"]) names.push([`${name.toUpperCase()}HMAC`, name, name]);

(async () => {
  for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
    const [params, byPython] = JSON.parse(line);
    for (const [algorithm, python, old] of names) {
      const auth = new Auth({ apiKey: "shop", apiSecret: "unused", signature: { algorithm, secret } });
      const signed = {
        auth: (await auth.createSignatureHash(params)).sig,
        nexmo: new HashGenerator().generate(old, secret, params),
        python: byPython[python],
      };
      const found = Object.entries(signed).map(([by, signature]) => {
        if (signature === "TypeError") return `${by} raises ${signature}`;
        return `${by} ${sms.verifySignature(signature, params, secret, algorithm) ? "valid" : "invalid"}`;
      });
      console.log(`${params.text} (${algorithm}): ${found.join(", ")}`);
    }
  }
})();
JS

cat >recorded <<'TEXT'
hello (MD5HASH): auth invalid, nexmo valid, python raises TypeError
hello (MD5HMAC): auth invalid, nexmo valid, python valid
hello (SHA1HMAC): auth invalid, nexmo valid, python valid
hello (SHA256HMAC): auth invalid, nexmo valid, python valid
hello (SHA512HMAC): auth invalid, nexmo valid, python valid
42 = you (MD5HASH): auth invalid, nexmo valid, python raises TypeError
42 = you (MD5HMAC): auth invalid, nexmo valid, python valid
42 = you (SHA1HMAC): auth invalid, nexmo valid, python valid
42 = you (SHA256HMAC): auth invalid, nexmo valid, python valid
42 = you (SHA512HMAC): auth invalid, nexmo valid, python valid
TEXT

timeout 60 venv/bin/python sign.py | timeout 60 node check.js | tee seen
diff recorded seen || { echo "changed: see above (< recorded, > seen)"; exit 1; }
echo "as recorded"
