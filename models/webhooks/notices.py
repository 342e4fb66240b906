"""The mail to the managers when an endpoint was turned off without their doing, and the audit log's line."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.account_mails import AccountMailKind, queue_account_mail
from models.people.actors import Actor
from models.people.audit_log import AuditAction, record_action
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.webhooks.addresses import split
from models.webhooks.endpoints import Endpoint, OffReason


def host_of(url: str) -> str:
    """What pages, mails and logs show of an address: the rest may hold a key."""
    parts = split(url)
    return (parts.hostname or "") if parts else ""


def tell_managers(session: Session, endpoint: Endpoint, reason: OffReason, now: datetime) -> None:
    business = session.get_one(Business, endpoint.business_id)
    managers = select(Servicer).where(
        Servicer.business_id == business.id,
        Servicer.role == Role.MANAGER,
        Servicer.left_at.is_(None),
        Servicer.email_proved_at.is_not(None),
    )
    for manager in session.scalars(managers.order_by(Servicer.id)).all():
        queue_account_mail(
            session,
            AccountMailKind.WEBHOOK_OFF,
            key=f"webhook_off:{endpoint.id}:{int(now.timestamp())}:{manager.id}",
            email=manager.email,
            language=business.language,
            now=now,
            facts={
                "name": manager.name,
                "business": business.name,
                "host": host_of(endpoint.url),
                "webhook": endpoint.id,
                "reason": reason.value,
            },
        )
    record_action(
        session,
        AuditAction.WEBHOOK_OFF,
        business_id=business.id,
        actor=Actor.CLOCK,
        now=now,
        facts={"what": host_of(endpoint.url), "reason": reason.value},
    )
