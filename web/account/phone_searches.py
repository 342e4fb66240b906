"""Answers that tell whether a phone is known here: so many an hour for one servicer, each in the audit log.

They are searching by how a phone ends, a walk-in whose phone waits already, and a phone to be forgotten.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from models.people.audit_log import AuditAction
from models.storage.database import transaction
from models.storage.rate_limits import Limit, used_up
from web.account.audit_notes import record_own
from web.account.login_throttle import count_unless_used_up

PHONE_SEARCHES = Limit("searches of phones", 40, timedelta(hours=1))


def count_phone_search(now: datetime, **facts: object) -> int | None:
    """None if it may be answered, else the minutes until the next one may be."""
    me = current_user
    refused_by = count_unless_used_up([(PHONE_SEARCHES, me.servicer_id)], now)
    if refused_by is not None:
        return refused_by.minutes_left(now)
    transaction(lambda session: record_own(session, AuditAction.SEARCHED_PHONES, me, now, **facts))
    return None


def too_many_searches(minutes: int) -> str:
    return _("You've searched for too many phones. Wait %(minutes)d min.", minutes=minutes)


def why_not_asked(session: Session, servicer_id: int, now: datetime) -> str | None:
    """Why no phone is looked up for them now; counts nothing."""
    refused_by = used_up(session, [(PHONE_SEARCHES, servicer_id)], now)
    return too_many_searches(refused_by.minutes_left(now)) if refused_by is not None else None
