"""The carrier as the clock sees it: what is sent, what may come of it, what can be asked.

Implemented for Twilio in twilio_carrier.py and for pretend phones in pretend_carrier.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from config.settings import Settings
from models.people.addresses import Channel
from models.texts.error_codes import RejectionKind

CALL_LIMIT_SECONDS = 20.0


@dataclass(frozen=True)
class TextToSend:
    to: str
    sender: str  # ours: a phone; on RCS the id of our sender
    body: str
    reference: str
    """Our own public id of the outbox row; every delivery report contains it."""
    validity_seconds: int | None = None
    """The carrier drops it later than that; it accepts 1 to 36,000."""
    channel: Channel = Channel.SMS
    template_sid: str | None = None
    """An approved template, which is sent in place of the body …"""
    variables: tuple[str, ...] = ()
    """… with these in its places 1, 2, 3 …"""


@dataclass(frozen=True)
class Accepted:
    carrier_sid: str


@dataclass(frozen=True)
class Failed:
    """The carrier took it, and says in the same answer that it could not be delivered."""

    carrier_sid: str
    code: int | None
    kind: RejectionKind


@dataclass(frozen=True)
class Rejected:
    """Nothing was sent, and a retry would fail too unless something changes."""

    code: int | None
    kind: RejectionKind
    message: str


@dataclass(frozen=True)
class Busy:
    """Nothing was sent, and it is safe to send again: after `retry_after` seconds, if given."""

    retry_after: float | None = None
    reason: str = ""
    this_text_only: bool = False
    """Other texts may get through."""


@dataclass(frozen=True)
class Unknown:
    """It may have been sent: a delivery report or `messages_to` must settle it before it is sent again.

    Of `message`: nothing new is known of it.
    """

    reason: str


Outcome = Accepted | Failed | Rejected | Busy | Unknown


@dataclass(frozen=True)
class CarrierMessage:
    """A text as the carrier lists it, its phones without the channel's prefix.

    Moments are whole seconds, converted to our clock (within a minute).
    """

    carrier_sid: str
    direction: str
    sender: str | None  # not known yet while a Messaging Service chooses one
    to: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime
    sent_at: datetime | None


class CarrierFailed(Exception):
    """The carrier gave no complete answer to a query; the message says why in one line."""


class Carrier(Protocol):
    def send(self, message: TextToSend) -> Outcome:
        """Send one text. Never raises, never sends twice, ends within CALL_LIMIT_SECONDS."""

    def messages_to(
        self, phone: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        """Every text to a phone by this channel since, replies included, the newest first.

        Raises CarrierFailed rather than leave one out: after SETTLE_SECONDS, a text that is absent here was
        never created. The second of `since` is included.
        """

    def message(self, carrier_sid: str) -> CarrierMessage | Unknown:
        """One text that it has accepted, by its sid. Never raises; Unknown if there is no answer."""

    def messages_from_customers(
        self, our_number: str, since: datetime, channel: Channel = Channel.SMS
    ) -> list[CarrierMessage]:
        """Every text that reached one of our numbers since, the newest first. Raises CarrierFailed."""

    def check(self, our_numbers: Sequence[str] = ()) -> list[str]:
        """Problems of account, numbers and webhooks, one sentence each; empty if all is well."""

    def connect_webhook(self, our_number: str, url: str) -> None:
        """Have texts to our number posted to `url`. Raises CarrierFailed."""


def callback_url(settings: Settings, reference: str) -> str:
    """The callback address for delivery reports of a text."""
    return f"{settings.public_url}/webhooks/status?m={quote(reference, safe='')}"
