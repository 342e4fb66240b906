"""The mail to the managers when an endpoint was turned off without their doing, and the audit log's line."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.people.account_mails import AccountMailKind, queue_mail_to_managers
from models.people.actors import Actor
from models.people.audit_log import AuditAction, record_action
from models.people.business import Business
from models.webhooks.addresses import split
from models.webhooks.endpoints import Endpoint, OffReason


def host_of(url: str) -> str:
    """What pages, mails and logs show of an address: the rest may hold a key."""
    parts = split(url)
    return (parts.hostname or "") if parts else ""


def tell_managers(session: Session, endpoint: Endpoint, reason: OffReason, now: datetime) -> None:
    business = session.get_one(Business, endpoint.business_id)
    queue_mail_to_managers(
        session,
        AccountMailKind.WEBHOOK_OFF,
        business,
        key=f"webhook_off:{endpoint.id}:{int(now.timestamp())}",
        now=now,
        facts={"host": host_of(endpoint.url), "webhook": endpoint.id, "reason": reason.value},
    )
    record_action(
        session,
        AuditAction.WEBHOOK_OFF,
        business_id=business.id,
        actor=Actor.CLOCK,
        now=now,
        facts={"what": host_of(endpoint.url), "reason": reason.value},
    )
