"""The carrier's way of signing a webhook, written once for all who sign or check.

Beside config.py and below every door, as doors never import one another. Imports the standard library only.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def signed(url: str, params: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature of a POST: HMAC-SHA1 over the whole address and every parameter by order of name.

    A parameter given several times (in a MultiDict) counts once per different value.
    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    pieces = [url]
    values_of = getattr(params, "getlist", None)
    for name in sorted(params):
        values = sorted(set(values_of(name))) if values_of else (params[name],)
        for value in values:
            pieces += name, value
    digest = hmac.digest(token.encode(), "".join(pieces).encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()
