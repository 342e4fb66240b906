"""The one open question of a phone: asking it, what an answer to it means, and what makes it void.

A yes does what was suggested, and LATER; forgetting is never done by a yes.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import exists, select

from bot.answers.giving_up import ANSWERS_TO_CALL, YES, in_view_of_place_given_up
from bot.answers.ticket_meant import ticket_meant
from bot.meanings import DECISIVE, Meaning
from bot.reply_context import Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent, first_clause, first_word, understand
from models.queueing.tables.ticket_states import NOT_YET_SERVED, TicketState
from models.texts.inbox import InboundMessage
from models.texts.open_questions import OpenQuestion, QuestionKind

DOUBLED_WITHIN = timedelta(seconds=2)
SAID_TWICE = {Meaning.LATER: QuestionKind.LATER, Meaning.FORGET: QuestionKind.FORGET}
# Courtesies and what nobody understands are about nothing else, and so leave a question open.
LEAVE_IT_OPEN = (Meaning.THANKS, Meaning.CHAT, Meaning.NOTHING, Meaning.UNKNOWN)
MAY_BE_ABOUT_PLACE = (*LEAVE_IT_OPEN, Meaning.NUMBER)
# Nor do these void the question at joining: the answer is only noted, and so does no harm if it comes late.
ONLY_ASK = (Meaning.STATUS, Meaning.WHEN, Meaning.MENU, Meaning.CARRIER_HELP)
# Not done by a text that begins with a no, and the word by which to ask; an opt-out is done.
ASKED_BEHIND_NO = {
    Meaning.LEAVE: "LEAVE",
    Meaning.OPT_OUT_AND_LEAVE: "LEAVE",  # "no, cancel"
    Meaning.JOIN: "JOIN",
    Meaning.AGAIN: "AGAIN",
}
MAY_ANSWER = (Meaning.CHAT, Meaning.UNKNOWN, Meaning.NUMBER)
A_FEW = 200  # more texts than come in while a doubled one is on its way


def answer_to_doubled(context: ReplyContext, intent: Intent) -> Reply | None:
    """The same answer again to a LATER, FORGET, yes, 1 or 9 that came twice at once; nothing more is done."""
    answers_call = intent.meaning == Meaning.NUMBER and intent.number in ANSWERS_TO_CALL
    if intent.meaning not in SAID_TWICE and not intent.answer and not answers_call:
        return None
    _ = context.question  # read first: whoever asked it at this moment is then found among the texts too
    last = _text_before(context)
    if last is None or last.received_at < context.now - DOUBLED_WITHIN:
        return None
    before = _understood(context, last.body)
    is_same = (before.meaning, before.keyword, before.answer) == (
        intent.meaning,
        intent.keyword,
        intent.answer,
    )
    if answers_call and before.number != intent.number:
        return None
    return Reply(ReplyKind(last.reply_kind) if last.reply_kind else None, last.reply) if is_same else None


def was_just_forgotten(context: ReplyContext) -> bool:
    """A FORGET that came twice at once, the first of which has erased whose it was."""
    just_forgotten = exists().where(
        InboundMessage.id.between(context.message.id - A_FEW, context.message.id + A_FEW),
        InboundMessage.our_number_id == context.message.our_number_id,
        InboundMessage.reply_kind == ReplyKind.FORGOTTEN,
        InboundMessage.received_at >= context.now - DOUBLED_WITHIN,
    )
    return context.customer.created_at == context.now and bool(context.session.scalar(select(just_forgotten)))


def in_view_of_question(context: ReplyContext, intent: Intent) -> Intent:
    """What the text means to a phone that was asked something; another subject makes the question void."""
    question = context.question
    if question is None:
        return intent
    if question.kind != QuestionKind.GAVE_UP and _answers_call(context, question, intent):
        return _about_call(context, question, intent)
    if question.kind == QuestionKind.AT_JOINING:
        return _answered_at_joining(context, question, intent)
    if question.kind == QuestionKind.GAVE_UP:
        intent = in_view_of_place_given_up(context, intent)
        if intent.meaning in MAY_BE_ABOUT_PLACE:
            return intent
        context.close_question()
        return Intent(Meaning.THANKS) if intent.answer is False else intent
    if intent.answer is None and not intent.exact:
        intent = _in_view_of_first_clause(context, question, intent)
    has_opted_out = context.customer.has_opted_out(context.session, context.message.our_number_id)
    if intent.answer is False or (intent.answer and not has_opted_out):
        return _answered(context, question, intent.answer)
    if intent.meaning not in LEAVE_IT_OPEN and SAID_TWICE.get(intent.meaning) != question.kind:
        context.close_question()
    return intent


def _in_view_of_first_clause(context: ReplyContext, question: OpenQuestion, intent: Intent) -> Intent:
    """ "Yes, I'm leaving" is a yes, if that was suggested; "no, I'm leaving" is asked about.

    "No I'm staying" is for the counter to read, and closes the question too.
    """
    body = context.message.body
    if intent.meaning == Meaning.CHAT and _understood(context, first_word(body)).answer is False:
        context.close_question()
        return intent
    first, order = first_clause(body)
    answer = _understood(context, first).answer if order else None
    if answer and intent.meaning == Meaning.NEAR_MISS and _is_what_was_suggested(context, question, order):
        return replace(intent, answer=True)
    if answer is False:
        return _behind_no(context, question, intent)
    return intent


def _is_what_was_suggested(context: ReplyContext, question: OpenQuestion, order: str) -> bool:
    """In other words, and of no other queue.

    Not since they were called: to that it may say that they are on the way.
    """
    if question.kind != QuestionKind.SUGGESTION or _answers_call(
        context, question, Intent(Meaning.CHAT, answer=True)
    ):
        return False
    said, suggested = _understood(context, order), _understood(context, str(question.facts["text"]))
    is_same_queue = said.keyword in (None, suggested.keyword)
    return said.answer is None and said.meaning == suggested.meaning and is_same_queue


def _behind_no(context: ReplyContext, question: OpenQuestion, intent: Intent) -> Intent:
    """Nothing is done: an order is asked about, and LATER and FORGET are told once more.

    A keyword behind JOIN or AGAIN is another wish: "no, put me on SHAVE".
    """
    context.close_question()
    if intent.meaning == Meaning.OPT_OUT and question.facts.get("text") == "STOP":
        return Intent(Meaning.NEAR_MISS, suggestions=("STOP",))
    word = ASKED_BEHIND_NO.get(intent.meaning)
    if word is None or (intent.keyword and word != "LEAVE"):
        return intent
    return Intent(Meaning.NEAR_MISS, suggestions=(f"{word} {intent.keyword or ''}".strip(),))


def _answers_call(context: ReplyContext, question: OpenQuestion, intent: Intent) -> bool:
    """Whoever is called answers that first, but a yes or no is to what was asked last."""
    called = [ticket.called_at for ticket in context.live_tickets if ticket.state == TicketState.CALLED]
    if intent.meaning == Meaning.NUMBER and intent.number in ANSWERS_TO_CALL:
        return bool(called)
    if intent.meaning in (Meaning.HERE, Meaning.COMING):
        return bool(called)
    is_newer = any(called_at is not None and called_at > question.asked_at for called_at in called)
    return intent.answer is not None and is_newer


def _about_call(context: ReplyContext, question: OpenQuestion, intent: Intent) -> Intent:
    """A yes is a 1, and a no is for the counter to read. Another queue's question stays open."""
    is_about_other = any(
        ticket.id == question.ticket_id and ticket.state == TicketState.WAITING
        for ticket in context.live_tickets
    )
    if question.kind != QuestionKind.AT_JOINING or not is_about_other:
        context.close_question()
    if intent.answer is None or context.customer.has_opted_out(
        context.session, context.message.our_number_id
    ):
        return intent
    return Intent(Meaning.NUMBER, number=YES) if intent.answer else replace(intent, meaning=Meaning.CHAT)


