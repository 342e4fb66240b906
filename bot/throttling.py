"""How often we answer one phone: so many texts in an hour, then one that says so, then nothing for a while.

Texts that were not understood are answered a few times only, and one and the same text too: a phone that
answers by itself would go on for ever. Whoever wants to leave, to stop or to be forgotten is always heard.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.meanings import Meaning
from bot.reply_context import SILENCE, Reply, ReplyContext
from bot.reply_kinds import ReplyKind
from bot.understanding import Intent
from models.storage.rate_limits import Limit, count, used_up_among

# A worried person asks every minute, and a careless thumb more often; only machines go on like this.
TEXTS = Limit("texts", 120, timedelta(hours=1))
ALIKE = Limit("texts alike", 60, timedelta(minutes=10))
NOT_UNDERSTOOD = Limit("texts not understood", 20, timedelta(minutes=10))
NOT_UNDERSTOOD_ALIKE = Limit("not understood alike", 4, timedelta(minutes=10))

NEVER_THROTTLED = (Meaning.LEAVE, Meaning.FORGET, Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE, Meaning.OPT_IN)
PASSED_ON = (Meaning.UNKNOWN, Meaning.CHAT)  # to the counter, which has a limit of its own for each ticket
GUESSES = (Meaning.UNKNOWN, Meaning.CHAT, Meaning.NOTHING, Meaning.NEAR_MISS)


def throttle(context: ReplyContext, intent: Intent, phone: str) -> Reply | None:
    """The answer (or silence) that replaces the usual one; None if the phone is within its limits."""
    session, now, whose = context.session, context.now, _whose(context.business.id, phone)
    said = f"{whose}:{' '.join(context.message.body.casefold().split())}"
    if intent.meaning in GUESSES and not (intent.meaning in PASSED_ON and context.live_tickets):
        guesses = ((NOT_UNDERSTOOD, whose), (NOT_UNDERSTOOD_ALIKE, said))
        counted = [(count(session, limit, key, now), limit.most) for limit, key in guesses]
        if any(many > most for many, most in counted):
            return _unkept(context, SILENCE)
    over = [
        (many, limit)
        for limit, key in ((TEXTS, whose), (ALIKE, said))
        if (many := count(session, limit, key, now)) > limit.most
    ]
    if not over:
        return None
    # Once for each limit: whoever texts into our silence is told no more.
    is_first = all(many == limit.most + 1 for many, limit in over)
    if not is_first:
        return _unkept(context, SILENCE)
    minutes = max(limit.minutes_left(now) for _, limit in over)
    return context.say(ReplyKind.TOO_MANY, minutes=minutes)


def phones_to_be_counted(
    session: Session, business_id: int, phones: Iterable[str], now: datetime
) -> Collection[str]:
    """The phones that are near their limit, so that their next texts must be counted one by one."""
    return phones_over(session, TEXTS, business_id, phones, now)


def phones_over(
    session: Session, limit: Limit, business_id: int, phones: Iterable[str], now: datetime
) -> Collection[str]:
    """Those of these phones that have used up a limit."""
    of_phone = {_whose(business_id, phone): phone for phone in phones}
    return {of_phone[whose] for whose in used_up_among(session, limit, of_phone, now)}


def whose_texts(context: ReplyContext) -> str:
    """Under what the texts of this phone are counted, by whatever channel they come."""
    return _whose(context.business.id, context.customer.phone or "")


def _whose(business_id: int, phone: str) -> str:
    return f"{business_id}:{phone}"


def _unkept(context: ReplyContext, reply: Reply) -> Reply:
    context.message.body = ""  # a flood is not kept
    return reply
