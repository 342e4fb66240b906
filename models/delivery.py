"""Delivery reports, for texts of the outbox: in any order, doubled, and before our own call returned."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.failing import heed_failure, note_arrival, pages_of_number
from models.holding import note_success
from models.message import OutboundMessage, TextState, advance
from models.rejection import kind_of_error
from models.settling import take_sid_from_others

# The carrier's words for how far a text has come. Others ("read", "canceled" …) tell us nothing new.
STATES = {
    "accepted": TextState.ACCEPTED,
    "scheduled": TextState.ACCEPTED,
    "queued": TextState.ACCEPTED,
    "sending": TextState.ACCEPTED,
    "sent": TextState.SENT,
    "delivered": TextState.DELIVERED,
    "read": TextState.DELIVERED,
    "undelivered": TextState.FAILED,
    "failed": TextState.FAILED,
    "canceled": TextState.FAILED,
}


@dataclass(frozen=True)
class Report:
    state: TextState
    carrier_sid: str | None
    error_code: int | None


class Noted(NamedTuple):
    """What a report told us; nothing, if it was old or about a text we don't know."""

    message_id: int | None
    request_id: str | None
    """Of the request that caused the text."""
    news: set[int]
    """The queues whose pages show it."""


def take_report(session: Session, reference: str, report: Report, now: datetime) -> Noted | None:
    """Note what the carrier reports of the text with our reference; its state never goes back.

    None for a text we don't know, or no news.
    """
    message = session.scalar(select(OutboundMessage).where(OutboundMessage.reference == reference))
    if message is None:
        return None
    if report.carrier_sid is not None:
        take_sid_from_others(session, message.id, report.carrier_sid, now)
    moved = advance(
        session,
        message.id,
        report.state,
        now,
        carrier_sid=report.carrier_sid,
        error_code=report.error_code,
    )
    return Noted(message.id, message.request_id, _follow(session, message, report, now)) if moved else None


def _follow(session: Session, message: OutboundMessage, report: Report, now: datetime) -> set[int]:
    if report.state == TextState.FAILED:
        return heed_failure(session, message, kind_of_error(report.error_code), report.error_code, now)
    news = set[int]()
    if report.state == TextState.DELIVERED:
        note_arrival(session, message.customer_id)
    if report.state in (TextState.SENT, TextState.DELIVERED) and note_success(
        session, message.our_number_id, now, claimed_at=message.claimed_at or now, was_delivered=True
    ):
        news |= pages_of_number(session, message.our_number_id)
    return news
