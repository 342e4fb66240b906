"""Texts that the carrier took and then gave up: known here too, though the report may have been lost."""

from collections.abc import Iterator, Sequence

from models.delivery.looks import is_relied_on
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.fake_carrier import Message


def unnoticed(messages: Sequence[Message], rows: Sequence[OutboundMessage]) -> Iterator[str]:
    at_carrier = {one.sid: one for one in messages}
    for row in rows:
        one = at_carrier.get(row.carrier_sid or "")
        matters = is_relied_on(row.kind, row.our_number.channel, row.queue_id)
        if one is not None and matters and _has_failed(one) != (row.state == TextState.FAILED):
            yield f"{row.kind} is {row.state}, and {one.status} at the carrier"


def _has_failed(one: Message) -> bool:
    return one.status in ("failed", "undelivered")
