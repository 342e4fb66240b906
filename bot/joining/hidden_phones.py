"""Who writes by WhatsApp under a username may have no phone for us: an id stands in its place.

A ticket needs a phone, so they are told where to take a number, a few times an hour: each answer costs.
Nothing about them is kept but, for two days, a keyed hash beside how often.
Source: docs/channels.md, Addresses.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.joining.joins import facts_of_elsewhere
from bot.reply_kinds import ReplyKind
from bot.understanding import first_word
from bot.wording.rendering import render
from bot.wording.text_forms import form_for
from models.people.business import OurNumber
from models.queueing.tables.queues import Queue
from models.storage.rate_limits import Limit, is_over

ANSWERS = Limit("hidden phones", 5, timedelta(hours=1))
USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def is_user_id(sender: str) -> bool:
    """Whether this stands in the place of a phone that WhatsApp keeps from us."""
    return USER_ID.fullmatch(sender) is not None


def answer_without_phone(
    session: Session, ours: OurNumber, sender: str, body: str, *, now: datetime, public_url: str
) -> str | None:
    """Where else they can take a number, if they asked for one; None, silence, for anything else, and for
    whoever asks again and again."""
    business = ours.business
    queue = Queue.named(session, business.id, first_word(body))
    if queue is None or queue.archived_at is not None:
        return None
    if is_over(session, ANSWERS, f"{business.id}:{sender}", now):
        return None
    facts = facts_of_elsewhere(business, queue, ours.channel, public_url)
    return render(ReplyKind.HIDDEN_PHONE, facts, business.language, form=form_for(ours.channel))
