"""The outbox of mails about accounts and of warnings to managers; the clock sends them.

Sending one twice does no harm (a new key replaces the one before), so a claim that lapses is made again. An
alarm is sent once at most: not again after it was handed over, whatever became of it. Knows no mail server
and no wording.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, delete, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import Business
from models.people.mailed_links import Link, LinkKind, make_link, new_key
from models.people.servicers import IS_PROVED_MANAGER, Servicer, normal_email
from models.storage.database import Base, Json, insert_once, stored_enum
from models.storage.dialects import partial_index

WORTH_SENDING = timedelta(days=1)
ALARM_WORTH_SENDING = timedelta(hours=1)
KEPT = timedelta(days=30)
LEASE = timedelta(minutes=5)
FIRST_PUT_OFF = timedelta(minutes=1)
LONGEST_PUT_OFF = timedelta(minutes=30)


class AccountMailKind(StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGE = "email_change"  # to the new address
    EMAIL_CHANGED = "email_changed"  # to the old one
    EMAIL_PROOF = "email_proof"
    FEW_TEXTS_LEFT = "few_texts_left"
    NO_TEXTS_LEFT = "no_texts_left"
    ALARM = "alarm"  # something is wrong in a queue
    ALARM_OVER = "alarm_over"
    WEBHOOK_OFF = "webhook_off"  # turned off, as nothing was taken there


class AccountMailState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # refused for good, too late, or there is nobody to write to


AT_MOST_ONCE = frozenset({AccountMailKind.ALARM, AccountMailKind.ALARM_OVER})
OPEN = "state IN ('waiting', 'sending')"


class AccountMail(Base):
    __tablename__ = "letters"
    __table_args__ = (partial_index("ix_letters_open", "send_after", where=OPEN),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)  # set where it may be queued only once
    kind: Mapped[AccountMailKind] = mapped_column(stored_enum(AccountMailKind))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id", ondelete="SET NULL"))
    state: Mapped[AccountMailState] = mapped_column(stored_enum(AccountMailState))
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]  # to the mail server, where it may be sent once only
    error: Mapped[str | None] = mapped_column(String(200))

    link: Mapped[Link | None] = relationship()


class Claim(NamedTuple):
    """A mail that this process is sending; `link_key` goes into it and is stored nowhere."""

    mail_id: int
    attempt: int
    kind: AccountMailKind
    email: str
    language: str
    facts: dict[str, Any]
    link_key: str | None


def queue_account_mail(
    session: Session,
    kind: AccountMailKind,
    *,
    email: str,
    language: str,
    now: datetime,
    link: Link | None = None,
    key: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Queue a mail; with a `key` only once."""
    values = {
        "key": key,
        "kind": kind,
        "email": normal_email(email),
        "language": language,
        "facts": facts or {},
        "link_id": link.id if link is not None else None,
        "state": AccountMailState.WAITING,
        "created_at": now,
        "send_after": now,
        "attempts": 0,
    }
    insert_once(session, AccountMail.__table__, values, returning=AccountMail.id)  # type: ignore[arg-type]


def queue_mail_to_managers(
    session: Session,
    kind: AccountMailKind,
    business: Business,
    *,
    key: str,
    now: datetime,
    facts: dict[str, Any],
) -> None:
    """To each manager whose e-mail is theirs, with their name and the business's; by this key only once."""
    managers = select(Servicer).where(Servicer.business_id == business.id, *IS_PROVED_MANAGER)
    for manager in session.scalars(managers.order_by(Servicer.id)).all():
        queue_account_mail(
            session,
            kind,
            key=f"{key}:{manager.id}",
            email=manager.email,
            language=business.language,
            now=now,
            facts={"name": manager.name, "business": business.name} | facts,
        )


