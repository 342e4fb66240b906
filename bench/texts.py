"""Signed texts as the carrier posts them, made before timing begins."""

from collections.abc import Iterable
from itertools import count, islice
from urllib.parse import urlencode

from security.request_signatures import signed

_numbers = count(2_000_000)


def joins(many: int, *, keyword: str, public_url: str, token: str, account: str, to: str) -> list[bytes]:
    """Joins, each from a new phone."""
    given = {"public_url": public_url, "token": token, "account": account, "to": to}
    return made(keyword, new_phones(many), **given)


def new_phones(many: int) -> list[int]:
    return list(islice(_numbers, many))


def made(
    body: str, phones: Iterable[int], *, public_url: str, token: str, account: str, to: str
) -> list[bytes]:
    """The same text from each of these phones."""
    return [_text(next(_numbers), phone, body, public_url, token, account, to) for phone in phones]


def _text(number: int, phone: int, body: str, public_url: str, token: str, account: str, to: str) -> bytes:
    # All fields of a real one, so that as much has to be parsed and signed.
    form = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": f"SM{number:032x}",
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "19104",
        "SmsSid": f"SM{number:032x}",
        "FromState": "PA",
        "SmsStatus": "received",
        "FromCity": "PHILADELPHIA",
        "Body": body,
        "FromCountry": "US",
        "To": to,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": f"SM{number:032x}",
        "AccountSid": account,
        "From": f"+1202{phone}",
        "ApiVersion": "2010-04-01",
    }
    posted = urlencode(form).encode()
    signature = signed(f"{public_url}/webhooks/sms", form, token)
    return (
        f"POST /webhooks/sms HTTP/1.1\r\nHost: {public_url.split('//')[1]}\r\nConnection: close\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(posted)}\r\n\r\n"
    ).encode() + posted
