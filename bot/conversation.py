"""From what a customer means to the verb that does it, and to the answer. Neither Flask nor the carrier here.

One function per meaning, in ANSWERS. They run inside the caller's transaction and never commit or send.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.understanding import Intent, understand
from bot.wording import ReplyKind, render
from bot.words import Meaning
from models.business import Business
from models.event import By
from models.message import InboundMessage, OutboundMessage, TextState
from models.people import Customer
from models.queues import Queue, QueueState, Taken
from models.ticket import Ticket
from models.ticket_states import LIVE, NotPossible, Source, TicketState, among

MOST_KEYWORDS = 5  # as many as one text can name and still be read


@dataclass(frozen=True)
class Reply:
    kind: ReplyKind | None
    text: str | None  # None: silence


SILENCE = Reply(None, None)


@dataclass
class Talk:
    """One text and who is talking: what every answer needs."""

    session: Session
    message: InboundMessage
    customer: Customer
    queues: list[Queue]  # of this business, by keyword
    now: datetime
    public_url: str

    @property
    def business(self) -> Business:
        return self.message.our_number.business

    @property
    def open_queues(self) -> list[Queue]:
        return [queue for queue in self.queues if queue.state != QueueState.CLOSED]

    def queue_named(self, keyword: str | None) -> Queue | None:
        return next((queue for queue in self.queues if queue.keyword == keyword), None)

    def say(self, kind: ReplyKind, **facts: Any) -> Reply:
        """The answer in words; silence for somebody who has opted out, whatever was done."""
        if self.customer.has_opted_out(self.session, self.message.our_number_id):
            return Reply(kind, None)
        facts = {"business": self.business.name, "keywords": self._keywords()} | facts
        language = self.customer.language or self.business.language
        return Reply(kind, render(kind, facts, language, public_url=self.public_url))

    def say_welcome(self, kind: ReplyKind, **facts: Any) -> Reply:
        """As `say`; the first time it also tells who we are and how to stop."""
        reply = self.say(kind, first=self.customer.welcomed_at is None, **facts)
        if reply.text is not None and self.customer.welcomed_at is None:
            self.customer.welcomed_at = self.now
        return reply

    def _keywords(self) -> list[str]:
        return [queue.keyword for queue in self.open_queues or self.queues][:MOST_KEYWORDS]


def answer(
    session: Session,
    message: InboundMessage,
    *,
    phone: str,
    now: datetime,
    public_url: str,
    opt_out_type: str | None = None,
) -> Reply:
    """Do what the text asks and give the answer to it. `message` is new and belongs to this transaction.

    `opt_out_type` (STOP, START, HELP) is set where the carrier took the text for one of its own words,
    and has acted on it and answered.
    """
    business = message.our_number.business
    customer = Customer.with_phone(session, business.id, phone, now)
    message.customer_id = customer.id
    queues = session.scalars(select(Queue).where(Queue.business_id == business.id).order_by(Queue.keyword))
    talk = Talk(session, message, customer, list(queues), now, public_url)
    intent = understand(message.body, [queue.keyword for queue in talk.queues])
    intent = _as_the_carrier_took_it(intent, opt_out_type)
    return ANSWERS.get(intent.meaning, _not_understood)(talk, intent)


def _as_the_carrier_took_it(intent: Intent, opt_out_type: str | None) -> Intent:
    """A business may have given the carrier more words; what the carrier did is so, whatever we read."""
    if opt_out_type == "STOP" and intent.meaning != Meaning.OPT_OUT_AND_LEAVE:
        return replace(intent, meaning=Meaning.OPT_OUT)
    if opt_out_type == "START":
        return replace(intent, meaning=Meaning.OPT_IN)
    if opt_out_type == "HELP":
        return Intent(Meaning.THANKS)  # answered already
    return intent


# Joining -----------------------------------------------------------------------------------------------


def _join(talk: Talk, intent: Intent) -> Reply:
    queue = talk.queue_named(intent.keyword)
    if queue is None:
        return _join_whichever_is_open(talk, intent)
    talk.message.queue_id = queue.id
    locked = Queue.lock(talk.session, queue.id)
    try:
        taken = locked.take_number(
            talk.session,
            talk.customer,
            source=Source.TEXT,
            by=By.customer(),
            now=talk.now,
            our_number_id=talk.message.our_number_id,
            name=intent.name,
            party=intent.party or 1,
        )
    except NotPossible as refusal:
        return talk.say(ReplyKind(refusal.reason), queue=locked.name)
    return _tell_number(talk, locked, taken, intent.name)


def _join_whichever_is_open(talk: Talk, intent: Intent) -> Reply:
    match talk.open_queues:
        case [only]:
            return _join(talk, replace(intent, keyword=only.keyword))
        case []:
            closed = talk.queues[0].name if len(talk.queues) == 1 else talk.business.name
            return talk.say(ReplyKind.CLOSED, queue=closed)
        case several:
            choices = [{"keyword": queue.keyword, "queue": queue.name} for queue in several]
            return talk.say(ReplyKind.QUEUE_CHOOSER, choices=choices)


def _join_again(talk: Talk, intent: Intent) -> Reply:
    """A new number in the queue they were served in last, under the name they gave there."""
    tickets = select(Ticket).where(Ticket.customer_id == talk.customer.id)
    if (queue := talk.queue_named(intent.keyword)) is not None:
        tickets = tickets.where(Ticket.queue_id == queue.id)
    last = talk.session.scalars(tickets.order_by(Ticket.id.desc()).limit(1)).first()
    if last is None:
        return _join(talk, intent) if queue else talk.say(ReplyKind.NOTHING_AGAIN)
    return _join(talk, replace(intent, keyword=last.queue.keyword, name=last.name, party=last.party))


def _tell_number(talk: Talk, queue: Queue, taken: Taken, name: str | None) -> Reply:
    if taken.state != TicketState.WAITING:
        return _tell_ticket(talk, talk.session.get_one(Ticket, taken.ticket_id))
    return talk.say_welcome(
        ReplyKind.JOINED if taken.is_new else ReplyKind.ALREADY_WAITING,
        number=taken.number,
        queue=queue.name,
        keyword=queue.keyword,
        name=name,
        token=taken.token,
        ahead=taken.ahead,
        **taken.wait.facts(),
    )


# With a ticket -----------------------------------------------------------------------------------------


def _tell_status(talk: Talk, intent: Intent) -> Reply:
    ticket = _ticket_meant(talk, intent)
    return _tell_ticket(talk, ticket) if ticket else talk.say(ReplyKind.NOT_WAITING)


def _tell_ticket(talk: Talk, ticket: Ticket) -> Reply:
    if ticket.state == TicketState.WAITING:
        ahead = ticket.ahead(talk.session)
        wait = ticket.queue.wait_after(talk.session, ahead, talk.now)
        return talk.say(ReplyKind.STATUS, **ticket.facts(), ahead=ahead, **wait.facts())
    kind = ReplyKind.STATUS_CALLED if ticket.state == TicketState.CALLED else ReplyKind.STATUS_SERVING
    return talk.say(kind, **ticket.facts())


def _leave(talk: Talk, intent: Intent) -> Reply:
    meant = _ticket_meant(talk, intent)
    ticket = Ticket.lock(talk.session, meant.id) if meant else None
    if ticket is None or not ticket.is_live:
        return talk.say(ReplyKind.NOTHING_TO_LEAVE)
    try:
        ticket.leave(talk.session, by=By.customer(), now=talk.now)
    except NotPossible:
        return _tell_ticket(talk, ticket)  # being served: there is no place in line to give up
    return talk.say(ReplyKind.LEFT, **ticket.facts())


def _ticket_meant(talk: Talk, intent: Intent) -> Ticket | None:
    """Their live ticket: of the queue they name, else of the one last texted about, by them or by us."""
    tickets = _live_tickets(talk)
    if intent.keyword is not None:
        tickets = [ticket for ticket in tickets if ticket.queue.keyword == intent.keyword]
    if not tickets:
        return None
    ticket = tickets[0] if len(tickets) == 1 else _last_texted_about(talk, tickets)
    talk.message.queue_id = ticket.queue_id
    return ticket


def _live_tickets(talk: Talk) -> list[Ticket]:
    """Every live ticket of this customer, in the order in which queues may be locked."""
    mine = select(Ticket).where(Ticket.customer_id == talk.customer.id, among(Ticket.state, LIVE))
    return list(talk.session.scalars(mine.order_by(Ticket.queue_id)))


def _last_texted_about(talk: Talk, tickets: list[Ticket]) -> Ticket:
    by_queue = {ticket.queue_id: ticket for ticket in tickets}
    last_from_them = (
        select(InboundMessage.received_at, InboundMessage.queue_id)
        .where(InboundMessage.customer_id == talk.customer.id, InboundMessage.queue_id.in_(by_queue))
        .order_by(InboundMessage.id.desc())
        .limit(1)
    )
    # One that waits in the outbox they have not read.
    last_from_us = (
        select(OutboundMessage.claimed_at, OutboundMessage.queue_id)
        .where(
            OutboundMessage.ticket_id.in_([ticket.id for ticket in tickets]),
            OutboundMessage.state.not_in((TextState.WAITING, TextState.REJECTED, TextState.EXPIRED)),
        )
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    texts = [talk.session.execute(query).first() for query in (last_from_them, last_from_us)]
    moments = {at: queue_id for at, queue_id in filter(None, texts) if at and queue_id}
    if not moments:
        return max(tickets, key=lambda ticket: ticket.id)
    return by_queue[moments[max(moments)]]


# The carrier's words -----------------------------------------------------------------------------------


def _opt_out(talk: Talk, intent: Intent) -> Reply:
    talk.customer.opt_out(talk.session, talk.message.our_number_id, talk.now)
    return SILENCE


def _opt_out_and_leave(talk: Talk, intent: Intent) -> Reply:
    for live in _live_tickets(talk):
        ticket = Ticket.lock(talk.session, live.id)
        if ticket is not None and ticket.state in (TicketState.WAITING, TicketState.CALLED):
            ticket.leave(talk.session, by=By.customer(), now=talk.now)
    return _opt_out(talk, intent)


def _opt_in(talk: Talk, intent: Intent) -> Reply:
    talk.customer.opt_in(talk.session, talk.message.our_number_id)
    return SILENCE


def _help(talk: Talk, intent: Intent) -> Reply:
    return SILENCE if talk.business.carrier_answers_help else _tell_words(talk, intent)


# Words about words -------------------------------------------------------------------------------------


def _tell_words(talk: Talk, intent: Intent) -> Reply:
    return talk.say(ReplyKind.MENU)


def _say_nothing(talk: Talk, intent: Intent) -> Reply:
    return SILENCE


def _ask_what_was_meant(talk: Talk, intent: Intent) -> Reply:
    return talk.say(ReplyKind.NEAR_MISS, suggestions=intent.suggestions)


def _nothing_said(talk: Talk, intent: Intent) -> Reply:
    return talk.say(ReplyKind.NOTHING)


def _not_understood(talk: Talk, intent: Intent) -> Reply:
    return talk.say(ReplyKind.UNKNOWN)


ANSWERS: dict[Meaning, Callable[[Talk, Intent], Reply]] = {
    Meaning.JOIN: _join,
    Meaning.AGAIN: _join_again,
    Meaning.STATUS: _tell_status,
    Meaning.LEAVE: _leave,
    Meaning.OPT_OUT: _opt_out,
    Meaning.OPT_OUT_AND_LEAVE: _opt_out_and_leave,
    Meaning.OPT_IN: _opt_in,
    Meaning.CARRIER_HELP: _help,
    Meaning.MENU: _tell_words,
    Meaning.THANKS: _say_nothing,
    Meaning.NEAR_MISS: _ask_what_was_meant,
    Meaning.NOTHING: _nothing_said,
}
