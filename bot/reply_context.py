"""The context of one text (message, customer, tickets, language), and answers worded in it. Read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from bot.wording.clock_form import has_twelve_hours
from bot.wording.rendering import is_said, render
from bot.wording.sms_templates import language_choices, languages
from bot.wording.text_forms import AS_SMS, TextForm, form_for
from models.people.addresses import Channel
from models.people.business import Business
from models.people.custom_wording import custom_wording
from models.people.customers import Customer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, NOT_YET_SERVED, PRESENT, among
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage
from models.texts.open_questions import (
    OpenQuestion,
    QuestionKind,
    ask_question,
    close_question,
    find_question,
)

MOST_KEYWORDS = 5  # as many as one text can name and still be read


class Reply(NamedTuple):
    kind: ReplyKind | None
    text: str | None  # None: silence
    form: TextForm = AS_SMS
    asks: bool = False  # the queue's question stands in it

    @property
    def segments(self) -> int | None:
        return None if self.text is None else self.form.billed(self.text)


SILENCE = Reply(None, None)


@dataclass
class ReplyContext:
    session: Session
    message: InboundMessage
    customer: Customer
    queues: list[Queue]  # of this business, by keyword
    now: datetime
    public_url: str
    carrier_answers: bool = False  # the carrier took this text for a word of its own
    opened: frozenset[int] = frozenset()  # the queues whose door code the text brought

    @property
    def business(self) -> Business:
        return self.message.our_number.business

    @property
    def channel(self) -> Channel:
        """By which this text came, and its answer goes."""
        return self.message.our_number.channel

    @property
    def open_queues(self) -> list[Queue]:
        return [queue for queue in self.queues if queue.takes_numbers]

    def queue_named(self, keyword: str | None) -> Queue | None:
        return next((queue for queue in self.queues if queue.keyword == keyword), None)

    @cached_property
    def live_tickets(self) -> list[Ticket]:
        """Their live tickets when the text came, in the order in which queues may be locked."""
        mine = select(Ticket).where(Ticket.customer_id == self.customer.id, among(Ticket.state, LIVE))
        return list(self.session.scalars(mine.order_by(Ticket.queue_id)))

    @cached_property
    def question(self) -> OpenQuestion | None:
        """What they were asked before this text and may still answer."""
        return find_question(self.session, self.customer.id, self.now)

    def ask(self, kind: QuestionKind, ticket: Ticket | None = None, **facts: Any) -> None:
        """The coming answer asks them something: their next text may be the answer."""
        ticket_id = ticket.id if ticket else None
        ask_question(self.session, self.customer.id, kind, now=self.now, ticket_id=ticket_id, facts=facts)

    def close_question(self) -> None:
        close_question(self.session, self.customer.id)
        self.question = None

    def also(self, ticket: Ticket) -> list[dict[str, Any]]:
        """Their other ticket numbers."""
        return [_number(other) for other in self.live_tickets if other.id != ticket.id and other.is_live]

    def numbers_to_be_called(self) -> list[dict[str, Any]]:
        """Their numbers that have not been served yet."""
        return [_number(ticket) for ticket in self.live_tickets if ticket.state in NOT_YET_SERVED]

    def held_by(self, ticket_id: int) -> str | None:
        """The other queue that calls or serves them now; this queue skips them meanwhile."""
        elsewhere = (t for t in self.live_tickets if t.id != ticket_id and t.state in PRESENT)
        return next((ticket.queue.name for ticket in elsewhere), None)

    def say(self, kind: ReplyKind, **facts: Any) -> Reply:
        """The answer in words; silence for somebody who has opted out, whatever was done."""
        if self.customer.has_opted_out(self.session, self.message.our_number_id):
            return Reply(kind, None)
        keywords = keywords_to_name(self.queues)
        form = form_for(self.channel)
        return worded(kind, facts, self.business, keywords, self.customer.spoken, self.public_url, form)

    def say_welcome(self, kind: ReplyKind, **facts: Any) -> Reply:
        """As `say`; the first time it also tells who we are and how to stop."""
        reply = self.say(kind, first=self.customer.welcomed_at is None, **facts)
        if reply.text is not None and self.customer.welcomed_at is None:
            self.customer.welcomed_at = self.now
        return reply

    def say_languages(self, kind: ReplyKind, **facts: Any) -> Reply:
        return self.say(kind, languages=language_choices(), **facts)


def clear_language(intent: Intent) -> str | None:
    """The language that the text is in, if we speak it."""
    return intent.wrote_in if intent.wrote_in in languages() else None


def worded(
    kind: ReplyKind,
    facts: Mapping[str, Any],
    business: Business,
    keywords: Sequence[str],
    language: str | None,
    public_url: str,
    form: TextForm,
) -> Reply:
    """The answer in the customer's language, or else the business's."""
    twelve_hours = has_twelve_hours(business.timezone)
    facts = {"business": business.name, "keywords": keywords, "twelve_hours": twelve_hours, **facts}
    language = language or business.language
    own = custom_wording(business, kind, language)
    text = render(kind, facts, language, public_url=public_url, own=own, form=form)
    asks = is_said(facts.get("question") or "", text, language, form)
    return Reply(kind, text, form, asks=asks)


def _number(ticket: Ticket) -> dict[str, Any]:
    return {"number": ticket.label, "queue": ticket.queue.name, "keyword": ticket.queue.keyword}


def keywords_to_name(queues: Sequence[Queue]) -> list[str]:
    """What can be texted: the queues that are open, or else all."""
    open_ones = [queue for queue in queues if queue.takes_numbers]
    return [queue.keyword for queue in open_ones or queues][:MOST_KEYWORDS]
