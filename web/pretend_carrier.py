"""The carrier's part of a pretend phone: hands a text to our own webhook, signed, and reads the TwiML.

The one place of web/ that calls a network, and only this machine's. No transaction may be open meanwhile.
"""

import urllib.request
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from xml.etree import ElementTree

from config import Settings
from signing import signed, text_posted

PATH = "/webhooks/sms"
SECONDS = 5.0
LONGEST_ANSWER = 64 * 1024  # as the carrier's own limit

# Never by a proxy of the environment: the webhook is on this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Undelivered(Exception):
    """Our webhook did not take the text; says why in words."""


def hand_in(settings: Settings, phone: str, our_number: str, body: str) -> list[str]:
    """Send one text to our webhook as the carrier would; gives the texts it is answered with.

    Raises Undelivered; the answer may take 5 seconds.
    """
    params = text_posted(phone, body, to=our_number, account_sid=settings.account_sid)
    webhook = urllib.request.Request(
        f"http://{_own_host(settings)}:{settings.port}{PATH}",
        data=urlencode(params).encode(),
        headers={"X-Twilio-Signature": signed(settings.public_url + PATH, params, settings.auth_token)},
    )
    try:
        with _direct.open(webhook, timeout=SECONDS) as answer:
            return texts_of(answer.read(LONGEST_ANSWER))
    except HTTPError as refusal:
        raise Undelivered(f"the webhook answered {refusal.code}.") from refusal
    except TimeoutError as late:
        raise Undelivered("the webhook took too long.") from late
    except (OSError, HTTPException) as failure:
        raise Undelivered("the webhook did not answer.") from failure
    except ElementTree.ParseError as rubbish:
        raise Undelivered("the webhook's answer was no TwiML.") from rubbish


def texts_of(twiml: bytes) -> list[str]:
    """The texts of a TwiML answer; none for silence."""
    messages = ElementTree.fromstring(twiml).iter("Message")
    return ["".join(message.itertext()).strip() for message in messages]


def _own_host(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    return f"[{host}]" if ":" in host else host
