"""How often one may try to sign in or to have a mail sent: per account, per address, and for both together.

Counted in the database, so that any number of processes count as one, and before the password is looked at,
so that many tries at once count as many. One that was right does not count.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.limits import Limit, is_over, take_back
from models.people import normal_email
from web.client import client_address

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
    """A try to sign in. None if it may go on, else the minutes until the next may."""
    over = [limit for limit, whose in _tries(email) if is_over(session, limit, whose, now)]
    return max(limit.minutes_left(now) for limit in over) if over else None


def was_right(session: Session, email: str, now: datetime) -> None:
    for limit, whose in _tries(email):
        take_back(session, limit, whose, now)


def may_be_mailed(session: Session, email: str, now: datetime) -> bool:
    """A mail that anybody can ask for: not too many to one mailbox, nor from one asker."""
    counted = [is_over(session, MAILS_FROM, client_address(), now)]
    counted.append(is_over(session, MAILS_TO, normal_email(email), now))
    return not any(counted)


def _tries(email: str) -> tuple[tuple[Limit, str], ...]:
    account, address = normal_email(email), client_address()
    return (OF_BOTH, f"{account} {address}"), (OF_ACCOUNT, account), (OF_ADDRESS, address)
