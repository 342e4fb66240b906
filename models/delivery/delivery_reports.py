"""Delivery reports of outbox texts. They come in any order, twice, or before our own call has returned."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import record_success
from models.delivery.failures import apply_failure, pages_of_number, record_arrival
from models.delivery.settlement import unbind_other_rows
from models.texts.error_codes import kind_of_error
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState

READ = "read"
# The carrier's statuses as our states; any other status is ignored.
STATES = {
    "accepted": TextState.ACCEPTED,
    "scheduled": TextState.ACCEPTED,
    "queued": TextState.ACCEPTED,
    "sending": TextState.ACCEPTED,
    "sent": TextState.SENT,
    "delivered": TextState.DELIVERED,
    READ: TextState.DELIVERED,
    "undelivered": TextState.FAILED,
    "failed": TextState.FAILED,
    "canceled": TextState.FAILED,
}


class Report(NamedTuple):
    state: TextState
    carrier_sid: str | None
    error_code: int | None
    is_read: bool = False
    """They have opened it: reported after its delivery, or in its place."""


class ReportResult(NamedTuple):
    """The text that a report changed."""

    message_id: int | None
    request_id: str | None
    """The request that caused the text."""
    news: set[int]
    """The queues whose pages show the change."""


def apply_report(session: Session, reference: str, report: Report, now: datetime) -> ReportResult | None:
    """Record what the carrier reports of the text with our reference; its state never goes back.

    None for an unknown text, or if nothing changed.
    """
    message = session.scalar(select(OutboundMessage).where(OutboundMessage.reference == reference))
    if message is None:
        return None
    if report.carrier_sid is not None:
        unbind_other_rows(session, message.id, report.carrier_sid, now)
    moved = advance(
        session,
        message.id,
        report.state,
        now,
        carrier_sid=report.carrier_sid,
        error_code=report.error_code,
    )
    if report.is_read:
        moved = _record_read(session, message.id, now) or moved
    return (
        ReportResult(message.id, message.request_id, _apply_consequences(session, message, report, now))
        if moved
        else None
    )


def _record_read(session: Session, message_id: int, now: datetime) -> bool:
    """Once; a report of delivery that comes later changes nothing."""
    unread = (OutboundMessage.id == message_id, OutboundMessage.read_at.is_(None))
    done = session.execute(update(OutboundMessage).where(*unread).values(read_at=now))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _apply_consequences(
    session: Session, message: OutboundMessage, report: Report, now: datetime
) -> set[int]:
    if report.state == TextState.FAILED:
        return apply_failure(session, message, kind_of_error(report.error_code), report.error_code, now)
    news = set[int]()
    if report.state == TextState.DELIVERED:
        record_arrival(session, message.customer_id)
    if report.state in (TextState.SENT, TextState.DELIVERED) and record_success(
        session, message.our_number_id, now, claimed_at=message.claimed_at or now, was_delivered=True
    ):
        news |= pages_of_number(session, message.our_number_id)
    return news
