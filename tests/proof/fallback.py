"""Guests whose channel's window is over: SMS takes its place where the queue allows it, and nowhere else."""

import re
from collections.abc import Iterator, Sequence

from models.people.addresses import Channel
from models.texts.outbox import SMS_SUFFIX, OutboundMessage
from tests.fake_carrier import Message
from tests.proof.people import Guest

WINDOW_IS_OVER = 63016
# What the first SMS in place of another channel ends with: who we are, and how to stop.
INTRODUCTION = re.compile(
    r" [^.:]+(?: only texts you about your place in line\..*|: reply STOP to stop texts\.)$"
)


def stands_in(row: OutboundMessage) -> bool:
    return row.key.endswith(SMS_SUFFIX)


def without_introduction(text: str) -> str:
    return INTRODUCTION.sub("", text)


def is_kept_from(guest: Guest, row: OutboundMessage) -> bool:
    """Whether the channel could not bring it: then it goes by SMS, or they are called aloud."""
    return guest.window_is_over and row.error_code == WINDOW_IS_OVER


def on_wrong_channel(
    guest: Guest, messages: Sequence[Message], rows: Sequence[OutboundMessage]
) -> Iterator[str]:
    instead = {row.carrier_sid for row in rows if stands_in(row)}
    for one in messages:
        if guest.address in (one.to, one.sender):
            continue
        may = guest.may_fall_back and guest.window_is_over and one.to == guest.phone
        if not may or one.sid not in instead:
            yield f"got a text at {one.to.partition('+')[0] or Channel.SMS} instead of {guest.channel}"


def untimely(rows: Sequence[OutboundMessage]) -> Iterator[str]:
    """Each that stands in follows one that its channel could not bring."""
    by_key = {row.key: row for row in rows}
    for row in filter(stands_in, rows):
        before = by_key.get(row.key.removesuffix(SMS_SUFFIX))
        if before is None or before.error_code != WINDOW_IS_OVER:
            yield f"{row.kind} went by SMS, though nothing says that its channel could not bring it"
