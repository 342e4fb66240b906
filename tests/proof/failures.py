"""Texts that the carrier took and then gave up: known here too, though the report may have been lost."""

from collections.abc import Iterator, Sequence

from models.delivery.looks import RELIED_ON
from models.people.addresses import Channel
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.fake_carrier import Message


def unnoticed(messages: Sequence[Message], rows: Sequence[OutboundMessage]) -> Iterator[str]:
    at_carrier = {one.sid: one for one in messages}
    for row in rows:
        one = at_carrier.get(row.carrier_sid or "")
        is_relied_on = row.kind in RELIED_ON or row.our_number.channel != Channel.SMS
        if one is not None and is_relied_on and _has_failed(one) != (row.state == TextState.FAILED):
            yield f"{row.kind} is {row.state}, and {one.status} at the carrier"


def _has_failed(one: Message) -> bool:
    return one.status in ("failed", "undelivered")
