"""How many texts of the outbox a business sends in a day: counted as they leave, told to its managers before
they are used up, and held then until the next day or a greater number.

Answers to texts are not counted here: one phone gets only so many of them (bot/patience.py).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.business import Business
from models.letters import LetterKind, write_letter
from models.limits import Limit, count_in, counted_in
from models.people import Role, Servicer

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
    """What has left on this business day, and how many may."""
    sent = counted_in(session, NAME, business.id, _day_start(business, now))
    return Allowance(sent, business.texts_per_day)


def use_one(session: Session, business: Business, now: datetime) -> None:
    """One text leaves. The managers are written to when few are left, and when none is."""
    sent, most = count_in(session, NAME, business.id, _day_start(business, now)), business.texts_per_day
    if sent == max(1, round(most * WARNED_AT)) and sent < most:
        _write(session, LetterKind.FEW_TEXTS_LEFT, business, sent, now)
    elif sent == most:
        _write(session, LetterKind.NO_TEXTS_LEFT, business, sent, now)


def _write(session: Session, kind: LetterKind, business: Business, sent: int, now: datetime) -> None:
    managers = select(Servicer).where(
        Servicer.business_id == business.id, Servicer.role == Role.MANAGER, Servicer.left_at.is_(None)
    )
    for manager in session.scalars(managers).all():
        write_letter(
            session,
            kind,
            key=f"{kind}:{business.id}:{business.day_of(now)}:{business.texts_per_day}:{manager.id}",
            email=manager.email,
            language=business.language,
            now=now,
            facts={
                "name": manager.name,
                "business": business.name,
                "sent": sent,
                "most": business.texts_per_day,
            },
        )


def _day_start(business: Business, now: datetime) -> datetime:
    return business.start_of(business.day_of(now))
