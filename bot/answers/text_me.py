"""A text with the code of a web ticket's page: its phone gets the texts about that ticket from now on.

Guessing is limited for each phone; beyond that such texts are met with silence, and nothing else is.
"""

from datetime import timedelta

from bot.answers.ticket_answers import tell_ticket
from bot.reply_context import SILENCE, Reply, ReplyContext, keywords_to_name, worded
from bot.reply_kinds import ReplyKind
from bot.throttling import whose_texts
from bot.wording.text_forms import form_for
from models.queueing.messages.text_me import LENGTH, bind_phone, hyphenated_in, ticket_with_code
from models.queueing.tables.queues import Queue
from models.storage.rate_limits import Limit, count, counted

HALF = LENGTH // 2
WRONG_CODES = Limit("wrong codes", 10, timedelta(hours=1))


def with_code_in_one_piece(context: ReplyContext) -> str:
    """The text, to be read: a code has no hyphen in it any more, as its halves would be a name, or minutes.

    But a name or "2pm-3pm" is left as it is: only the code of a ticket is one, and any other counts as a try.
    """
    body = context.message.body
    written = hyphenated_in(body)
    if written is None:
        return body
    whose, code = whose_texts(context), written[:HALF] + written[-HALF:]
    if counted(context.session, WRONG_CODES, whose, context.now) >= WRONG_CODES.most:
        return body
    if ticket_with_code(context.session, context.queues, code.upper(), context.customer, context.now):
        return body.replace(written, code, 1)
    count(context.session, WRONG_CODES, whose, context.now)
    return body


def answer_code(context: ReplyContext, queue: Queue, code: str) -> Reply:
    """Bind the phone, and answer like STATUS; never a new number."""
    session, now, customer = context.session, context.now, context.customer
    context.message.queue_id = queue.id
    whose = whose_texts(context)
    if counted(session, WRONG_CODES, whose, now) >= WRONG_CODES.most:
        return SILENCE
    if customer.has_opted_out(session, context.message.our_number_id):
        count(session, WRONG_CODES, whose, now)
        return tell_start(context)
    Queue.lock(session, queue.id)  # of two phones with one code, the second finds the ticket bound
    ticket = ticket_with_code(session, [queue], code, customer, now)
    if ticket is None:
        count(session, WRONG_CODES, whose, now)
        return context.say(ReplyKind.CODE_WRONG, keyword=queue.keyword)
    if ticket.customer_id != customer.id:
        ours = context.message.our_number_id
        own = bind_phone(session, ticket, customer, our_number_id=ours, now=now)
        if own is not None:
            return context.say(ReplyKind.CODE_NOT_NEEDED, **own.facts())
    return tell_ticket(context, ticket, welcome=True)


def tell_start(context: ReplyContext) -> Reply:
    """The one answer to a phone that wants no texts: it has just asked for some."""
    keywords, form = keywords_to_name(context.queues), form_for(context.channel)
    language, public_url = context.customer.spoken, context.public_url
    return worded(ReplyKind.CODE_OPTED_OUT, {}, context.business, keywords, language, public_url, form)
