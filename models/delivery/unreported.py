"""Texts that the carrier took, and whose report may be lost: their outcome is asked for by their sid.

A look first claims the text in a commit, so that two clocks ask once; what the carrier says is then applied
as its report would be. Makes no network call itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, literal_column, select, update
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import record_answer
from models.delivery.delivery_reports import Report, ReportResult, apply_report
from models.delivery.looks import WORTH_ASKING_FOR, next_look
from models.delivery.settlement import FIRST_RETRY, MAX_LEASES
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState

AT_A_TIME = 50
# The carrier gave no answer: it is asked again after 1, 2, 4 … seconds, and then once a minute.
LONGEST_RETRY = timedelta(minutes=1)

TEXTS = OutboundMessage.__table__
# Literals exactly as in the partial index, which a bound parameter can't use.
IS_UNREPORTED: ColumnElement[bool] = and_(
    TEXTS.c.state.in_([literal_column("'accepted'", String), literal_column("'sent'", String)]),
    TEXTS.c.settle_after.is_not(None),
)


@dataclass(frozen=True)
class Look:
    """What to ask the carrier for, and about which text."""

    message_id: int
    reference: str
    carrier_sid: str
    our_number_id: int
    phone: str
    kind: TextKind
    ticket_id: int | None
    request_id: str | None
    lookups: int
    """How often it has been looked up: only the latest look counts."""


def unreported_due(session: Session, now: datetime) -> list[int]:
    """The texts to ask for, the most urgent first."""
    due = select(TEXTS.c.id).where(IS_UNREPORTED, TEXTS.c.settle_after <= now, ~_is_too_old(now))
    return list(session.scalars(due.order_by(TEXTS.c.priority, TEXTS.c.settle_after).limit(AT_A_TIME)))


def too_old(session: Session, now: datetime) -> list[int]:
    """Texts that nobody asks for any more, a few at a time."""
    return list(session.scalars(select(TEXTS.c.id).where(IS_UNREPORTED, _is_too_old(now)).limit(AT_A_TIME)))


def drop_looks(session: Session, message_ids: Collection[int]) -> None:
    """Ask no more for these texts."""
    mine = TEXTS.c.id.in_(message_ids)
    session.execute(update(TEXTS).where(IS_UNREPORTED, mine).values(settle_after=None))  # type: ignore[arg-type]


def begin_look(session: Session, message_id: int, now: datetime, lease: timedelta) -> Look | None:
    """Claim a text; None if another clock has, if a report came meanwhile, or if it was forgotten."""
    due = select(OutboundMessage).where(
        OutboundMessage.id == message_id, IS_UNREPORTED, OutboundMessage.settle_after <= now
    )
    text = session.scalar(due.with_for_update(skip_locked=True, key_share=True))
    if text is None:
        return None
    phone = text.recipient.phone
    if phone is None or text.carrier_sid is None:
        text.settle_after = None
        return None
    text.lookups += 1
    text.settle_after = now + lease * min(text.lookups, MAX_LEASES)
    return Look(
        message_id=text.id,
        reference=text.reference,
        carrier_sid=text.carrier_sid,
        our_number_id=text.our_number_id,
        phone=phone,
        kind=text.kind,
        ticket_id=text.ticket_id,
        request_id=text.request_id,
        lookups=text.lookups,
    )


def finish_look(
    session: Session, look: Look, report: Report, now: datetime, *, settle_after: timedelta
) -> ReportResult | None:
    """Apply what the carrier says, unless it is settled by now or the sid was found to be another text's.

    It is asked again later only while it has neither sent the text nor given it up.
    """
    changed = None
    if _still_due(session, look) is not None:
        changed = apply_report(session, look.reference, report, now)
        text = session.get_one(OutboundMessage, look.message_id, populate_existing=True)
        is_on_its_way = text.state == TextState.ACCEPTED
        handed_over_at = min(text.claimed_at or now, now)  # one in the future was written by a wrong clock
        text.settle_after = next_look(handed_over_at, now, settle_after) if is_on_its_way else None
    record_answer(session, look.our_number_id)
    return changed


def put_off_look(session: Session, look: Look, now: datetime) -> None:
    """The carrier gave no answer: nothing is known."""
    text = _still_due(session, look)
    if text is not None:
        text.settle_after = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(look.lookups - 1, 10))


def _still_due(session: Session, look: Look) -> OutboundMessage | None:
    mine = (
        OutboundMessage.id == look.message_id,
        IS_UNREPORTED,
        OutboundMessage.lookups == look.lookups,
        OutboundMessage.carrier_sid == look.carrier_sid,
    )
    found = select(OutboundMessage).where(*mine).with_for_update(key_share=True)
    return session.scalar(found, execution_options={"populate_existing": True})


def _is_too_old(now: datetime) -> ColumnElement[bool]:
    is_old: ColumnElement[bool] = TEXTS.c.claimed_at <= now - WORTH_ASKING_FOR
    return is_old
