"""Rate limits for signing in and for mails that anybody can request: per address, for both, and per account.

Checked in that order; a try that is refused by one of them counts towards none and writes nothing. So failing
from one address uses up no account, and one person's tries use up little of a shared address. A device that
has signed in to the account before has a limit of its own.

Counted in the database, so that all processes share one count, and before the password is checked, so that
simultaneous attempts all count; a success is uncounted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.people.servicers import normal_email
from models.storage.database import reading, transaction
from models.storage.rate_limits import Limit, Try, count_all, take_back, used_up
from web.account.known_device import known_device
from web.http.client_address import client_address

WINDOW = timedelta(minutes=15)
OF_BOTH = Limit("sign-in here", 10, WINDOW)
OF_ACCOUNT = Limit("sign-in account", 50, WINDOW)
OF_ADDRESS = Limit("sign-in address", 100, WINDOW)
OF_DEVICE = Limit("sign-in device", 10, WINDOW)
PASSWORDS = Limit("present password", 10, WINDOW)

HOUR = timedelta(hours=1)
MAILS_FROM = Limit("mails from", 20, HOUR)
MAILS_TO_FROM = Limit("mails to from", 3, HOUR)
MAILS_TO = Limit("mails to", 6, HOUR)
MAILS_OF_DEVICE = Limit("mails of device", 3, HOUR)
SIGN_UPS = Limit("sign-ups", 5, HOUR)
INVITATIONS = Limit("invitations", 50, timedelta(days=1))
INVITATIONS_BY = Limit("invitations by", 30, timedelta(days=1))
INVITATIONS_TO = Limit("invitations to", 3, timedelta(days=1))


class Attempt(NamedTuple):
    """An attempt to sign in: where it was counted, or the minutes until the next one may be made."""

    counted: tuple[Try, ...]
    minutes_left: int | None


def count_attempt(email: str, now: datetime) -> Attempt:
    """Count an attempt to sign in, unless a limit refuses it."""
    account, address, device = normal_email(email), client_address(), known_device(email)
    usual = ((OF_ADDRESS, address), (OF_BOTH, f"{account} {address}"), (OF_ACCOUNT, account))
    attempts = ((((OF_DEVICE, device),),) if device else ()) + (usual,)
    for tries in attempts:
        refused_by = count_unless_used_up(tries, now)
        if refused_by is None:
            return Attempt(tries, None)
    assert refused_by is not None
    return Attempt((), refused_by.minutes_left(now))


def uncount(session: Session, attempt: Attempt, now: datetime) -> None:
    for limit, whose in attempt.counted:
        take_back(session, limit, whose, now)


def may_be_mailed(email: str, now: datetime) -> bool:
    """Whether a mail that anybody can request may be sent; counts it if so."""
    mailbox, address, device = normal_email(email), client_address(), known_device(email)
    usual = ((MAILS_FROM, address), (MAILS_TO_FROM, f"{mailbox} {address}"), (MAILS_TO, mailbox))
    if device and count_unless_used_up([(MAILS_OF_DEVICE, device)], now) is None:
        return True
    return count_unless_used_up(usual, now) is None


def count_unless_used_up(tries: Sequence[Try], now: datetime) -> Limit | None:
    """Count one more in each of these, or return the limit that refuses. A refused try takes no lock."""
    with reading() as session:
        refused_by = used_up(session, tries, now)
    return refused_by or transaction(lambda session: count_all(session, tries, now))
