"""Errors that may be about one phone, its country or its network: our number's own fault only when several
different phones in a row meet the same.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import SUSPICIONS, hold, hold_reason, lock_number
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage


def suspect(
    session: Session,
    message: OutboundMessage,
    kind: RejectionKind,
    code: int | None,
    now: datetime,
    *,
    claimed_at: datetime,
    by_report: bool,
) -> datetime | None:
    """Count one more phone that met this error. When that holds the number: the moment of the next probe."""
    number = lock_number(session, message.our_number_id)
    met = (number.suspected_phones or "").split() if number.suspected_code == code else []
    phones = list(dict.fromkeys([*met, _phone_of(message)]))[-SUSPICIONS[kind] :]
    number.suspected_code, number.suspected_phones = code, " ".join(phones)
    number.suspected_by_report = by_report
    if number.held_at is None and len(phones) < SUSPICIONS[kind]:
        return None
    if number.held_at is not None and number.held_kind != kind:
        return None
    reason = hold_reason(kind, code)
    return hold(session, number.id, kind, reason, now, claimed_at=claimed_at, by_report=by_report)


def _phone_of(message: OutboundMessage) -> str:
    return f"c{message.customer_id}" if message.customer_id is not None else f"s{message.servicer_id}"