def queue_mail_to_servicer(
    session: Session,
    kind: AccountMailKind,
    servicer: Servicer,
    now: datetime,
    *,
    email: str | None = None,
    link: Link | None = None,
    **facts: str,
) -> None:
    """Queue a mail to somebody about their own account, to their address or to `email`."""
    business = servicer.business
    queue_account_mail(
        session,
        kind,
        email=email or servicer.email,
        language=business.language,
        now=now,
        link=link,
        facts={"name": servicer.name, "business": business.name} | facts,
    )


def claim_next(session: Session, now: datetime) -> Claim | None:
    """Claim the oldest mail that is due; None if none is.

    Whether an account exists for a forgotten password is looked up here and not when it is asked for, so
    that the page's answer does not reveal it.
    """
    while True:
        due = select(AccountMail).where(
            text(OPEN),
            or_(
                (AccountMail.state == AccountMailState.WAITING) & (AccountMail.send_after <= now),
                (AccountMail.state == AccountMailState.SENDING) & (AccountMail.lease_until <= now),
            ),
        )
        mail = session.scalar(
            due.order_by(AccountMail.id).limit(1).with_for_update(skip_locked=True, of=AccountMail)
        )
        if mail is None:
            return None
        mail.attempts += 1
        if not _is_worth_sending(mail, now) or not _has_a_reader(session, mail, now):
            mail.state = AccountMailState.DROPPED
            session.flush()
            continue
        mail.state, mail.lease_until, mail.error = AccountMailState.SENDING, now + LEASE, None
        key = new_key(mail.link) if mail.link is not None else None
        return Claim(mail.id, mail.attempts, mail.kind, mail.email, mail.language, mail.facts, key)


def hand_over(session: Session, claim: Claim, now: datetime) -> bool:
    """Mark it as handed over; False if the claim has lapsed, and it must not be sent."""
    mail = session.get(AccountMail, claim.mail_id, with_for_update=True)
    if mail is None or mail.state != AccountMailState.SENDING or mail.attempts != claim.attempt:
        return False
    mail.handed_over_at = now
    return True


def settle(
    session: Session, claim: Claim, state: AccountMailState, now: datetime, error: str | None = None
) -> None:
    """Record the outcome of sending; WAITING means retry, with growing pauses."""
    mail = session.get(AccountMail, claim.mail_id, with_for_update=True)
    if mail is None or mail.state != AccountMailState.SENDING or mail.attempts != claim.attempt:
        return
    mail.state, mail.error, mail.lease_until = state, (error or "")[:200] or None, None
    if state == AccountMailState.WAITING:
        mail.handed_over_at = None  # it is known not to have been taken
        mail.send_after = now + min(LONGEST_PUT_OFF, FIRST_PUT_OFF * 2 ** min(claim.attempt - 1, 10))


def is_mailed(session: Session, link: Link) -> bool:
    """Whether whoever has this link has it from the mailbox; false if a manager handed it over."""
    return session.scalar(select(AccountMail.id).where(AccountMail.link_id == link.id).limit(1)) is not None


def clear_old_account_mails(session: Session, now: datetime) -> None:
    session.execute(delete(AccountMail).where(AccountMail.created_at < now - KEPT))


def _is_worth_sending(mail: AccountMail, now: datetime) -> bool:
    if mail.kind not in AT_MOST_ONCE:
        return mail.created_at > now - WORTH_SENDING
    return mail.handed_over_at is None and mail.created_at > now - ALARM_WORTH_SENDING


def _has_a_reader(session: Session, mail: AccountMail, now: datetime) -> bool:
    if mail.kind == AccountMailKind.PASSWORD_RESET and mail.link is None:
        servicer = Servicer.by_email(session, mail.email)
        if servicer is None:
            return False
        mail.link = make_link(
            session,
            LinkKind.PASSWORD_RESET,
            business_id=servicer.business_id,
            email=mail.email,
            now=now,
            servicer_id=servicer.id,
        )
        mail.facts = {"name": servicer.name, "business": servicer.business.name}
        mail.language = servicer.business.language
    return mail.link is None or mail.link.ended_at is None
