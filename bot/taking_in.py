"""A customer's text is taken in, once per MessageSid, and answered: at the webhook, or late by the sweep.

Runs inside the caller's transaction; never commits or sends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.conversation import answer
from models.business import OurNumber
from models.message import InboundMessage, TextState
from models.replies import answer_late

LONGEST_BODY = 1600  # the carrier's own limit; more is not a text


@dataclass(frozen=True)
class IncomingText:
    sid: str
    our_number_id: int
    sender: str
    body: str
    opt_out_type: str | None = None
    """STOP, START or HELP, where the carrier took it for one of its own words."""


@dataclass(frozen=True)
class TakenIn:
    reply: str | None
    reply_kind: str | None
    is_new: bool


def take_in_text(
    session: Session, text: IncomingText, *, now: datetime, public_url: str, settle_after: timedelta
) -> TakenIn:
    """What to answer in the webhook's response; a copy of a text that came before gets the same answer.

    Silence for one that the outbox has answered meanwhile. `settle_after` so long without news of the
    answer, the carrier is asked for it.
    """
    message, is_new = _take_in(session, text, now, public_url, late=False)
    if is_new and message.reply is not None:
        message.reply_settle_after = now + settle_after
    is_answered = message.late or message.reply_state == TextState.EXPIRED
    return TakenIn(None if is_answered else message.reply, message.reply_kind, is_new)


def take_in_missed_text(session: Session, text: IncomingText, *, now: datetime, public_url: str) -> TakenIn:
    """A text that the webhook missed: does what it asks, and the outbox answers."""
    message, is_new = _take_in(session, text, now, public_url, late=True)
    if is_new:
        answer_late(session, message, now)
    return TakenIn(message.reply, message.reply_kind, is_new)


def pass_over_missed_text(session: Session, text: IncomingText, *, now: datetime) -> None:
    """A missed text that a later one of the same phone has overtaken: neither done nor answered, nor kept."""
    number = session.get_one(OurNumber, text.our_number_id)
    InboundMessage.take_in(session, sid=text.sid, our_number=number, body="", now=now, late=True)


def _take_in(
    session: Session, text: IncomingText, now: datetime, public_url: str, *, late: bool
) -> tuple[InboundMessage, bool]:
    number = session.get_one(OurNumber, text.our_number_id)
    body = text.body[:LONGEST_BODY]
    message, is_new = InboundMessage.take_in(
        session, sid=text.sid, our_number=number, body=body, now=now, late=late
    )
    if is_new:
        reply = answer(
            session,
            message,
            phone=text.sender,
            now=now,
            public_url=public_url,
            opt_out_type=text.opt_out_type,
        )
        message.reply_kind, message.reply = reply.kind, reply.text
    return message, is_new
