"""9 from somebody who was called: their place is free, and 1 brings them back to it for five minutes.

Only where the turn text offered it, long enough ago to have been read; else 9 is nine minutes.
"""

from datetime import timedelta

from sqlalchemy import exists, select

from bot.meanings import Meaning
from bot.reply_context import Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from bot.wording.sms_templates import FALLBACK_LANGUAGE, languages, template_of
from bot.wording.text_forms import form_for
from models.people.actors import By
from models.queueing import ending
from models.queueing.line.waits import wait_after
from models.queueing.reminders import turn_text
from models.queueing.returning import come_back
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.open_questions import QuestionKind
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import IN_TROUBLE

YES, NO = ANSWERS_TO_CALL = 1, 9
READ_AFTER = timedelta(seconds=20)  # by then the carrier has brought the turn text


def give_up(context: ReplyContext, ticket: Ticket) -> Reply | None:
    """None if they were not asked for it. The ticket must be locked."""
    if ticket.state != TicketState.CALLED or not _was_offered(context, ticket):
        return None
    ending.give_up(context.session, ticket, by=By.customer(), now=context.now)
    context.ask(QuestionKind.GAVE_UP, ticket)
    return _gave_up(context, ticket)


def after_giving_up(context: ReplyContext, intent: Intent, meant: Ticket | None) -> Reply | None:
    """1 brings them back, and 9 says it again; None if neither is about the place they gave up.

    `meant`: their live ticket that a number would be about otherwise.
    """
    question = context.question
    if question is None or question.kind != QuestionKind.GAVE_UP or question.ticket_id is None:
        return None
    if intent.number == YES and not _was_asked_to_rate_since(context):
        return _back(context, question.ticket_id)
    if intent.number == NO and meant is None:
        return _gave_up(context, context.session.get_one(Ticket, question.ticket_id))
    return None


def in_view_of_place_given_up(context: ReplyContext, intent: Intent) -> Intent:
    """A yes is a 1. Whoever is called in another queue by now speaks of that."""
    if any(ticket.state == TicketState.CALLED for ticket in context.live_tickets):
        context.close_question()
        return intent
    return Intent(Meaning.NUMBER, number=YES) if intent.answer else intent


def _back(context: ReplyContext, ticket_id: int) -> Reply | None:
    ticket = Ticket.lock(context.session, ticket_id)
    context.close_question()
    if ticket is None:
        return None
    try:
        ahead = come_back(context.session, ticket, by=By.customer(), now=context.now)
    except NotPossible:  # the queue has closed meanwhile, or they have a new number there
        return context.say(ReplyKind.NOT_WAITING) if not context.live_tickets else None
    context.message.queue_id = ticket.queue_id
    wait = wait_after(context.session, ticket.queue, ahead)
    return context.say(ReplyKind.BROUGHT_BACK, **ticket.facts(), ahead=ahead, **wait.facts())


def _gave_up(context: ReplyContext, ticket: Ticket) -> Reply:
    context.message.queue_id = ticket.queue_id
    return context.say(ReplyKind.GAVE_UP, **ticket.facts(), also=context.also(ticket))


def _was_offered(context: ReplyContext, ticket: Ticket) -> bool:
    """By the text about this very call. What we find late may have been written before it was read."""
    turn = turn_text(context.session, ticket)
    if turn is None or context.message.late or turn.state in IN_TROUBLE or not _invites(turn):
        return False
    return turn.taken_at is not None and turn.taken_at <= context.now - READ_AFTER


def _invites(turn: OutboundMessage) -> bool:
    """Whether the words as they were sent say what 9 does, in the standard wording or in a business's own."""
    if turn.body is None or turn.template_sid is not None:
        return False
    form = form_for(turn.our_number.channel)
    language = turn.language if turn.language in languages() else FALLBACK_LANGUAGE
    invitation = template_of(language, "_coming_or_not", form.folder).render()
    return form.laid_out(form.spelt(invitation)) in turn.body


def _was_asked_to_rate_since(context: ReplyContext) -> bool:
    """After another queue has served them, a number is a rating."""
    assert context.question is not None
    theirs = select(Ticket.id).where(
        Ticket.customer_id == context.customer.id, Ticket.state == TicketState.SERVED
    )
    asked = exists().where(
        OutboundMessage.ticket_id.in_(theirs),
        OutboundMessage.kind == TextKind.RATING,
        OutboundMessage.claimed_at >= context.question.asked_at,
    )
    return bool(context.session.scalar(select(asked)))
