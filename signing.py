"""The carrier's way of posting a text and of signing a webhook, written once for all who post, sign or check.

Beside config.py and below every door, as doors never import one another. Imports the standard library only.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping


def signed(url: str, params: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature of a POST: HMAC-SHA1 over the whole address and every parameter by order of name.

    A parameter given several times (in a MultiDict) counts once per different value.
    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    return signature_of(url + in_order(params), token)


def in_order(params: Mapping[str, str]) -> str:
    """The part of what is signed that stands behind the address."""
    pieces: list[str] = []
    values_of = getattr(params, "getlist", None)
    for name in sorted(params):
        values = sorted(set(values_of(name))) if values_of else (params[name],)
        for value in values:
            pieces += name, value
    return "".join(pieces)


def signature_of(text: str, token: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def text_posted(phone: str, body: str, *, to: str, account_sid: str) -> dict[str, str]:
    """The parameters of a webhook that brings a text from a phone, with a MessageSid of its own."""
    sid = f"SM{secrets.token_hex(16)}"
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": phone,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
    }
