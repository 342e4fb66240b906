"""Deletes what has expired: counters, questions, sessions, links, account mails, entries of the audit log,
troubles that are over, webhooks that were sent, what pretend phones of forgotten people still show, sign-ups
that came to nothing."""

from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.alarms.troubles import clear_old_troubles
from models.people.account_mails import clear_old_account_mails
from models.people.audit_log import clear_old_entries
from models.people.browser_sessions import clear_old_sessions
from models.people.mailed_links import clear_old_links
from models.people.privacy_requests import clear_old_requests
from models.people.programs.api_answers import clear_old_answers
from models.privacy.forgetting import erase_pretend_phones_of_nobody
from models.privacy.unused_sign_ups import AT_A_TIME, end_unused_sign_up, unused_sign_ups
from models.schema import metadata
from models.storage.database import reading, transaction
from models.storage.rate_limits import clear_old_counts
from models.texts.open_questions import clear_old_questions
from models.webhooks.deliveries import clear_old_deliveries

CLEARINGS = (
    clear_old_counts,
    clear_old_questions,
    clear_old_sessions,
    clear_old_account_mails,
    clear_old_links,
    clear_old_entries,
    clear_old_requests,
    clear_old_answers,
    clear_old_troubles,
    clear_old_deliveries,
    erase_pretend_phones_of_nobody,
)

log = structlog.get_logger(__name__)


class Clearing:
    def __init__(self) -> None:
        self._looked_at = 0  # the business that was looked at last for being unused

    def run(self, now: datetime) -> None:
        for clear in CLEARINGS:
            transaction(partial(clear, now=now))
        self._end_unused_sign_ups(now)

    def _end_unused_sign_ups(self, now: datetime) -> None:
        """Each by itself: one that can't be deleted stops no other."""
        with reading() as session:
            found = unused_sign_ups(session, now, self._looked_at)
        ended = [business_id for business_id in found if _ends(business_id, now)]
        self._looked_at = found[-1] if len(found) == AT_A_TIME else 0
        if ended:
            log.info("unconfirmed sign-ups deleted", businesses=ended)


def _ends(business_id: int, now: datetime) -> bool:
    end = partial(end_unused_sign_up, tables=metadata.sorted_tables, business_id=business_id, now=now)
    try:
        return transaction(end)
    except SQLAlchemyError:
        log.exception("unconfirmed sign-up was not deleted", business=business_id)
        return False
