"""Somebody at the desk who is given a number: what the servicer typed, checked, and then the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from models.business import Business
from models.event import By
from models.people import Customer
from models.phone import is_allowed, normal_phone
from models.queues import Queue
from models.ticket import Source

LONGEST_NAME = 40
LARGEST_PARTY = 99


@dataclass
class WalkIn:
    """The fields as typed; `check` fills `problems` (field → words) and the phone as it is dialled."""

    name: str = ""
    party: str = "1"
    phone: str = ""
    dialled: str | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "WalkIn":
        return cls(
            name=_plain(form.get("name", "")),
            party=form.get("party", "").strip() or "1",
            phone=form.get("phone", "").strip(),
        )

    def check(self, business: Business) -> bool:
        if len(self.name) > LONGEST_NAME:
            self.problems["name"] = f"At most {LONGEST_NAME} characters."
        is_whole = self.party.isascii() and self.party.isdecimal() and len(self.party) <= 3
        if not is_whole or not 1 <= int(self.party) <= LARGEST_PARTY:
            self.problems["party"] = f"1 to {LARGEST_PARTY}."
        if self.phone:
            self._check_phone(business)
        return not self.problems

    def _check_phone(self, business: Business) -> None:
        ours = business.numbers[0].phone if business.numbers else None
        self.dialled = normal_phone(self.phone, ours) if ours else None
        if ours is None:
            self.problems["phone"] = "We have no number to text from yet."
        elif self.dialled is None:
            self.problems["phone"] = "That is not a phone number."
        elif not is_allowed(self.dialled, ours, current_app.config["SETTINGS"].allowed_countries):
            self.problems["phone"] = "We can't text that country."


def add_walk_in(session: Session, queue: Queue, walk_in: WalkIn, *, by: By, now: datetime) -> str:
    """Give them a number; the words tell the servicer which. Raises NotPossible("closed" | "full")."""
    business = queue.business
    if walk_in.dialled:
        customer = Customer.with_phone(session, business.id, walk_in.dialled, now)
    else:
        customer = Customer.without_phone(session, business.id, now)
    taken = queue.take_number(
        session,
        customer,
        source=Source.DESK,
        by=by,
        now=now,
        our_number_id=business.numbers[0].id if business.numbers else None,
        name=walk_in.name or None,
        party=int(walk_in.party),
    )
    if not taken.is_new:
        return f"That phone has number {taken.number} already."
    whose = walk_in.name or "The new customer"
    return f"{whose} has number {taken.number}, with {taken.ahead} ahead."


def _plain(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
