"""Rate limits for signing in and for mails that anybody can request: per account, per address, and for both.

Counted in the database, so that all processes share one count, and before the password is checked, so that
simultaneous attempts all count. A successful attempt is uncounted.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.people.servicers import normal_email
from models.storage.rate_limits import Limit, is_over, take_back
from web.http.client_address import client_address

WINDOW = timedelta(minutes=15)
OF_BOTH = Limit("sign-in here", 10, WINDOW)
OF_ACCOUNT = Limit("sign-in account", 50, WINDOW)
OF_ADDRESS = Limit("sign-in address", 100, WINDOW)
PASSWORDS = Limit("present password", 10, WINDOW)

HOUR = timedelta(hours=1)
MAILS_TO = Limit("mails to", 3, HOUR)
MAILS_FROM = Limit("mails from", 20, HOUR)
SIGN_UPS = Limit("sign-ups", 5, HOUR)
INVITATIONS = Limit("invitations", 50, timedelta(days=1))


def count_try(session: Session, email: str, now: datetime) -> int | None:
    """Count an attempt to sign in. None if it may proceed, else the minutes until the next one may."""
    over = [limit for limit, whose in _tries(email) if is_over(session, limit, whose, now)]
    return max(limit.minutes_left(now) for limit in over) if over else None


def uncount_try(session: Session, email: str, now: datetime) -> None:
    for limit, whose in _tries(email):
        take_back(session, limit, whose, now)


def may_be_mailed(session: Session, email: str, now: datetime) -> bool:
    """Whether a mail that anybody can request may be sent: limited per mailbox and per client address."""
    counted = [is_over(session, MAILS_FROM, client_address(), now)]
    counted.append(is_over(session, MAILS_TO, normal_email(email), now))
    return not any(counted)


def _tries(email: str) -> tuple[tuple[Limit, str], ...]:
    account, address = normal_email(email), client_address()
    return (OF_BOTH, f"{account} {address}"), (OF_ACCOUNT, account), (OF_ADDRESS, address)
