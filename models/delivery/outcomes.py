"""Records the outcome of a call to the carrier, one function for each kind of outcome.

Only while nothing more is known of that attempt: a delivery report may have come first. Each returns the ids
of the queues whose pages change. Knows no carrier.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, literal, update
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import (
    FIRST_PROBE,
    HOLDS,
    SUSPICIONS,
    hold,
    hold_reason,
    probe_again,
    record_answer,
    record_failure,
    record_no_answer,
    record_success,
)
from models.delivery.claiming import TEXTS
from models.delivery.claims import Claim
from models.delivery.failures import (
    apply_failure,
    apply_to_phone,
    pages_about,
    pages_of_number,
    queue_by_sms,
    queue_retry,
    undo_welcome,
)
from models.delivery.looks import first_look
from models.delivery.settlement import unbind_other_rows
from models.delivery.suspicion import suspect
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import UNCONFIRMED, TextState

# A refusal that may concern one phone only: that text is retried after growing pauses, and delays no other.
FIRST_TRY_AFTER_REFUSAL = timedelta(seconds=30)
LONGEST_BETWEEN_TRIES = timedelta(minutes=10)


def settle_accepted(
    session: Session, claim: Claim, carrier_sid: str, now: datetime, *, settle_after: timedelta
) -> set[int]:
    """The carrier has it. A delivery report may have said so before our own call returned."""
    unbind_other_rows(session, claim.message_id, carrier_sid, now)
    look_after = first_look(claim.kind, claim.channel, claim.queue_id, claim.claimed_at, settle_after)
    if not advance(
        session, claim.message_id, TextState.ACCEPTED, now, carrier_sid=carrier_sid, look_after=look_after
    ):
        look = literal(look_after, TEXTS.c.settle_after.type)
        session.execute(
            update(TEXTS)  # type: ignore[arg-type]
            .where(TEXTS.c.id == claim.message_id)
            .values(
                carrier_sid=func.coalesce(TEXTS.c.carrier_sid, carrier_sid),
                accepted_at=func.coalesce(TEXTS.c.accepted_at, now),
                settle_after=case((TEXTS.c.state.in_(UNCONFIRMED), look), else_=TEXTS.c.settle_after),
            )
        )
    is_mended = record_success(session, claim.our_number_id, now, claimed_at=claim.claimed_at)
    return pages_of_number(session, claim.our_number_id) if is_mended else set()


def settle_failed(
    session: Session, claim: Claim, carrier_sid: str, now: datetime, *, code: int | None, kind: RejectionKind
) -> set[int]:
    """The carrier took it and gave it up before it answered: what a delivery report would have said."""
    unbind_other_rows(session, claim.message_id, carrier_sid, now)
    record_answer(session, claim.our_number_id)
    if not advance(
        session, claim.message_id, TextState.FAILED, now, carrier_sid=carrier_sid, error_code=code
    ):
        return set()
    text = session.get_one(OutboundMessage, claim.message_id, populate_existing=True)
    news = apply_failure(session, text, kind, code, now)
    if kind not in (*HOLDS, *SUSPICIONS):
        probe_again(session, claim.our_number_id, now)
    return news


def settle_rejected(
    session: Session, claim: Claim, now: datetime, *, code: int | None, kind: RejectionKind, message: str
) -> set[int]:
    """The carrier refused it: nothing was sent; what it says of the phone, or of our account, is recorded."""
    error = f"{kind}: {message}"
    record_answer(session, claim.our_number_id)
    if kind in HOLDS:
        return _settle_held(session, claim, now, code=code, kind=kind, error=error)
    if kind == RejectionKind.PERHAPS_OURS:
        return _settle_suspected(session, claim, now, code=code, error=error)
    text = session.get_one(OutboundMessage, claim.message_id)
    if _settle(session, claim, TextState.REJECTED, error_code=code, error=error[:200]):
        undo_welcome(session, claim.customer_id, claim.claimed_at)
        apply_to_phone(session, text.recipient, claim.our_number_id, kind, now)
        if kind == RejectionKind.PASSING:
            queue_retry(session, text, code, now)
        if kind == RejectionKind.NOT_BY_CHANNEL:
            queue_by_sms(session, text, now)
    news = pages_about(session, text)
    if kind in SUSPICIONS and suspect(
        session, text, kind, code, now, claimed_at=claim.claimed_at, by_report=False
    ):
        return news | pages_of_number(session, claim.our_number_id)
    probe_again(session, claim.our_number_id, now)
    return news


def settle_busy(
    session: Session,
    claim: Claim,
    now: datetime,
    *,
    send_after: datetime,
    reason: str,
    this_text_only: bool = False,
) -> set[int]:
    """Nothing was sent, and it is safe to send again: back into the outbox, unless it is untrue by now.

    During an outage the number pauses, and its texts then leave by priority.
    """
    rests_until = None if this_text_only else record_failure(session, claim.our_number_id, now)
    return _requeue(session, claim, rests_until or send_after, reason)


def settle_unknown(
    session: Session, claim: Claim, now: datetime, *, settle_after: datetime, reason: str
) -> set[int]:
    """Nobody knows whether the carrier has it; a delivery report or the carrier's list will tell.

    The list has other words for a template: then a report alone.
    """
    asked_after = settle_after if claim.template_sid is None else None
    if _settle(session, claim, TextState.UNKNOWN, settle_after=asked_after, error=reason[:200]):
        record_no_answer(session, claim.our_number_id)
        probe_again(session, claim.our_number_id, now + FIRST_PROBE)
    return pages_about(session, session.get_one(OutboundMessage, claim.message_id))


def _settle_held(
    session: Session, claim: Claim, now: datetime, *, code: int | None, kind: RejectionKind, error: str
) -> set[int]:
    """The fault is not the text's but our account's: the text waits until that is repaired."""
    record_failure(session, claim.our_number_id, now)
    reason = hold_reason(kind, code)
    next_probe = hold(session, claim.our_number_id, kind, reason, now, claimed_at=claim.claimed_at)
    # Behind the others: if it is the text's fault after all, the next probe with another text shows it.
    send_after = next_probe + timedelta(seconds=1)
    news = pages_of_number(session, claim.our_number_id)
    return news | _requeue(session, claim, send_after, error, error_code=code)


def _settle_suspected(
    session: Session, claim: Claim, now: datetime, *, code: int | None, error: str
) -> set[int]:
    """It may be about this phone: the text is tried again later, and texts to others go on meanwhile."""
    text = session.get_one(OutboundMessage, claim.message_id)
    kind = RejectionKind.PERHAPS_OURS
    is_held = suspect(session, text, kind, code, now, claimed_at=claim.claimed_at, by_report=False)
    pause = min(LONGEST_BETWEEN_TRIES, FIRST_TRY_AFTER_REFUSAL * 2 ** min(claim.attempt - 1, 9))
    news = pages_of_number(session, claim.our_number_id) if is_held else set[int]()
    return news | _requeue(session, claim, now + pause, error, error_code=code)


def _requeue(
    session: Session, claim: Claim, send_after: datetime, reason: str, *, error_code: int | None = None
) -> set[int]:
    unsent = {
        "body": None,
        "segments": None,
        "claimed_at": None,
        "claimed_by": None,
        "error": reason[:200],
        "error_code": error_code,
    }
    still_true = TEXTS.c.obsolete_at.is_(None)
    if _settle(session, claim, TextState.WAITING, still_true, send_after=send_after, **unsent) or _settle(
        session, claim, TextState.EXPIRED, ~still_true, **unsent
    ):
        undo_welcome(session, claim.customer_id, claim.claimed_at)
    return pages_about(session, session.get_one(OutboundMessage, claim.message_id))


def _settle(
    session: Session, claim: Claim, state: TextState, *conditions: ColumnElement[bool], **values: object
) -> bool:
    """False if more is known of the text already."""
    mine = (TEXTS.c.id == claim.message_id, TEXTS.c.attempts == claim.attempt)
    undecided = TEXTS.c.state.in_((TextState.SENDING, TextState.UNKNOWN))
    done = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(*mine, undecided, *conditions)
        .values({"state": state, "lease_until": None, "settle_after": None} | values)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
