"""What a call to the carrier gave is written down, each kind of outcome in its own way.

Only while nothing more is known of that very attempt: a delivery report may have come first. Each gives the
ids of the queues whose pages have news. Knows no carrier.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.orm import Session

from models.failing import (
    heed_phone,
    in_words,
    pages_about,
    pages_of_number,
    send_once_more,
    take_back_welcome,
)
from models.holding import HOLDS, hold, note_answer, note_failure, note_no_answer, note_success
from models.message import OutboundMessage, TextState, advance
from models.rejection import ABOUT_ONE_PHONE, RejectionKind
from models.sending import TEXTS, Claim
from models.settling import take_sid_from_others

# A refusal of our account that is about one phone: that text is tried again after so long, and longer.
FIRST_TRY_AFTER_REFUSAL = timedelta(seconds=30)
LONGEST_BETWEEN_TRIES = timedelta(minutes=10)


def settle_accepted(session: Session, claim: Claim, carrier_sid: str, now: datetime) -> set[int]:
    """The carrier has it. A delivery report may have said so, or more, before our own call returned."""
    take_sid_from_others(session, claim.message_id, carrier_sid, now)
    if not advance(session, claim.message_id, TextState.ACCEPTED, now, carrier_sid=carrier_sid):
        session.execute(
            update(TEXTS)  # type: ignore[arg-type]
            .where(TEXTS.c.id == claim.message_id)
            .values(
                carrier_sid=func.coalesce(TEXTS.c.carrier_sid, carrier_sid),
                accepted_at=func.coalesce(TEXTS.c.accepted_at, now),
            )
        )
    is_mended = note_success(session, claim.our_number_id, now, claimed_at=claim.claimed_at)
    return pages_of_number(session, claim.our_number_id) if is_mended else set()


def settle_rejected(
    session: Session, claim: Claim, now: datetime, *, code: int | None, kind: RejectionKind, message: str
) -> set[int]:
    """The carrier refused it: nothing was sent, and what it says of the phone, or of us, is kept."""
    error = f"{kind}: {message}"
    note_answer(session, claim.our_number_id)
    if kind in HOLDS:
        return _settle_held(session, claim, now, code=code, kind=kind, error=error)
    text = session.get_one(OutboundMessage, claim.message_id)
    if _settle(session, claim, TextState.REJECTED, error_code=code, error=error[:200]):
        take_back_welcome(session, claim.customer_id, claim.claimed_at)
        heed_phone(session, text.recipient, claim.our_number_id, kind, now)
        if kind == RejectionKind.PASSING:
            send_once_more(session, text, code, now)
    return pages_about(session, text)


def settle_busy(
    session: Session,
    claim: Claim,
    now: datetime,
    *,
    send_after: datetime,
    reason: str,
    this_text_only: bool = False,
) -> set[int]:
    """Nothing was sent, and it is safe to send again: it waits once more, unless it is untrue by now.

    When the carrier is away altogether the number rests, and its texts then leave as urgent as they are.
    """
    rests_until = None if this_text_only else note_failure(session, claim.our_number_id, now)
    return _wait_once_more(session, claim, rests_until or send_after, reason)


def settle_unknown(session: Session, claim: Claim, *, settle_after: datetime, reason: str) -> set[int]:
    """Nobody knows whether the carrier has it; only a delivery report or the carrier's list can tell."""
    if _settle(session, claim, TextState.UNKNOWN, settle_after=settle_after, error=reason[:200]):
        note_no_answer(session, claim.our_number_id)
    return pages_about(session, session.get_one(OutboundMessage, claim.message_id))


def _settle_held(
    session: Session, claim: Claim, now: datetime, *, code: int | None, kind: RejectionKind, error: str
) -> set[int]:
    """Not the text is at fault but we are: it waits until that is mended."""
    news = set()
    number_rests_until = note_failure(session, claim.our_number_id, now)
    if code in ABOUT_ONE_PHONE and number_rests_until is None:
        send_after = now + min(
            LONGEST_BETWEEN_TRIES, FIRST_TRY_AFTER_REFUSAL * 2 ** min(claim.attempt - 1, 9)
        )
    else:
        reason = in_words(kind, code)
        next_probe = hold(session, claim.our_number_id, kind, reason, now, claimed_at=claim.claimed_at)
        # Behind the others: were it the text that is at fault after all, another one would show it.
        send_after = next_probe + timedelta(seconds=1)
        news = pages_of_number(session, claim.our_number_id)
    return news | _wait_once_more(session, claim, send_after, error, error_code=code)


def _wait_once_more(
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
        take_back_welcome(session, claim.customer_id, claim.claimed_at)
    return pages_about(session, session.get_one(OutboundMessage, claim.message_id))


def _settle(
    session: Session, claim: Claim, state: TextState, *conditions: ColumnElement[bool], **values: object
) -> bool:
    """False when more is known of the text already."""
    mine = (TEXTS.c.id == claim.message_id, TEXTS.c.attempts == claim.attempt)
    undecided = TEXTS.c.state.in_((TextState.SENDING, TextState.UNKNOWN))
    done = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(*mine, undecided, *conditions)
        .values({"state": state, "lease_until": None, "settle_after": None} | values)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
