"""The delivery of answers given in TwiML: reported by the carrier, or looked for in its list.

Such an answer goes out with the webhook's response, and we learn no sid: if the connection breaks at that
moment, it is lost. Then, and only if the carrier is proven not to have it, the outbox sends it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from models.delivery.delivery_reports import Report, ReportResult
from models.delivery.failures import apply_to_phone, pages_of_customer, record_arrival, undo_welcome
from models.delivery.last_texts import LAST_TEXT, LATE_ANSWER_KEY
from models.delivery.settlement import FIRST_RETRY, LONGEST_RETRY, MAX_LEASES, SKEW, Listed, not_before
from models.delivery.staleness import texted_since
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.error_codes import RejectionKind, kind_of_error
from models.texts.inbox import InboundMessage
from models.texts.outbox import put_in_outbox
from models.texts.text_kinds import TextKind
from models.texts.text_states import RANK, TextState

AT_A_TIME = 50
LOOKED_THROUGH = 500
# Kinds of replies, as in bot/reply_kinds.py: the one that tells a number, and those to remarks, which do not.
TELLS_NUMBER = "joined"
TO_REMARKS = ("passed_on", "nobody_reads")
# A later answer is useless.
WORTH_ANSWERING_FOR = timedelta(minutes=15)


class ReplyLookup(NamedTuple):
    inbound_id: int
    phone: str
    channel: Channel
    since: datetime
    lookups: int
    """How often it has been looked up: only the latest lookup counts."""
    request_id: str | None


def apply_reply_report(session: Session, sid: str, report: Report, now: datetime) -> ReportResult | None:
    """Record what the carrier reports of our answer to the text with this sid; its state never goes back.

    None for an unknown text, or if nothing changed.
    """
    found = select(InboundMessage).where(InboundMessage.sid == sid).with_for_update(key_share=True)
    message = session.scalar(found)
    if message is None or not _advances(message.reply_state, report.state):
        return None
    news = _record(session, message, report.state, report.error_code, now)
    return ReportResult(message.id, message.request_id, news)


def answer_late(session: Session, message: InboundMessage, now: datetime) -> None:
    """Put the answer to a text into the outbox, once, as the webhook can no longer give it."""
    if message.reply is None or message.customer is None:
        return
    put_in_outbox(
        session,
        TextKind.LATE_ANSWER,
        key=f"{LATE_ANSWER_KEY}{message.sid}",
        our_number_id=message.our_number_id,
        customer_id=message.customer_id,
        language=message.customer.spoken or message.our_number.business.language,
        facts={"note": message.reply},
        now=now,
        queue_id=message.queue_id,
        request_id=message.request_id,
    )


def replies_due(session: Session, now: datetime) -> list[tuple[int, Channel]]:
    """Answers without a report for so long that the carrier is to be asked, each with its channel."""
    due = select(InboundMessage.id, OurNumber.channel).join(InboundMessage.our_number)
    due = due.where(InboundMessage.reply_settle_after <= now)
    rows = session.execute(due.order_by(InboundMessage.reply_settle_after).limit(AT_A_TIME))
    return [(row.id, row.channel) for row in rows]


def drop_old_replies(session: Session, now: datetime) -> None:
    """Stop looking for answers that are too old to be useful."""
    old = InboundMessage.reply_settle_after <= now - WORTH_ANSWERING_FOR
    session.execute(update(InboundMessage).where(old).values(reply_settle_after=None))


def known_delivered_reply(session: Session, channel: Channel) -> tuple[str, str, datetime] | None:
    """(phone, words, moment) of an answer that the carrier has reported on: this channel's list should
    contain it."""
    newest = session.scalar(select(func.max(InboundMessage.id))) or 0
    reported = select(InboundMessage).where(
        InboundMessage.id > newest - LOOKED_THROUGH,
        InboundMessage.reply_state.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED)),
        InboundMessage.reply.is_not(None),
        InboundMessage.late.is_(False),
        InboundMessage.our_number_id.in_(select(OurNumber.id).where(OurNumber.channel == channel)),
    )
    for message in session.scalars(reported.order_by(InboundMessage.id.desc()).limit(1)):
        phone = message.customer.phone if message.customer is not None else None
        if phone is not None and message.reply is not None:
            return phone, message.reply, message.received_at
    return None


def begin_reply_lookup(
    session: Session, inbound_id: int, now: datetime, lease: timedelta
) -> ReplyLookup | None:
    """Claim one answer; None if another clock has, or if it is too late to answer again."""
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
    message.reply_settle_after = now + lease * min(message.reply_lookups, MAX_LEASES)
    return ReplyLookup(
        message.id,
        phone,
        message.our_number.channel,
        not_before(message.received_at, now),
        message.reply_lookups,
        message.request_id,
    )


def finish_reply_lookup(
    session: Session,
    lookup: ReplyLookup,
    listed: Iterable[Listed],
    now: datetime,
    *,
    look_again_after: timedelta,
) -> tuple[TextState | None, set[int]]:
    """Record what the carrier's list says. If the answer is absent twice, the outbox sends it.

    Returns the state if it is settled, and the queues whose pages change.
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
        return last.state, _record(session, message, last.state, last.error_code, now)
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
    """The carrier gave no complete list: ask again, after growing pauses."""
    message = session.get_one(InboundMessage, lookup.inbound_id)
    if message.reply_settle_after is not None and message.reply_lookups == lookup.lookups:
        pause: timedelta = FIRST_RETRY * 2 ** min(max(0, message.reply_lookups - 1), 10)
        message.reply_settle_after = now + min(LONGEST_RETRY, pause)


def _known_alike(session: Session, message: InboundMessage) -> int:
    """How many other answers with the same words the carrier is known to have got in that time."""
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
    """Whether a later text of theirs was answered, or they have been sent something newer since.

    A customer who has written to the counter since still has to be told their number and its page.
    """
    later = exists().where(InboundMessage.customer_id == message.customer_id, InboundMessage.id > message.id)
    if message.reply_kind == TELLS_NUMBER and _still_waits(session, message):
        later = later.where(InboundMessage.reply_kind.not_in(TO_REMARKS))
    return bool(session.scalar(select(later))) or texted_since(
        session, message.customer_id, message.received_at
    )


def _still_waits(session: Session, message: InboundMessage) -> bool:
    theirs = Ticket.customer_id == message.customer_id, Ticket.queue_id == message.queue_id
    return bool(session.scalar(select(exists().where(*theirs, Ticket.state == TicketState.WAITING))))


def _record(
    session: Session, message: InboundMessage, state: TextState, code: int | None, now: datetime
) -> set[int]:
    message.reply_state, message.reply_settle_after = state, None
    if state == TextState.DELIVERED:
        record_arrival(session, message.customer_id)
    if state != TextState.FAILED or message.customer is None:
        return set()
    message.reply_error_code, kind = code, kind_of_error(code)
    if kind == RejectionKind.OPTED_OUT and message.reply_kind == LAST_TEXT:
        # The carrier took their words for its own, and has answered: nothing has failed.
        message.reply_state = TextState.REJECTED
        message.customer.opt_out(session, message.our_number_id, now)
        return set()
    apply_to_phone(session, message.customer, message.our_number_id, kind, now)
    undo_welcome(session, message.customer_id, message.received_at)
    return pages_of_customer(session, message.customer_id)


def _advances(known: TextState | None, reported: TextState) -> bool:
    return known is None or RANK[known] < RANK[reported]