def _answered_at_joining(context: ReplyContext, question: OpenQuestion, intent: Intent) -> Intent:
    """Whatever is no word of ours is the answer, while they wait; a call is what they speak of after it."""
    waits = any(t.id == question.ticket_id and t.state == TicketState.WAITING for t in context.live_tickets)
    if waits and _may_answer(context, intent):
        return replace(intent, meaning=Meaning.ANSWER)
    if not waits or intent.meaning not in (*LEAVE_IT_OPEN, *ONLY_ASK):
        context.close_question()
    return intent


def _may_answer(context: ReplyContext, intent: Intent) -> bool:
    """Also a yes, a number alone, a wish such as "haircut", and what resembles a word that does no harm."""
    if intent.keyword is not None or intent.meaning == Meaning.LEAVE:
        return False
    if intent.meaning == Meaning.JOIN:
        return first_word(context.message.body) != "JOIN"
    if intent.meaning == Meaning.NEAR_MISS:
        meant = (_understood(context, text).meaning for text in intent.suggestions)
        return DECISIVE.isdisjoint(meant)
    return intent.answer is not None or intent.meaning in MAY_ANSWER


def ask_what_was_meant(context: ReplyContext, intent: Intent) -> Reply:
    """Which of these words; a yes is enough for a single one."""
    if len(intent.suggestions) != 1:
        return context.say(ReplyKind.NEAR_MISS, suggestions=intent.suggestions)
    [text] = intent.suggestions
    if (offered := _offer_to_leave(context, text)) is not None:
        return offered
    reply = context.say(ReplyKind.NEAR_MISS, suggestions=intent.suggestions, takes_yes=True)
    if reply.text is not None:
        context.ask(QuestionKind.SUGGESTION, text=text)
    return reply


