"""The form for a walk-in: validates what the servicer typed, and creates the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.contact_details import as_named, has_contact_details
from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.queueing.hours.closing_time import closing_of
from models.queueing.line.queries import count_ahead, live_ticket_of
from models.queueing.numbers import Taken, take_number
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, NotPossible, Source, among
from models.queueing.tables.tickets import Ticket
from models.storage.rate_limits import Limit, is_over
from web.account.forms import CONTACT_DETAILS
from web.account.phone_searches import too_many_searches, why_not_asked
from web.account.proof import PROVE_FIRST
from web.http.fields.phone_field import InvalidPhone, parse_phone

LONGEST_NAME = 40
# Each sends a text to somebody who has not written to us.
TEXTED_WALK_INS = Limit("texted walk-ins", 60, timedelta(hours=1))
LARGEST_PARTY = 99


class Held(NamedTuple):
    """The ticket in this queue that a phone has already."""

    ticket_id: int
    number: int | str  # as people see it


class Given(NamedTuple):
    """The number that somebody at the desk has just been given."""

    number: int | str  # as people see it: 12, or A12
    ahead: int


@dataclass
class WalkIn:
    """The fields as typed; `check` sets `problems` (field → message) and the phone in E.164."""

    name: str = ""
    party: str = "1"
    phone: str = ""
    language: str | None = None  # of texts to them, as far as theirs is not known
    e164: str | None = None
    problems: dict[str, str] = field(default_factory=dict)
    holds: Held | None = None  # the number that the phone has already

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "WalkIn":
        return cls(
            name=as_named(form.get("name", "")),
            party=form.get("party", "").strip() or "1",
            phone=form.get("phone", "").strip(),
        )

    def look_at_searches(self, session: Session, servicer_id: int, now: datetime) -> None:
        """Whoever was told of many phones gives none for a while: the answer would tell of another."""
        problem = why_not_asked(session, servicer_id, now) if self.phone else None
        if problem is not None:
            self.problems["phone"] = problem

    def check(self, business: Business, *, may_text: bool = True) -> bool:
        if len(self.name) > LONGEST_NAME:
            self.problems["name"] = _("Use at most %(max)d characters.", max=LONGEST_NAME)
        elif self.phone and has_contact_details(self.name):
            self.problems["name"] = str(CONTACT_DETAILS)
        is_whole = self.party.isascii() and self.party.isdecimal() and len(self.party) <= 3
        if not is_whole or not 1 <= int(self.party) <= LARGEST_PARTY:
            self.problems["party"] = _("Enter a number from 1 to %(most)d.", most=LARGEST_PARTY)
        if self.problems.get("phone"):
            return False
        if self.phone and not may_text:
            self.problems["phone"] = str(PROVE_FIRST)
        elif self.phone:
            try:
                self.e164 = parse_phone(self.phone, business)
            except InvalidPhone as why:
                self.problems["phone"] = str(why)
        return not self.problems

    def find_held(self, session: Session, queue: Queue) -> None:
        """Sets `holds`, for the servicer to choose: that number, or another one without texts."""
        customer = Customer.of_phone(session, queue.business_id, self.e164) if self.e164 else None
        held = live_ticket_of(session, queue, customer.id) if customer else None
        if held is not None:
            self.holds = Held(held.id, held.label)
            self.problems["phone"] = _("That phone already has number %(number)s.", number=held.label)

    def tell_only_if(self, minutes: int | None) -> None:
        """Of many asked at the same moment no more are told than one after the other (None: it may be)."""
        if minutes is not None:
            self.holds, self.problems["phone"] = None, too_many_searches(minutes)


def add_walk_in(session: Session, queue: Queue, walk_in: WalkIn, *, by: By, now: datetime) -> str:
    """Give them a number; returns the message for the servicer. Raises NotPossible as `give_number` does."""
    taken = give_number(session, queue, walk_in, whose=by.servicer_id, by=by, now=now)
    whose = walk_in.name or _("The new customer")
    return _(
        "%(name)s has number %(number)s, with %(ahead)s ahead.",
        name=whose,
        number=queue.numbered(taken.number),
        ahead=taken.ahead,
    )


def give_number(
    session: Session, queue: Queue, walk_in: WalkIn, *, whose: object, by: By, now: datetime
) -> Taken:
    """A number for somebody at the desk. The queue must be locked, and the form checked.

    Raises NotPossible: closed, has_number, too_many_walk_ins with the minutes until there may be another;
    `whose` limit it counts towards: the servicer's, or a program's.
    """
    business, ours = queue.business, queue.business.sms_number
    if walk_in.e164:
        if is_over(session, TEXTED_WALK_INS, whose, now):
            raise NotPossible("too_many_walk_ins", number=TEXTED_WALK_INS.minutes_left(now))
        customer = Customer.with_phone(session, business.id, walk_in.e164, now)
    else:
        customer = Customer.without_phone(session, business.id, now)
    if walk_in.language and customer.spoken is None:
        customer.wrote_language = walk_in.language
    return take_number(
        session,
        queue,
        customer,
        source=Source.DESK,
        by=by,
        now=now,
        our_number_id=ours.id if ours else None,
        name=walk_in.name or None,
        party=int(walk_in.party),
        closes_at=closing_of(session, queue, now) if walk_in.e164 else None,
    )


def given_by(session: Session, queue: Queue, press_id: str) -> Given | None:
    """What this press gave, while it is still so."""
    joined = (Event.press_id == press_id, Event.kind == EventKind.JOINED, Ticket.queue_id == queue.id)
    theirs = select(Ticket).join(Event, Event.ticket_id == Ticket.id)
    ticket = session.scalar(theirs.where(*joined, among(Ticket.state, WAITING)))
    return Given(queue.numbered(ticket.number), count_ahead(session, ticket)) if ticket else None
