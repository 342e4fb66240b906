"""Plays the carrier for a pretend phone: posts a signed text to our own webhook and parses the TwiML reply.

The only network call in web/, and only to this machine. No transaction may be open during it.
"""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request
from xml.etree import ElementTree

from config.own_web import open_directly, own_url
from config.settings import Settings
from security.request_signatures import inbound_text_params, signed

PATH = "/webhooks/sms"
TIMEOUT_SECONDS = 5.0
LONGEST_ANSWER = 64 * 1024  # the carrier's own limit


class Undelivered(Exception):
    """Our webhook did not accept the text; the message says why."""


def post_text(settings: Settings, phone: str, our_number: str, body: str) -> list[str]:
    """Send one text to our webhook as the carrier would; returns the texts of the reply.

    Waits up to 5 seconds. Raises Undelivered.
    """
    params = inbound_text_params(phone, body, to=our_number, account_sid=settings.account_sid)
    webhook = Request(
        own_url(settings) + PATH,
        data=urlencode(params).encode(),
        headers={"X-Twilio-Signature": signed(settings.public_url + PATH, params, settings.auth_token)},
    )
    try:
        with open_directly(webhook, timeout=TIMEOUT_SECONDS) as answer:
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
    """The texts of a TwiML reply; none if it is empty."""
    messages = ElementTree.fromstring(twiml).iter("Message")
    return ["".join(message.itertext()).strip() for message in messages]
