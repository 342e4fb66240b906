"""An answer to one customer, checked before it is put into their text; the press that sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.contact_details import as_named, has_contact_details
from bot.wording.rendering import render
from models.queueing.messages import conversation
from models.queueing.presses.presses import Button, Press
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.texts.remarks import is_answered_after, recalled
from models.texts.text_kinds import TextKind
from web.account.proof import PROVE_FIRST
from web.control.messages.message import left_out, why_not_text
from web.control.press_context import PressContext

LONGEST_REPLY = 200
TOO_MANY_REPLIES = ("too_many_replies", "too_many_desk_replies")


@dataclass
class Reply:
    """The answer as typed, on one line; `check` sets `problem`."""

    words: str = ""
    problem: str | None = field(default=None, init=False)
    is_recalled: bool = False  # it was sent, and undone before anybody had it

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


def typed_before(session: Session, press_id: str, servicer_id: int, ticket_id: int) -> Reply:
    """What that press sent, if it was undone: its words are in the field again, where they were typed.

    Until the ticket is answered again.
    """
    remark = recalled(session, press_id, servicer_id) if press_id else None
    if remark is None or remark.ticket_id != ticket_id or is_answered_after(session, remark):
        return Reply()
    return Reply(remark.words, is_recalled=True)


def require_unsent(session: Session, queue: Queue, press_id: str) -> None:
    """Raises NotPossible("reply_has_left") if that press was an answer, which is held back no longer."""
    press = session.get(Press, press_id)
    if press is None or press.queue_id != queue.id or press.button != Button.REPLY or press.undone_at:
        return
    ticket_id = session.scalars(select(Event.ticket_id).where(Event.press_id == press.id)).first()
    raise NotPossible("reply_has_left", of=session.get(Ticket, ticket_id) if ticket_id else None)


def send_reply(context: PressContext) -> str | None:
    """From any page that showed the ticket, whoever has it by now: it is meant for the person."""
    ticket = context.ticket_of_page()
    if ticket is None:
        raise NotPossible("not_here")
    texted = conversation.reply(context.session, ticket, context.asked.note, by=context.by, now=context.now)
    if texted:
        goes = _("Your answer is on its way to %(number)s.", number=ticket.label)
        return " ".join(filter(None, (goes, left_out(context.asked.note))))
    return _(
        "%(number)s will read your answer on their page, because they don't get texts.", number=ticket.label
    )
