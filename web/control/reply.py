"""An answer to one customer, checked before it is put into their text; the press that sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from bot.contact_details import as_named, has_contact_details
from bot.wording import render
from models.queueing.messages import conversation
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.texts.text_kinds import TextKind
from web.account.proof import PROVE_FIRST
from web.control.counter import Counter
from web.control.message import left_out, why_not_text

LONGEST_REPLY = 200
TOO_MANY_REPLIES = ("too_many_replies", "too_many_desk_replies")


@dataclass
class Reply:
    """The answer as typed, on one line; `check` sets `problem`."""

    words: str = ""
    problem: str | None = field(default=None, init=False)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Reply":
        return cls(as_named(form.get("note", "")))

    def check(self, ticket: Ticket, *, may_text: bool = True) -> bool:
        if not may_text:
            self.problem = str(PROVE_FIRST)
        elif not self.words:
            self.problem = _("Write your answer first.")
        elif ticket.source == Source.DESK and has_contact_details(self.words):
            self.problem = _(
                "Their phone number was given at the desk, and they may never have texted you. Leave out web "
                "addresses, email addresses and phone numbers."
            )
        else:
            self.problem = why_not_text(self.words, text_before(ticket), LONGEST_REPLY)
        return self.problem is None


def text_before(ticket: Ticket) -> str:
    """The part of the text before the answer."""
    return render(TextKind.REPLY, {"queue": ticket.queue.name, "note": "."}, ticket.language)[:-1]


def send_reply(counter: Counter) -> str | None:
    """From any page that showed the ticket, whoever has it by now: it is meant for the person."""
    ticket = counter.of_page()
    if ticket is None:
        raise NotPossible("not_here")
    texted = conversation.reply(counter.session, ticket, counter.asked.note, by=counter.by, now=counter.now)
    if texted:
        goes = _("Your answer is on its way to %(number)s.", number=ticket.label)
        return " ".join(filter(None, (goes, left_out(counter.asked.note))))
    return _(
        "%(number)s will read your answer on their page, because they don't get texts.", number=ticket.label
    )
