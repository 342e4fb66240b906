"""Addresses as the carrier spells them: a phone, with the channel before it where that is not SMS."""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
PREFIXES = ("whatsapp", "rcs")
SMS = "sms"


def channel_of(address: str) -> str:
    prefix = address.partition(":")[0]
    return prefix if prefix in PREFIXES else SMS


def phone_of(address: str) -> str:
    return address if channel_of(address) == SMS else address.partition(":")[2]


def is_phone(address: str) -> bool:
    return E164.fullmatch(phone_of(address)) is not None


def obeys_stop(address: str) -> bool:
    """The carrier keeps one list of opt-outs for SMS and RCS, and none for WhatsApp."""
    return channel_of(address) != "whatsapp"
