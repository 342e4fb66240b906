"""The carrier's error codes: whose fault each is, and the few kinds that we act upon.

One table, for refused sends and for delivery reports alike. What to do is decided elsewhere.
"""

from enum import StrEnum
from typing import NamedTuple


class RejectionKind(StrEnum):
    BAD_NUMBER = "bad_number"  # this phone can't get texts
    OPTED_OUT = "opted_out"  # this phone wants no texts
    BLOCKED = "blocked"  # this phone has blocked us on this channel, until it writes there
    OUR_CONFIGURATION = "our_configuration"  # no text can leave until somebody repairs our account
    PERHAPS_OURS = "perhaps_ours"  # our sender or account, but perhaps for some phones or networks only
    CONTENT = "content"  # these words can't be sent
    DAILY_CAP = "daily_cap"  # no more texts today
    NETWORK_CAP = "network_cap"  # no more texts today to phones of one network
    NOT_BY_CHANNEL = "not_by_channel"  # this channel does not reach the phone, or not now; another may
    BUSY = "busy"  # refused for now, nothing created: safe to send again
    PASSING = "passing"  # accepted, then failed: one retry, as a new text
    TOO_LATE = "too_late"  # its validity period ended before delivery
    UNCONFIRMED = "unconfirmed"  # it may have arrived all the same
    OTHER = "other"  # a code we don't know: shown, never retried automatically


class Fault(StrEnum):
    """Whose fault an error is. Only one of sender or account concerns every phone."""

    PHONE = "phone"
    CHANNEL = "channel"
    NETWORK = "network"
    TEXT = "text"
    SENDER = "sender"
    ACCOUNT = "account"
    CARRIER = "carrier"


class ErrorCode(NamedTuple):
    kind: RejectionKind
    fault: Fault
    meaning: str


# Each code's own page is its source, read in copies of 2023 to 2026: SOURCE + the code. The table with
# sources and dates is in docs/texts.md.
SOURCE = "https://www.twilio.com/docs/api/errors/"

