"""Somebody at the desk who is given a number: what the servicer typed, checked, and then the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from bot.fit_to_show import fit_to_show
from models.business import Business
from models.closing import closing_of
from models.event import By
from models.people import Customer
from models.queues import Queue
from models.ticket_states import Source
from web.typed_phone import Unfit, dialled

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
            name=fit_to_show(form.get("name", "")),
            party=form.get("party", "").strip() or "1",
            phone=form.get("phone", "").strip(),
        )

    def check(self, business: Business) -> bool:
        if len(self.name) > LONGEST_NAME:
            self.problems["name"] = _("At most %(max)d characters.", max=LONGEST_NAME)
        is_whole = self.party.isascii() and self.party.isdecimal() and len(self.party) <= 3
        if not is_whole or not 1 <= int(self.party) <= LARGEST_PARTY:
            self.problems["party"] = _("1 to %(most)d.", most=LARGEST_PARTY)
        if self.phone:
            try:
                self.dialled = dialled(self.phone, business)
            except Unfit as why:
                self.problems["phone"] = str(why)
        return not self.problems


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
        closes_at=closing_of(session, queue, now) if walk_in.dialled else None,
    )
    if not taken.is_new:
        return _("That phone has number %(number)s already.", number=taken.number)
    whose = walk_in.name or _("The new customer")
    return _(
        "%(name)s has number %(number)s, with %(ahead)s ahead.",
        name=whose,
        number=taken.number,
        ahead=taken.ahead,
    )
