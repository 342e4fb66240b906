"""What is handed to whoever sends: a text's wording, a claimed text, and a text that is not sent."""

from datetime import datetime, timedelta
from typing import NamedTuple

from models.people.addresses import Channel
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState


class RenderedText(NamedTuple):
    """The wording of a text."""

    body: str
    segments: int
    welcomes: bool
    """Says who we are and how to stop."""


class Claim(NamedTuple):
    """A text that only this clock may send, until the lease runs out."""

    message_id: int
    attempt: int
    kind: TextKind
    ticket_id: int | None
    queue_id: int | None
    customer_id: int | None
    our_number_id: int
    channel: Channel
    sender: str
    to: str
    body: str
    segments: int
    reference: str
    claimed_at: datetime
    valid_for: timedelta
    """The carrier need not deliver it later than that."""
    next_text_after: datetime
    """When the number may send again."""
    request_id: str | None
    """The request that caused it."""
    template_sid: str | None = None
    """It leaves by this template of the carrier's, not in our words …"""
    variables: tuple[str, ...] = ()
    """… with these in its places 1, 2, 3 …"""


class NotSent(NamedTuple):
    """A text that was due and is not sent."""

    message_id: int
    kind: TextKind
    ticket_id: int | None
    queue_id: int | None
    state: TextState
    reason: str
    request_id: str | None
