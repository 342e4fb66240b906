"""Mails about accounts and warnings to managers: put here by whoever has something to say, sent by the clock.

A letter that was sent twice does no harm (a key in it replaces the one before), so a claim that lapses is
made again. Knows no mail server and no wording.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base, Json, insert_once, stored_enum
from models.links import Link, LinkKind, make_link, new_key
from models.people import Servicer, normal_email

WORTH_SENDING = timedelta(days=1)
KEPT = timedelta(days=30)
LEASE = timedelta(minutes=5)
FIRST_PUT_OFF = timedelta(minutes=1)
LONGEST_PUT_OFF = timedelta(minutes=30)


class LetterKind(StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGE = "email_change"  # to the new address
    EMAIL_CHANGED = "email_changed"  # to the old one
    FEW_TEXTS_LEFT = "few_texts_left"
    NO_TEXTS_LEFT = "no_texts_left"


class LetterState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # refused for good, too late, or there is nobody to write to


OPEN = "state IN ('waiting', 'sending')"


class Letter(Base):
    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_open", "send_after", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)  # where it may be written only once
    kind: Mapped[LetterKind] = mapped_column(stored_enum(LetterKind))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id", ondelete="SET NULL"))
    state: Mapped[LetterState] = mapped_column(stored_enum(LetterState))
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))

    link: Mapped[Link | None] = relationship()


@dataclass(frozen=True)
class Claim:
    """A letter that this process is sending; `link_key` goes into it and is kept nowhere."""

    letter_id: int
    attempt: int
    kind: LetterKind
    email: str
    language: str
    facts: dict[str, Any]
    link_key: str | None


def write_letter(
    session: Session,
    kind: LetterKind,
    *,
    email: str,
    language: str,
    now: datetime,
    link: Link | None = None,
    key: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """To be sent by the clock; with a `key` only once."""
    values = {
        "key": key,
        "kind": kind,
        "email": normal_email(email),
        "language": language,
        "facts": facts or {},
        "link_id": link.id if link is not None else None,
        "state": LetterState.WAITING,
        "created_at": now,
        "send_after": now,
        "attempts": 0,
    }
    insert_once(session, Letter.__table__, values, returning=Letter.id)  # type: ignore[arg-type]


def write_to_servicer(
    session: Session,
    kind: LetterKind,
    servicer: Servicer,
    now: datetime,
    *,
    email: str | None = None,
    link: Link | None = None,
    **facts: str,
) -> None:
    """A letter to somebody about their own account, to their address or the one given."""
    business = servicer.business
    write_letter(
        session,
        kind,
        email=email or servicer.email,
        language=business.language,
        now=now,
        link=link,
        facts={"name": servicer.name, "business": business.name} | facts,
    )


def claim_next(session: Session, now: datetime) -> Claim | None:
    """The oldest letter that is due, claimed; None if none is.

    Whether there is an account for a forgotten password is looked up here and not when it was asked for, so
    that the answer to the asking can't tell.
    """
    while True:
        due = select(Letter).where(
            text(OPEN),
            or_(
                (Letter.state == LetterState.WAITING) & (Letter.send_after <= now),
                (Letter.state == LetterState.SENDING) & (Letter.lease_until <= now),
            ),
        )
        letter = session.scalar(due.order_by(Letter.id).limit(1).with_for_update(skip_locked=True, of=Letter))
        if letter is None:
            return None
        letter.attempts += 1
        if letter.created_at <= now - WORTH_SENDING or not _has_a_reader(session, letter, now):
            letter.state = LetterState.DROPPED
            session.flush()
            continue
        letter.state, letter.lease_until, letter.error = LetterState.SENDING, now + LEASE, None
        key = new_key(letter.link) if letter.link is not None else None
        return Claim(
            letter.id, letter.attempts, letter.kind, letter.email, letter.language, letter.facts, key
        )


def settle(
    session: Session, claim: Claim, state: LetterState, now: datetime, error: str | None = None
) -> None:
    """What came of sending it; put off, it is tried again later and later."""
    letter = session.get(Letter, claim.letter_id, with_for_update=True)
    if letter is None or letter.state != LetterState.SENDING or letter.attempts != claim.attempt:
        return
    letter.state, letter.error, letter.lease_until = state, (error or "")[:200] or None, None
    if state == LetterState.WAITING:
        letter.send_after = now + min(LONGEST_PUT_OFF, FIRST_PUT_OFF * 2 ** min(claim.attempt - 1, 10))


def clear_old_letters(session: Session, now: datetime) -> None:
    session.execute(delete(Letter).where(Letter.created_at < now - KEPT))


def _has_a_reader(session: Session, letter: Letter, now: datetime) -> bool:
    if letter.kind == LetterKind.PASSWORD_RESET and letter.link is None:
        servicer = Servicer.named(session, letter.email)
        if servicer is None:
            return False
        letter.link = make_link(
            session,
            LinkKind.PASSWORD_RESET,
            business_id=servicer.business_id,
            email=letter.email,
            now=now,
            servicer_id=servicer.id,
        )
        letter.facts = {"name": servicer.name, "business": servicer.business.name}
        letter.language = servicer.business.language
    return letter.link is None or letter.link.ended_at is None
