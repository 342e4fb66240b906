"""The conversation with the counter on a customer's own page: what was said, and their part in it."""

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from bot.sanitizing import sanitized
from models.people.actors import By
from models.people.typed_phones import without_phones
from models.queueing.duties import on_duty
from models.queueing.messages.conversation import HELD_BACK, SAID_ON_TICKET, is_held_back, remarks_of, say
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket

LONGEST_SAID = 300


class Line(NamedTuple):
    at: datetime
    words: str
    is_own: bool


class Talk(NamedTuple):
    lines: tuple[Line, ...]
    due_seconds: int | None  # until there is one more; None: nobody has answered just now


@dataclass
class Said:
    """What they have typed, and what became of it, in words."""

    words: str
    notice: str = field(default="", init=False)
    is_said: bool = field(default=False, init=False)


def talk_of(session: Session, ticket: Ticket, now: datetime) -> Talk:
    """An answer is shown as soon as it can't be undone any more."""
    lines, due = [], None
    for remark in remarks_of(session, ticket):
        if is_held_back(remark, now):
            due = remark.at + HELD_BACK - now
        else:
            lines.append(Line(remark.at, remark.words, remark.is_by_customer))
    return Talk(tuple(lines), None if due is None else ceil(due.total_seconds()))


def say_on_page(session: Session, ticket: Ticket, typed: str, *, key: str, now: datetime) -> Said:
    """The ticket must be locked. Raises NotPossible once it is over."""
    said = Said(sanitized(typed))
    if not said.words:
        said.notice = _("Write your message first.")
    elif len(said.words) > LONGEST_SAID:
        said.notice = _("Use at most %(max)d characters.", max=LONGEST_SAID)
    elif not say(session, ticket, masked(ticket.queue, said.words), key=key, by=By.customer(), now=now):
        said.notice = _(
            "You've written a lot this hour. Try again in %(minutes)d min, or come to the counter.",
            minutes=SAID_ON_TICKET.minutes_left(now),
        )
    else:
        said.is_said = True
        said.notice = (
            _("Passed on to the counter.")
            if on_duty(session, ticket.queue_id)
            else _("Nobody is at the counter to read it right now. They'll see it when they're back.")
        )
    return said


def masked(queue: Queue, words: str) -> str:
    """Without the phones that a customer wrote into it."""
    ours = queue.business.sms_number
    return without_phones(words, ours.phone if ours else "")
