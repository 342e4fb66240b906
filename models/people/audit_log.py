"""The audit log: sign-ins, invitations, changed settings, forgotten customers and the like.

Append-only, for managers to read; what happens to tickets is in events. Holds no phone and no password.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.actors import Actor
from models.people.servicers import Servicer
from models.storage.database import Base, BigId, Json, stored_enum

KEPT = timedelta(days=400)


class AuditAction(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    SIGNED_UP = "signed_up"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    INVITATION_ACCEPTED = "invitation_accepted"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    EMAIL_CHANGED = "email_changed"
    EMAIL_PROVED = "email_proved"
    EMAIL_GIVEN_UP = "email_given_up"
    SETTINGS_CHANGED = "settings_changed"
    SEARCHED_PHONES = "searched_phones"
    FORGOT_CUSTOMER = "forgot_customer"
    EXPORTED = "exported"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    WEBHOOK_MADE = "webhook_made"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_SECRET = "webhook_secret"
    WEBHOOK_TESTED = "webhook_tested"
    WEBHOOK_REPLAYED = "webhook_replayed"
    WEBHOOK_OFF = "webhook_off"
    WEBHOOK_ON = "webhook_on"
    WEBHOOK_DELETED = "webhook_deleted"


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_business_id_id", "business_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[Actor] = mapped_column(stored_enum(Actor))
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    action: Mapped[AuditAction] = mapped_column("deed", stored_enum(AuditAction))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    address: Mapped[str | None] = mapped_column(String(60))

    servicer: Mapped[Servicer | None] = relationship()


def record_action(
    session: Session,
    action: AuditAction,
    *,
    business_id: int,
    now: datetime,
    servicer_id: int | None = None,
    actor: Actor = Actor.SERVICER,
    address: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    session.add(
        AuditEntry(
            business_id=business_id,
            at=now,
            actor=actor,
            servicer_id=servicer_id,
            action=action,
            facts=facts or {},
            address=address,
        )
    )


def entries_of(
    session: Session, business_id: int, *, before: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """The newest first, older than the entry `before`."""
    theirs = select(AuditEntry).where(AuditEntry.business_id == business_id)
    if before is not None:
        theirs = theirs.where(AuditEntry.id < before)
    return list(session.scalars(theirs.order_by(AuditEntry.id.desc()).limit(limit)))


def clear_old_entries(session: Session, now: datetime) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.at < now - KEPT))
