"""Writes what a user did into the audit log, which their manager can read."""

from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from models.people.audit_log import AuditAction, record_action
from models.people.servicers import Servicer
from web.account.current_servicer import SignedIn, start_session
from web.http.client_address import client_address


def record_own(
    session: Session, action: AuditAction, who: SignedIn | Servicer, now: datetime, **facts: object
) -> None:
    """Record an action of this user. Keeps web/manage/guard.py from recording it a second time."""
    g.is_recorded = True
    record_action(
        session,
        action,
        business_id=who.business_id,
        servicer_id=who.id if isinstance(who, Servicer) else who.servicer_id,
        now=now,
        address=client_address(),
        facts=facts,
    )


def start_recorded_session(
    session: Session, servicer: Servicer, action: AuditAction, now: datetime
) -> SignedIn:
    """Start a session for this servicer, and record the action that caused it."""
    who = start_session(session, servicer, now)
    record_own(session, action, servicer, now)
    return who
