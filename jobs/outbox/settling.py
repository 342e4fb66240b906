"""What follows from the outcome of a call to the carrier: it is recorded, or the text is tried later."""

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Busy, Failed, Outcome, Rejected, Unknown
from models.delivery.claims import Claim
from models.delivery.outcomes import (
    settle_accepted,
    settle_busy,
    settle_failed,
    settle_rejected,
    settle_unknown,
)

LONGEST_PUT_OFF = 30.0
LONGEST_RETRY_AFTER = 300.0


def settle(
    session: Session, claim: Claim, outcome: Outcome, now: datetime, *, settle_after: timedelta
) -> set[int]:
    """Record the outcome of a call; returns the queues whose pages change."""
    match outcome:
        case Accepted(carrier_sid):
            return settle_accepted(session, claim, carrier_sid, now, settle_after=settle_after)
        case Failed(carrier_sid, code, kind):
            return settle_failed(session, claim, carrier_sid, now, code=code, kind=kind)
        case Rejected(code, kind, message):
            return settle_rejected(session, claim, now, code=code, kind=kind, message=message)
        case Busy(retry_after, reason, this_text_only):
            return settle_busy(
                session,
                claim,
                now,
                send_after=now + put_off(claim.attempt, retry_after),
                reason=reason or "the carrier was busy",
                this_text_only=this_text_only,
            )
        case Unknown(reason):
            return settle_unknown(session, claim, now, settle_after=now + settle_after, reason=reason)


def put_off(attempt: int, retry_after: float | None) -> timedelta:
    """The pause before the next attempt: 1, 2, 4 … 30 s, and never less than the carrier asked for.

    With jitter, so that texts refused together are not retried together.
    """
    seconds = min(LONGEST_PUT_OFF, 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)
    if retry_after is not None:
        seconds = max(seconds, min(max(retry_after, 0.0), LONGEST_RETRY_AFTER) + random.uniform(0.0, 1.0))
    return timedelta(seconds=seconds)
