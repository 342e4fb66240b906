"""The carrier's webhook signatures, for code that posts, signs or checks webhooks. Standard library only."""

import base64
import hmac
import secrets
from collections.abc import Mapping

SHA1, SHA256 = "sha1", "sha256"


def signed(url: str, params: Mapping[str, str], secret: str, digest: str = SHA1) -> str:
    """X-Twilio-Signature of a POST: an HMAC over the full address and all parameters sorted by name.

    By the account's token it is one of SHA-1, by a shared key one of SHA-256. A parameter given several times
    (in a MultiDict) counts once per different value.
    Source: https://www.twilio.com/docs/usage/security#validating-requests, and twilio-python 9.13's validator
    """
    return signature_of(url + in_order(params), secret, digest)


def in_order(params: Mapping[str, str]) -> str:
    """The signed string after the address: names and values, sorted."""
    pieces: list[str] = []
    values_of = getattr(params, "getlist", None)
    for name in sorted(params):
        values = values_of(name) if values_of else (params[name],)
        for value in values if len(values) == 1 else sorted(set(values)):
            pieces += name, value
    return "".join(pieces)


def signature_of(text: str, secret: str, digest: str = SHA1) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), digest)).decode()


def inbound_text_params(phone: str, body: str, *, to: str, account_sid: str) -> dict[str, str]:
    """The parameters of a webhook with a text from a phone and a new MessageSid."""
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
