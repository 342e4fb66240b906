"""What somebody in line says in their own words: passed on to the counter, of which they are told once, or
the answer to the queue's question.
"""

from sqlalchemy import exists, select

from bot.answers.ticket_meant import lock_ticket_meant
from bot.reply_context import SILENCE, Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.sanitizing import sanitized
from bot.understanding import Intent
from models.people.actors import By
from models.people.typed_phones import without_phones
from models.queueing.duties import on_duty
from models.queueing.messages.conversation import say
from models.queueing.notes import LONGEST_ANSWER, answer_question
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage


def pass_on(context: ReplyContext, intent: Intent) -> Reply:
    """Told once of each: that it was passed on, and that nobody reads just now."""
    ticket = lock_ticket_meant(context, intent)
    if ticket is None:
        return context.say(ReplyKind.UNKNOWN)
    if not say_to_counter(context, ticket):
        context.message.body = ""  # a flood is not kept
        return SILENCE
    kind = ReplyKind.PASSED_ON if on_duty(context.session, ticket.queue_id) else ReplyKind.NOBODY_READS
    return SILENCE if _was_told(context, ticket, kind) else context.say(kind, **ticket.facts())


def keep_answer(context: ReplyContext, intent: Intent) -> Reply:
    """To the queue's question. Of a long one the beginning is the answer, and all of it is passed on."""
    about = context.question.ticket_id if context.question else None
    ticket = Ticket.lock(context.session, about) if about else None
    context.close_question()
    words = _words(context.message)
    if ticket is None or ticket.state != TicketState.WAITING or not words:
        return pass_on(context, intent)
    context.message.queue_id = ticket.queue_id
    if len(words) > LONGEST_ANSWER:
        say_to_counter(context, ticket)
        words = words[: LONGEST_ANSWER - 1].rstrip() + "…"
    answer_question(context.session, ticket, words, by=By.customer(), now=context.now)
    return context.say(ReplyKind.ANSWER_KEPT, **ticket.facts())


def say_to_counter(context: ReplyContext, ticket: Ticket) -> bool:
    """False if they have said too much this hour. The ticket must be locked."""
    message = context.message
    words = _words(message)
    return say(context.session, ticket, words, key=message.sid, by=By.customer(), now=context.now)


def _words(message: InboundMessage) -> str:
    return without_phones(sanitized(message.body), message.our_number.phone)


def _was_told(context: ReplyContext, ticket: Ticket, kind: ReplyKind) -> bool:
    told = exists().where(
        InboundMessage.customer_id == context.customer.id,
        InboundMessage.queue_id == ticket.queue_id,
        InboundMessage.id < context.message.id,
        InboundMessage.received_at >= ticket.joined_at,
        InboundMessage.reply_kind == kind,
        InboundMessage.reply.is_not(None),
    )
    return bool(context.session.scalar(select(told)))
