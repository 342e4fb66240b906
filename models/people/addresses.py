"""An address is a channel and a phone. The carrier spells both in one word: `whatsapp:+12125550100`.

The prefix is taken off by `read_address` where a word of the carrier's comes in, and put on by `spelled`
where one goes out; everything between has the channel and the bare phone.
"""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    RCS = "rcs"

    @property
    def has_segments(self) -> bool:
        """Whether a text is made of GSM-7 letters and billed by its length."""
        return self == Channel.SMS

    @property
    def window(self) -> timedelta | None:
        """For how long after a customer's text we may write to them in our own words; None: for ever."""
        return timedelta(hours=24) if self == Channel.WHATSAPP else None

    @property
    def title(self) -> str:  # type: ignore[override]
        """As people call it."""
        return {"sms": "SMS", "whatsapp": "WhatsApp", "rcs": "RCS"}[self.value]


# The carrier keeps one list of opt-outs for both.
SHARE_OPT_OUTS = frozenset({Channel.SMS, Channel.RCS})
PREFIXED = tuple(channel for channel in Channel if channel != Channel.SMS)


class Address(NamedTuple):
    channel: Channel
    phone: str
    """E.164; of ours on RCS the id of the sender, which has no number."""

    def __str__(self) -> str:
        return spelled(*self)


def read_address(word: str) -> Address:
    """The channel and the phone in a word of the carrier's. Another prefix stays: it is no phone."""
    prefix, colon, rest = word.strip().partition(":")
    known = prefix.casefold()
    if colon and known in PREFIXED:
        return Address(Channel(known), rest.strip())
    return Address(Channel.SMS, word.strip())


def spelled(channel: Channel, phone: str) -> str:
    return phone if channel == Channel.SMS else f"{channel}:{phone}"
