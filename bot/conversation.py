"""Calls the domain operation for what a customer means, and words the answer. No Flask, no carrier.

One function per meaning, in ANSWERS. They run inside the caller's transaction and never commit or send.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.answers.passed_on import keep_answer, pass_on
from bot.answers.questions import (
    answer_to_doubled,
    ask_what_was_meant,
    in_view_of_question,
    was_just_forgotten,
)
from bot.answers.staff_phone import answer_alarm_code
from bot.answers.text_me import with_code_in_one_piece
from bot.answers.ticket_answers import (
    leave,
    let_others_go_first,
    rate,
    say_coming,
    say_here,
    set_lead,
    set_lead_or_rate,
    tell_status,
)
from bot.answers.when_to_come import tell_when
from bot.joining.door_codes import count_guess, without_door_code
from bot.joining.joins import join, join_again
from bot.meanings import Meaning
from bot.reply_context import SILENCE, Reply, ReplyContext, clear_language
from bot.reply_kinds import ReplyKind
from bot.throttling import NEVER_THROTTLED, throttle
from bot.understanding import Intent, normal_keyword, understand
from bot.wording.sms_templates import languages
from models.people.actors import By
from models.people.addresses import SHARE_OPT_OUTS, Channel
from models.people.customers import Customer
from models.privacy.forgetting import forget
from models.queueing import ending, ticket_details
from models.queueing.day_turn import turn_due_days
from models.queueing.setup.keywords import old_keywords_of_business
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NOT_YET_SERVED, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.daily_allowance import count_sent_text
from models.texts.inbox import InboundMessage
from models.texts.open_questions import QuestionKind

# Answers that count in the business's daily allowance, though it never holds them back.
COUNTED = (ReplyKind.OPTED_OUT, ReplyKind.OPTED_IN, ReplyKind.WHEN, ReplyKind.WHEN_CHOOSER)


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
    # Texts by SMS may not have reached it, but it can write: perhaps by another channel, which we answer on.
    customer.unreachable_at = None
    queues = Queue.of_business(session, business.id)
    turn_due_days(session, queues, now)
    old = old_keywords_of_business(session, business.id, now)
    keywords = [*(queue.keyword for queue in queues), *old]
    is_carriers = opt_out_type is not None
    context = ReplyContext(session, message, customer, queues, now, public_url, is_carriers)
    words, context.opened = without_door_code(with_code_in_one_piece(context), queues, keywords, now)
    intent = understand(words, keywords, customer.spoken)
    intent = _with_present_keyword(intent, queues, old) if old else intent
    if not context.opened and intent.keyword is None:
        count_guess(context)
    said = _as_the_carrier_took_it(intent, opt_out_type, context.channel)
    if context.channel not in SHARE_OPT_OUTS and said.meaning != Meaning.OPT_IN:
        customer.end_block(session, message.our_number_id, now)
    if customer.language is None and (language := clear_language(said)):
        customer.wrote_language = language
    again = answer_to_doubled(context, said)
    intent = said if again else in_view_of_question(context, said)
    refusal = throttle(context, intent, phone)
    if refusal is not None and intent.meaning not in NEVER_THROTTLED:
        return refusal
    reply = again or answer_alarm_code(context, phone) or ANSWERS[intent.meaning](context, intent)
    if refusal is not None:
        return Reply(reply.kind, None)
    if reply.kind in COUNTED and reply.text is not None and not message.late:  # the outbox counts its own
        count_sent_text(session, business, now)
    return reply


def _with_present_keyword(intent: Intent, queues: Sequence[Queue], old: Mapping[str, int]) -> Intent:
    """A keyword that a queue used to have means that queue."""
    now_of = {queue.id: queue.keyword for queue in queues}
    present = {keyword: now_of[queue_id] for keyword, queue_id in old.items() if queue_id in now_of}

    def said(suggestion: str) -> str:
        return " ".join(present.get(word, word) for word in suggestion.split())

    return replace(
        intent,
        keyword=present.get(intent.keyword or "", intent.keyword),
        suggestions=tuple(dict.fromkeys(said(one) for one in intent.suggestions)),
    )


def _as_the_carrier_took_it(intent: Intent, opt_out_type: str | None, channel: Channel) -> Intent:
    """The carrier's OptOutType wins over our reading: a business may have configured other words there.

    Without it the carrier acts on its exact words, but on some channels on none: then all is ours to answer.
    """
    if opt_out_type == "STOP" and intent.meaning != Meaning.OPT_OUT_AND_LEAVE:
        return replace(intent, meaning=Meaning.OPT_OUT, exact=True, answer=None)
    if opt_out_type == "STOP":
        return replace(intent, exact=True, answer=None)
    if opt_out_type == "START":
        return replace(intent, meaning=Meaning.OPT_IN)
    if opt_out_type == "HELP":
        return Intent(Meaning.THANKS)  # answered already
    return intent if channel in SHARE_OPT_OUTS else replace(intent, exact=False)


# Texts or none: the carrier's words, and the same in others ----------------------------------------------


def _opt_out(context: ReplyContext, intent: Intent) -> Reply:
    return _stop_texts(context, intent, was_left=False)


def _opt_out_and_leave(context: ReplyContext, intent: Intent) -> Reply:
    was_left = False
    for live in context.live_tickets:
        ticket = Ticket.lock(context.session, live.id)
        if ticket is not None and ticket.state in NOT_YET_SERVED:
            ending.leave(context.session, ticket, by=By.customer(), now=context.now)
            was_left = True
        elif ticket is not None and ticket.state == TicketState.SERVING:
            ticket_details.say_leaving(context.session, ticket, by=By.customer(), now=context.now)
    return _stop_texts(context, intent, was_left=was_left)


def _stop_texts(context: ReplyContext, intent: Intent, *, was_left: bool) -> Reply:
    """Opts out, with one last text of ours unless the carrier answers (it does to its exact words only)."""
    last = SILENCE
    if not intent.exact:
        also = context.numbers_to_be_called()
        last = context.say(ReplyKind.OPTED_OUT, also=also, was_left=was_left)
    ours = context.message.our_number_id
    is_new = context.customer.opt_out(context.session, ours, context.now, at_carrier=intent.exact)
    if intent.news is not None:  # "I'm here, no more texts"
        ANSWERS[intent.news.meaning](context, intent.news)
    return last if is_new else Reply(last.kind, None)


def _opt_in(context: ReplyContext, intent: Intent) -> Reply:
    """Opts in; confirmed by us where the carrier says nothing: the opt-out was ours only, or the channel is
    one on which it never does."""
    is_silent = context.channel not in SHARE_OPT_OUTS and not context.carrier_answers
    at_carrier = context.customer.opted_out_at_carrier(context.session, context.message.our_number_id)
    context.customer.opt_in(context.session, context.message.our_number_id, context.now)
    if at_carrier is None:
        return _not_understood(context, intent) if is_silent and intent.answer is None else SILENCE
    if is_silent or (at_carrier is False and not context.carrier_answers):
        return context.say(ReplyKind.OPTED_IN, also=context.numbers_to_be_called())
    return SILENCE


def _help(context: ReplyContext, intent: Intent) -> Reply:
    is_answered = context.business.carrier_answers_help and context.channel in SHARE_OPT_OUTS
    return SILENCE if is_answered else _tell_words(context, intent)


# About the customer ------------------------------------------------------------------------------------


def _forget(context: ReplyContext, intent: Intent) -> Reply:
    """Explained first; done when FORGET is repeated in time, as it can't be undone.

    Who has opted out can't be told that, and is not made to guess it: the bare word, which nobody writes by
    chance, is done at once; other words are not.
    """
    is_second = context.question is not None and context.question.kind == QuestionKind.FORGET
    if not (is_second or was_just_forgotten(context) or _is_order_of_somebody_opted_out(context)):
        context.ask(QuestionKind.FORGET)
        return context.say(ReplyKind.FORGET_OFFERED)
    reply = context.say(ReplyKind.FORGOTTEN)  # while we still know their language, and whether they opted out
    forget(context.session, context.customer, by=By.customer(), now=context.now)
    return reply


def _is_order_of_somebody_opted_out(context: ReplyContext) -> bool:
    is_bare = normal_keyword(context.message.body) == "FORGET"
    return is_bare and context.customer.has_opted_out(context.session, context.message.our_number_id)


def _set_language(context: ReplyContext, intent: Intent) -> Reply:
    if intent.language not in languages():
        return context.say_languages(ReplyKind.LANGUAGES, asked=intent.language is not None)
    context.customer.language = intent.language
    return context.say(ReplyKind.LANGUAGE_SET)


# Words about words -------------------------------------------------------------------------------------


def _tell_words(context: ReplyContext, intent: Intent) -> Reply:
    return context.say_languages(ReplyKind.MENU)


def _say_nothing(context: ReplyContext, intent: Intent) -> Reply:
    return SILENCE


def _nothing_said(context: ReplyContext, intent: Intent) -> Reply:
    return context.say(ReplyKind.NOTHING)


def _not_understood(context: ReplyContext, intent: Intent) -> Reply:
    return context.say(ReplyKind.UNKNOWN)


ANSWERS: dict[Meaning, Callable[[ReplyContext, Intent], Reply]] = {
    Meaning.JOIN: join,
    Meaning.AGAIN: join_again,
    Meaning.STATUS: tell_status,
    Meaning.WHEN: tell_when,
    Meaning.LEAVE: leave,
    Meaning.LATER: let_others_go_first,
    Meaning.MINUTES: set_lead,
    Meaning.NUMBER: set_lead_or_rate,
    Meaning.RATING: rate,
    Meaning.HERE: say_here,
    Meaning.FORGET: _forget,
    Meaning.LANGUAGE: _set_language,
    Meaning.OPT_OUT: _opt_out,
    Meaning.OPT_OUT_AND_LEAVE: _opt_out_and_leave,
    Meaning.OPT_IN: _opt_in,
    Meaning.CARRIER_HELP: _help,
    Meaning.MENU: _tell_words,
    Meaning.THANKS: _say_nothing,
    Meaning.COMING: say_coming,
    Meaning.CHAT: pass_on,
    Meaning.ANSWER: keep_answer,
    Meaning.NEAR_MISS: ask_what_was_meant,
    Meaning.NOTHING: _nothing_said,
    Meaning.UNKNOWN: pass_on,
}
