"""What became of the answers given in TwiML: reported by the carrier, or looked for in its list.

We hand such an answer over with the webhook's response and are told no sid: when the connection breaks at
that moment, nobody has it. Then, and only when the carrier is proven not to have it, the outbox answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from models.delivery import Noted, Report
from models.failing import heed_phone, note_arrival, pages_of_customer, take_back_welcome
from models.message import RANK, InboundMessage, TextKind, TextState, put_in_outbox
from models.rejection import kind_of_error
from models.settling import FIRST_RETRY, LONGEST_RETRY, MOST_LEASES, SKEW, Listed, not_before
from models.still_true import heard_since

AT_A_TIME = 50
LOOKED_THROUGH = 500
# An answer that is so late is none.
WORTH_ANSWERING_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class ReplyLookup:
    inbound_id: int
    phone: str
    since: datetime
    lookups: int
    """How often it has been asked for: whoever asks later counts."""
    request_id: str | None


def take_reply_report(session: Session, sid: str, report: Report, now: datetime) -> Noted | None:
    """Note what the carrier reports of our answer to the text with this sid; its state never goes back.

    None for a text we don't know, or no news.
    """
    found = select(InboundMessage).where(InboundMessage.sid == sid).with_for_update(key_share=True)
    message = session.scalar(found)
    if message is None or not _moves(message.reply_state, report.state):
        return None
    news = _note(session, message, report.state, report.error_code, now)
    return Noted(message.id, message.request_id, news)


def answer_late(session: Session, message: InboundMessage, now: datetime) -> None:
    """Put the answer to a text into the outbox, once: the webhook can't give it any more."""
    if message.reply is None or message.customer is None:
        return
    put_in_outbox(
        session,
        TextKind.LATE_ANSWER,
        key=f"answer:{message.sid}",
        our_number_id=message.our_number_id,
        customer_id=message.customer_id,
        language=message.customer.language or message.our_number.business.language,
        facts={"note": message.reply},
        now=now,
        queue_id=message.queue_id,
        request_id=message.request_id,
    )


def replies_due(session: Session, now: datetime) -> list[int]:
    """Answers of which nothing was heard for so long that the carrier is to be asked."""
    due = select(InboundMessage.id).where(InboundMessage.reply_settle_after <= now)
    return list(session.scalars(due.order_by(InboundMessage.reply_settle_after).limit(AT_A_TIME)))


def drop_old_replies(session: Session, now: datetime) -> None:
    """Nobody waits for these answers any more."""
    old = InboundMessage.reply_settle_after <= now - WORTH_ANSWERING_FOR
    session.execute(update(InboundMessage).where(old).values(reply_settle_after=None))


def a_reply_that_arrived(session: Session) -> tuple[str, str, datetime] | None:
    """(phone, words, moment) of an answer the carrier has reported on: its list should have that."""
    newest = session.scalar(select(func.max(InboundMessage.id))) or 0
    reported = select(InboundMessage).where(
        InboundMessage.id > newest - LOOKED_THROUGH,
        InboundMessage.reply_state.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED)),
        InboundMessage.reply.is_not(None),
        InboundMessage.late.is_(False),
    )
    for message in session.scalars(reported.order_by(InboundMessage.id.desc()).limit(1)):
        phone = message.customer.phone if message.customer is not None else None
        if phone is not None and message.reply is not None:
            return phone, message.reply, message.received_at
    return None


def begin_reply_lookup(
    session: Session, inbound_id: int, now: datetime, lease: timedelta
) -> ReplyLookup | None:
    """Claim one answer; None when another clock has, or when it is too late to answer again."""
    due = InboundMessage.id == inbound_id, InboundMessage.reply_settle_after <= now
    message = session.scalar(
        select(InboundMessage).where(*due).with_for_update(skip_locked=True, key_share=True)
    )
    if message is None:
        return None
    phone = message.customer.phone if message.customer is not None else None
    if phone is None or message.reply is None or message.received_at <= now - WORTH_ANSWERING_FOR:
        message.reply_settle_after = None
        return None
    message.reply_lookups += 1
    message.reply_settle_after = now + lease * min(message.reply_lookups, MOST_LEASES)
    return ReplyLookup(
        message.id, phone, not_before(message.received_at, now), message.reply_lookups, message.request_id
    )


def finish_reply_lookup(
    session: Session,
    lookup: ReplyLookup,
    listed: Iterable[Listed],
    now: datetime,
    *,
    look_again_after: timedelta,
) -> tuple[TextState | None, set[int]]:
    """Note what the carrier's list says. Absent twice, the outbox answers.

    Gives the state if it is settled, and the queues whose pages have news.
    """
    found = select(InboundMessage).where(InboundMessage.id == lookup.inbound_id)
    found = found.with_for_update(key_share=True)
    message = session.scalars(found, execution_options={"populate_existing": True}).one()
    if message.reply_state is not None or message.reply is None:
        message.reply_settle_after = None
        return None, set()
    alike = [one for one in listed if one.body.strip() == message.reply.strip()]
    if len(alike) > _known_alike(session, message):
        last = max(alike, key=lambda one: RANK[one.state])
        return last.state, _note(session, message, last.state, last.error_code, now)
    if message.reply_lookups != lookup.lookups:
        return None, set()
    if message.reply_absent_at is None:
        message.reply_absent_at, message.reply_settle_after = now, now + look_again_after
        return None, set()
    message.reply_state, message.reply_settle_after = TextState.EXPIRED, None
    if not _is_superseded(session, message):
        answer_late(session, message, now)
    return TextState.EXPIRED, set()


def put_off_reply_lookup(session: Session, lookup: ReplyLookup, now: datetime) -> None:
    """The carrier gave no complete list: it is asked again later and later."""
    message = session.get_one(InboundMessage, lookup.inbound_id)
    if message.reply_settle_after is not None and message.reply_lookups == lookup.lookups:
        pause: timedelta = FIRST_RETRY * 2 ** min(max(0, message.reply_lookups - 1), 10)
        message.reply_settle_after = now + min(LONGEST_RETRY, pause)


def _known_alike(session: Session, message: InboundMessage) -> int:
    """How many other answers with the same words the carrier is known to have had in that time."""
    others = (
        InboundMessage.customer_id == message.customer_id,
        InboundMessage.id != message.id,
        InboundMessage.reply == message.reply,
        InboundMessage.received_at >= message.received_at - SKEW,
        InboundMessage.reply_state.is_not(None),
        InboundMessage.reply_state != TextState.EXPIRED,
    )
    return session.scalar(select(func.count()).select_from(InboundMessage).where(*others)) or 0


def _is_superseded(session: Session, message: InboundMessage) -> bool:
    """Whether a later text of theirs was answered, or something newer has been told to them since."""
    later = exists().where(InboundMessage.customer_id == message.customer_id, InboundMessage.id > message.id)
    return bool(session.scalar(select(later))) or heard_since(
        session, message.customer_id, message.received_at
    )


def _note(
    session: Session, message: InboundMessage, state: TextState, code: int | None, now: datetime
) -> set[int]:
    message.reply_state, message.reply_settle_after = state, None
    if state == TextState.DELIVERED:
        note_arrival(session, message.customer_id)
    if state != TextState.FAILED or message.customer is None:
        return set()
    message.reply_error_code = code
    heed_phone(session, message.customer, message.our_number_id, kind_of_error(code), now)
    take_back_welcome(session, message.customer_id, message.received_at)
    return pages_of_customer(session, message.customer_id)


def _moves(known: TextState | None, reported: TextState) -> bool:
    return known is None or RANK[known] < RANK[reported]