_K, _F = RejectionKind, Fault
CODES: dict[int, ErrorCode] = {
    21211: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "no phone number"),
    21265: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "a short code"),
    21266: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "our own number"),
    21268: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "a premium number"),
    21604: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "no recipient"),
    21614: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "no mobile phone"),
    21635: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "a landline"),
    30005: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "unknown to its network"),
    30006: ErrorCode(_K.BAD_NUMBER, _F.PHONE, "a landline, or a network without texts"),
    21610: ErrorCode(_K.OPTED_OUT, _F.PHONE, "has texted STOP"),
    30004: ErrorCode(_K.OPTED_OUT, _F.PHONE, "blocked by the phone or its network"),
    20003: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "credentials refused"),
    20005: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "account not active"),
    20404: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "no such account or address"),
    30002: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "account suspended"),
    21212: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender is no phone number"),
    21267: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "a named sender on a trial account"),
    21601: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender not bought for texting"),
    21603: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "no sender given"),
    21609: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "address for delivery reports refused"),
    21616: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender is ambiguous"),
    21660: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender belongs to another account"),
    21661: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender can't text"),
    21701: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "Messaging Service does not exist"),
    21704: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "Messaging Service without senders"),
    21705: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "Messaging Service is invalid"),
    21408: ErrorCode(_K.PERHAPS_OURS, _F.ACCOUNT, "the phone's country is not enabled"),
    21608: ErrorCode(_K.PERHAPS_OURS, _F.ACCOUNT, "a trial account, and the phone is not verified"),
    572005: ErrorCode(_K.PERHAPS_OURS, _F.ACCOUNT, "a trial account, and the phone is not yet verified"),
    21606: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "sender can't text this destination"),
    21612: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "no way from this sender to this phone"),
    21657: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "sender not allowed in the phone's country"),
    21659: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "not a sender, or a short code of another country"),
    21703: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "Messaging Service has no sender for this phone"),
    30018: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "sender not registered with the phone's network"),
    30024: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "sender not set up at the phone's network"),
    30032: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "toll-free number not verified, or its text filtered"),
    30033: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "campaign suspended, for US phones"),
    30034: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "number not registered, for US phones"),
    30035: ErrorCode(_K.PERHAPS_OURS, _F.SENDER, "number still being set up, for US phones"),
    21602: ErrorCode(_K.CONTENT, _F.TEXT, "empty"),
    21617: ErrorCode(_K.CONTENT, _F.TEXT, "too long"),
    21619: ErrorCode(_K.CONTENT, _F.TEXT, "empty"),
    30007: ErrorCode(_K.CONTENT, _F.TEXT, "filtered"),
    30019: ErrorCode(_K.CONTENT, _F.TEXT, "too big for the network"),
    30044: ErrorCode(_K.CONTENT, _F.TEXT, "too long for a trial account"),
    30454: ErrorCode(_K.DAILY_CAP, _F.ACCOUNT, "limit of a trial account"),
    63038: ErrorCode(_K.DAILY_CAP, _F.ACCOUNT, "daily limit of the account"),
    63003: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "the phone is not on this channel"),
    63015: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "the phone has not joined the sandbox"),
    63016: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "24 hours since they wrote are over"),
    63024: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "no such user of this channel"),
    63032: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "WhatsApp does not deliver to this user"),
    63035: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "RCS sender not launched for this phone"),
    63106: ErrorCode(_K.NOT_BY_CHANNEL, _F.CHANNEL, "the phone has no RCS"),
    63014: ErrorCode(_K.BLOCKED, _F.PHONE, "has blocked us on this channel"),
    63033: ErrorCode(_K.BLOCKED, _F.PHONE, "has blocked us on WhatsApp"),
    63001: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "the channel refuses our account"),
    63008: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "the channel is set up wrongly"),
    63020: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "Meta's invitation is not accepted"),
    63051: ErrorCode(_K.OUR_CONFIGURATION, _F.ACCOUNT, "WhatsApp account is locked"),
    63002: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "no such sender on this channel"),
    63007: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "no such sender on this channel"),
    63026: ErrorCode(_K.OUR_CONFIGURATION, _F.SENDER, "sender is marked as spam"),
    63005: ErrorCode(_K.CONTENT, _F.TEXT, "refused by the channel"),
    63006: ErrorCode(_K.CONTENT, _F.TEXT, "badly formatted"),
    63013: ErrorCode(_K.CONTENT, _F.TEXT, "against the channel's policy"),
    63021: ErrorCode(_K.CONTENT, _F.TEXT, "not valid on this channel"),
    63027: ErrorCode(_K.CONTENT, _F.TEXT, "template does not exist"),
    63028: ErrorCode(_K.CONTENT, _F.TEXT, "template with wrong variables"),
    63029: ErrorCode(_K.CONTENT, _F.TEXT, "template not loaded"),
    63030: ErrorCode(_K.CONTENT, _F.TEXT, "a parameter this channel does not have"),
    63031: ErrorCode(_K.CONTENT, _F.TEXT, "sender and recipient are the same"),
    63040: ErrorCode(_K.CONTENT, _F.TEXT, "template refused"),
    63041: ErrorCode(_K.CONTENT, _F.TEXT, "template paused"),
    63042: ErrorCode(_K.CONTENT, _F.TEXT, "template switched off"),
    63009: ErrorCode(_K.PASSING, _F.CARRIER, "fault at the channel's provider"),
    63010: ErrorCode(_K.PASSING, _F.CARRIER, "fault at the carrier"),
    63012: ErrorCode(_K.PASSING, _F.CARRIER, "fault at the channel's provider"),
    63017: ErrorCode(_K.PASSING, _F.ACCOUNT, "faster than the account may"),
    63018: ErrorCode(_K.PASSING, _F.SENDER, "faster than the channel takes"),
    63011: ErrorCode(_K.UNCONFIRMED, _F.CARRIER, "fault of the channel"),
    63023: ErrorCode(_K.UNCONFIRMED, _F.CARRIER, "fault of the channel"),
    63036: ErrorCode(_K.UNCONFIRMED, _F.PHONE, "not reachable by RCS now"),
    30023: ErrorCode(_K.NETWORK_CAP, _F.NETWORK, "daily limit of one US network"),
    30027: ErrorCode(_K.NETWORK_CAP, _F.NETWORK, "T-Mobile's daily limit"),
    14107: ErrorCode(_K.BUSY, _F.PHONE, "too many texts between two phones"),
    20429: ErrorCode(_K.BUSY, _F.ACCOUNT, "too many requests at once"),
    21611: ErrorCode(_K.BUSY, _F.SENDER, "sender's queue is full"),
    30001: ErrorCode(_K.PASSING, _F.SENDER, "sender's queue was full"),
    30017: ErrorCode(_K.PASSING, _F.NETWORK, "network congested"),
    30022: ErrorCode(_K.PASSING, _F.NETWORK, "faster than the network takes"),
    30410: ErrorCode(_K.PASSING, _F.NETWORK, "provider timed out"),
    30450: ErrorCode(_K.PASSING, _F.PHONE, "looks like pumping: blocked for a while"),
    30500: ErrorCode(_K.PASSING, _F.CARRIER, "fault at the carrier"),
    30036: ErrorCode(_K.TOO_LATE, _F.TEXT, "its validity was over"),
    20500: ErrorCode(_K.UNCONFIRMED, _F.CARRIER, "fault at the carrier"),
    20503: ErrorCode(_K.UNCONFIRMED, _F.CARRIER, "carrier not available"),
    30003: ErrorCode(_K.UNCONFIRMED, _F.PHONE, "switched off or out of range"),
    30008: ErrorCode(_K.UNCONFIRMED, _F.NETWORK, "unknown reason"),
}


def kind_of_error(code: int | None) -> RejectionKind:
    """The kind of a carrier's error code; OTHER if there is none or we don't know it."""
    known = CODES.get(code) if code is not None else None
    return known.kind if known is not None else RejectionKind.OTHER
