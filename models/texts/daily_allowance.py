"""The number of outbox texts a business may send per day: counted as they leave. Managers are warned before
it is used up; then texts are held until the next day or until the number is raised.

Answers to texts are limited per phone instead (bot/throttling.py); only those to somebody who opts out or in
with their own words count here.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.people.account_mails import AccountMailKind, queue_mail_to_managers
from models.people.business import Business
from models.storage.rate_limits import COUNTED, Limit, count_in, row_of

NAME = "texts of a day"
WARNED_AT = 0.8
TO_ONE_PHONE = Limit("texts to a phone", 200, timedelta(days=1))


class Allowance(NamedTuple):
    sent: int
    most: int

    @property
    def is_used_up(self) -> bool:
        return self.sent >= self.most


def allowance(session: Session, business: Business, now: datetime) -> Allowance:
    """How many have left on this business day, and how many may."""
    sent = session.scalar(COUNTED, sent_today(business, now)) or 0
    return Allowance(sent, business.texts_per_day)


def sent_today(business: Business, now: datetime) -> dict[str, Any]:
    """What `COUNTED` is asked with for this business day."""
    return row_of(NAME, business.id, _day_start(business, now))


def count_sent_text(session: Session, business: Business, now: datetime) -> None:
    """Count one text. Managers get a mail when few are left, and when none is."""
    sent, most = count_in(session, NAME, business.id, _day_start(business, now)), business.texts_per_day
    if sent == max(1, round(most * WARNED_AT)) and sent < most:
        _write(session, AccountMailKind.FEW_TEXTS_LEFT, business, sent, now)
    elif sent == most:
        _write(session, AccountMailKind.NO_TEXTS_LEFT, business, sent, now)


def _write(session: Session, kind: AccountMailKind, business: Business, sent: int, now: datetime) -> None:
    key = f"{kind}:{business.id}:{business.day_of(now)}:{business.texts_per_day}"
    facts = {"sent": sent, "most": business.texts_per_day}
    queue_mail_to_managers(session, kind, business, key=key, now=now, facts=facts)


def _day_start(business: Business, now: datetime) -> datetime:
    return business.start_of(business.day_of(now))
