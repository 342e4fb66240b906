"""The states of a text that we send, and which may follow which."""

from enum import StrEnum


class TextState(StrEnum):
    WAITING = "waiting"  # -> sending, expired
    # Claimed and committed, the call is under way.
    SENDING = "sending"  # -> accepted, waiting, rejected, unknown
    UNKNOWN = "unknown"  # nobody knows whether the carrier has it -> any but sending
    ACCEPTED = "accepted"  # the carrier has it -> sent, delivered, failed
    SENT = "sent"  # -> delivered, failed
    DELIVERED = "delivered"
    REJECTED = "rejected"  # the carrier refused it: nothing was sent
    FAILED = "failed"  # accepted, but not delivered
    EXPIRED = "expired"  # never sent: no longer true, or too late


UNSENT = (TextState.WAITING, TextState.SENDING, TextState.UNKNOWN)
UNCONFIRMED = (TextState.ACCEPTED, TextState.SENT)  # the carrier has it, and may still fail to deliver it
IN_TROUBLE = (TextState.UNKNOWN, TextState.REJECTED, TextState.FAILED, TextState.EXPIRED)

# Delivery reports arrive twice and in any order: a text's rank never decreases.
RANK = {
    TextState.WAITING: 0,
    TextState.EXPIRED: 0,
    TextState.SENDING: 1,
    TextState.UNKNOWN: 1,
    TextState.REJECTED: 1,
    TextState.ACCEPTED: 2,
    TextState.SENT: 3,
    TextState.DELIVERED: 4,
    TextState.FAILED: 4,
}
MOMENT = {
    TextState.ACCEPTED: "accepted_at",
    TextState.SENT: "sent_at",
    TextState.DELIVERED: "delivered_at",
    TextState.FAILED: "failed_at",
}
