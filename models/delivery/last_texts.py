"""The one text that somebody gets who has just opted out in their own words: that no more come."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind

LAST_TEXT = "opted_out"  # as the bot calls this kind of answer
LATE_ANSWER_KEY = "answer:"


def is_last_text(session: Session, text: OutboundMessage) -> bool:
    """Whether it is that text, given late: it may leave although they have opted out."""
    if text.kind != TextKind.LATE_ANSWER:
        return False
    sid = text.key.removeprefix(LATE_ANSWER_KEY)
    answered = (InboundMessage.sid == sid, InboundMessage.reply_kind == LAST_TEXT)
    return bool(session.scalar(select(exists().where(*answered))))
