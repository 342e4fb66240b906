"""Delivery reports: in any order, doubled, for texts we don't know. A text's state never goes back."""

from datetime import UTC, datetime

import structlog
from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import transaction
from models.message import OutboundMessage, TextState, advance
from models.rejection import RejectionKind, kind_of_error

# The carrier's words for how far a text has come. Others ("read", "canceled" …) tell us nothing new.
STATES = {
    "accepted": TextState.ACCEPTED,
    "queued": TextState.ACCEPTED,
    "sending": TextState.ACCEPTED,
    "sent": TextState.SENT,
    "delivered": TextState.DELIVERED,
    "read": TextState.DELIVERED,
    "undelivered": TextState.FAILED,
    "failed": TextState.FAILED,
    "canceled": TextState.FAILED,
}

log = structlog.get_logger(__name__)


def receive_report() -> Response:
    """`POST /webhooks/status?m=<our reference>`: always 204."""
    reference = request.args.get("m", "")
    state = STATES.get(request.form.get("MessageStatus", "").lower())
    if reference and state is not None:
        sid = request.form.get("MessageSid", "")[:64] or None
        code = request.form.get("ErrorCode", "")
        error_code = int(code) if code.isascii() and code.isdigit() and len(code) < 7 else None
        try:
            _take_in(reference[:32], state, sid, error_code)
        except Exception:
            log.exception("report failed", reference=reference[:32])
    return Response(status=204)


def _take_in(reference: str, state: TextState, sid: str | None, error_code: int | None) -> None:
    now = datetime.now(UTC)

    def work(session: Session) -> int | None:
        found = select(OutboundMessage).where(OutboundMessage.reference == reference)
        message = session.scalar(found)
        if message is None:
            return None
        moved = advance(session, message.id, state, now, carrier_sid=sid, error_code=error_code)
        if moved and state == TextState.FAILED:
            _heed_failure(session, message, error_code, now)
        return message.id if moved else None

    message_id = transaction(work)
    log.info("report", message=message_id, state=state.value, error_code=error_code)


def _heed_failure(session: Session, message: OutboundMessage, error_code: int | None, now: datetime) -> None:
    """What a failure says of the phone: nothing more is sent to it, and its tickets say "call aloud"."""
    kind = kind_of_error(error_code)
    if kind == RejectionKind.OPTED_OUT:
        message.recipient.opt_out(session, message.our_number_id, now)
    elif kind == RejectionKind.BAD_NUMBER:
        message.recipient.unreachable_at = now
