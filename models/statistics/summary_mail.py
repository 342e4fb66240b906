"""The outbox of summary mails: one row per business, day or week, and person, so that each is sent once.

A mail is claimed with a lease, and marked as handed over just before the mail server gets it. A claim that
lapses before that is made again; after that its outcome is unknown, and it is never sent again. Knows no mail
server.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import Business
from models.people.servicers import Servicer
from models.people.summary_period import Period
from models.storage.database import Base, Json, insert_once, stored_enum
from models.storage.dialects import partial_index


class MailState(StrEnum):
    WAITING = "waiting"  # -> sending, expired
    SENDING = "sending"  # claimed -> sent, refused, unknown, waiting
    SENT = "sent"
    REFUSED = "refused"  # the server will never take it
    UNKNOWN = "unknown"  # handed over, but no answer came -> sent
    EXPIRED = "expired"  # too late: the next one is due


OPEN = "state IN ('waiting', 'sending')"


class SummaryMail(Base):
    __tablename__ = "summary_mails"
    __table_args__ = (partial_index("ix_summary_mails_open", "send_after", where=OPEN),)

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    period: Mapped[Period] = mapped_column(stored_enum(Period), primary_key=True, server_default=Period.DAY)
    day: Mapped[date] = mapped_column(primary_key=True)  # the first of a week
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"), primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[MailState] = mapped_column(stored_enum(MailState), default=MailState.WAITING)
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))

    business: Mapped[Business] = relationship()
    servicer: Mapped[Servicer] = relationship()


MAILS = SummaryMail.__table__


class Claim(NamedTuple):
    """A mail that only this process may send, until the lease runs out."""

    business_id: int
    period: Period
    day: date
    servicer_id: int
    attempt: int
    name: str
    email: str
    language: str
    facts: dict[str, Any]


def queue_summary_mail(
    session: Session,
    person: Servicer,
    day: date,
    facts: dict[str, Any],
    *,
    period: Period = Period.DAY,
    now: datetime,
) -> bool:
    """Queue the summary of this day or week for this person, once; False if it is there already."""
    values = {
        "business_id": person.business_id,
        "period": period,
        "day": day,
        "servicer_id": person.id,
        "facts": facts,
        "state": MailState.WAITING,
        "created_at": now,
        "send_after": now,
        "expires_at": now + period.length,
        "attempts": 0,
    }
    return insert_once(session, MAILS, values, returning=MAILS.c.day) is not None  # type: ignore[arg-type]


def claim_next(
    session: Session, now: datetime, lease: timedelta, business_id: int | None = None
) -> Claim | None:
    """Claim the oldest mail that is due (of this business, if given); None if none is."""
    due = select(SummaryMail).where(
        text(OPEN),
        SummaryMail.state == MailState.WAITING,
        SummaryMail.send_after <= now,
        SummaryMail.expires_at > now,
    )
    if business_id is not None:
        due = due.where(SummaryMail.business_id == business_id)
    oldest = due.order_by(SummaryMail.created_at, SummaryMail.servicer_id).limit(1)
    mail = session.scalar(oldest.with_for_update(skip_locked=True, of=SummaryMail))
    if mail is None:
        return None
    mail.state, mail.lease_until, mail.error = MailState.SENDING, now + lease, None
    mail.attempts += 1
    return Claim(
        business_id=mail.business_id,
        period=mail.period,
        day=mail.day,
        servicer_id=mail.servicer_id,
        attempt=mail.attempts,
        name=mail.servicer.name,
        email=mail.servicer.email,
        language=mail.business.language,
        facts=mail.facts,
    )


def hand_over(session: Session, claim: Claim, now: datetime) -> bool:
    """Mark it as handed over; False if the claim has lapsed, and it must not be sent."""
    return _settle(session, claim, MailState.SENDING, MAILS.c.lease_until > now, handed_over_at=now)


def settle_sent(session: Session, claim: Claim, now: datetime) -> None:
    _settle(session, claim, MailState.SENT, sent_at=now, lease_until=None)


def settle_put_off(session: Session, claim: Claim, error: str, send_after: datetime) -> None:
    """Nothing was sent, and it is safe to send again."""
    _settle(
        session,
        claim,
        MailState.WAITING,
        send_after=send_after,
        error=error[:200],
        handed_over_at=None,
        lease_until=None,
    )


def settle_refused(session: Session, claim: Claim, error: str) -> None:
    _settle(session, claim, MailState.REFUSED, error=error[:200], lease_until=None)


def settle_unknown(session: Session, claim: Claim, error: str) -> None:
    _settle(session, claim, MailState.UNKNOWN, error=error[:200], lease_until=None)


def recover_lapsed(session: Session, now: datetime) -> None:
    """Settle mails whose process died while sending, and expire those that are too late."""
    lapsed = (text(OPEN), MAILS.c.state == MailState.SENDING, MAILS.c.lease_until < now)
    outcomes = (
        (MAILS.c.handed_over_at.is_(None), {"state": MailState.WAITING, "error": None}),
        (
            MAILS.c.handed_over_at.is_not(None),
            {"state": MailState.UNKNOWN, "error": "the process that was sending it stopped"},
        ),
    )
    for condition, values in outcomes:
        session.execute(update(MAILS).where(*lapsed, condition).values(lease_until=None, **values))  # type: ignore[arg-type]
    over = (text(OPEN), MAILS.c.state == MailState.WAITING, MAILS.c.expires_at <= now)
    session.execute(update(MAILS).where(*over).values(state=MailState.EXPIRED))  # type: ignore[arg-type]


def _settle(session: Session, claim: Claim, state: MailState, *conditions: Any, **values: Any) -> bool:
    """Only while nothing more is known of this attempt."""
    mine = (
        MAILS.c.business_id == claim.business_id,
        MAILS.c.period == claim.period,
        MAILS.c.day == claim.day,
        MAILS.c.servicer_id == claim.servicer_id,
        MAILS.c.attempts == claim.attempt,
        MAILS.c.state.in_((MailState.SENDING, MailState.UNKNOWN)),
    )
    settled = session.execute(update(MAILS).where(*mine, *conditions).values(state=state, **values))  # type: ignore[arg-type]
    return bool(settled.rowcount == 1)  # type: ignore[attr-defined]
