"""A text with the code of a manager's page of alarms: that phone is theirs, and gets their alarms.

Guessing is limited for each phone, together with the codes of tickets.
"""

from bot.answers.text_me import WRONG_CODES, tell_start
from bot.reply_context import SILENCE, Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.throttling import whose_texts
from models.alarms.phone_proof import alarm_code_in, prove_phone
from models.people.addresses import Channel
from models.storage.rate_limits import count, counted


def answer_alarm_code(context: ReplyContext, phone: str) -> Reply | None:
    """None for a text that is no such code, or by a channel on which we can't write first."""
    code = alarm_code_in(context.message.body)
    if code is None or context.channel != Channel.SMS:
        return None
    session, now, whose = context.session, context.now, whose_texts(context)
    if counted(session, WRONG_CODES, whose, now) >= WRONG_CODES.most:
        return SILENCE
    if context.customer.has_opted_out(session, context.message.our_number_id):
        count(session, WRONG_CODES, whose, now)
        return tell_start(context)
    person = prove_phone(session, context.business.id, code, phone, now)
    if person is None:
        count(session, WRONG_CODES, whose, now)
        return None
    return context.say(ReplyKind.STAFF_PHONE, name=person.name)