def _offer_to_leave(context: ReplyContext, text: str) -> Reply | None:
    """Somebody in line speaks of leaving: asked by their number. A single word is only misspelt."""
    meant = _understood(context, text)
    if meant.meaning != Meaning.LEAVE or len(context.message.body.split()) == 1:
        return None
    ticket = ticket_meant(context, meant)
    if ticket is None or ticket.state not in NOT_YET_SERVED:
        return None
    reply = context.say(ReplyKind.LEAVE_OFFERED, **ticket.facts())
    if reply.text is not None:
        context.ask(QuestionKind.SUGGESTION, ticket, text=f"LEAVE {ticket.queue.keyword}")
    return reply


def _answered(context: ReplyContext, question: OpenQuestion, is_yes: bool) -> Intent:
    """The order that this yes is; a no ends the question, and needs no answer."""
    if is_yes and question.kind == QuestionKind.LATER:
        about = (ticket.queue.keyword for ticket in context.live_tickets if ticket.id == question.ticket_id)
        return Intent(Meaning.LATER, keyword=next(about, None))
    context.close_question()
    if not is_yes:
        return Intent(Meaning.THANKS)
    if question.kind == QuestionKind.FORGET:
        return Intent(Meaning.FORGET)  # told once more
    return _understood(context, str(question.facts["text"]))


def _understood(context: ReplyContext, text: str) -> Intent:
    """As if they had texted it; the carrier has not seen it and so has acted on nothing."""
    keywords = [queue.keyword for queue in context.queues]
    return replace(understand(text, keywords, context.customer.spoken), exact=False)


def _text_before(context: ReplyContext) -> InboundMessage | None:
    """Whatever is stored of theirs: of two at the same moment the one with the higher id may be first."""
    before = select(InboundMessage).where(
        InboundMessage.customer_id == context.customer.id, InboundMessage.id != context.message.id
    )
    return context.session.scalars(before.order_by(InboundMessage.id.desc()).limit(1)).first()
