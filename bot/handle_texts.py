"""A customer's text is taken in, once per MessageSid, and answered: at the webhook, or late by the clock.

Runs inside the caller's transaction; never commits or sends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, joinedload

from bot.conversation import answer
from bot.incoming import HandledText, IncomingText, UnroutedText
from bot.joining.joins_batched import join_batch
from bot.understanding import first_word, is_reserved
from models.delivery.reply_delivery import answer_late
from models.people.addresses import Address
from models.people.business import OurNumber
from models.people.typed_phones import without_phones
from models.queueing.tables.queues import Queue
from models.storage.group_commit import GroupTooLarge
from models.storage.request_id import under_request
from models.texts.inbox import InboundMessage
from models.texts.text_states import TextState

MOST_HANDLED_SINGLY = 64  # in one transaction: some take twenty statements each, under the queue's lock


def may_share_a_commit(text: UnroutedText) -> str | None:
    """Texts with the same key may share a transaction, as they lock one queue; None for a word about any."""
    word = first_word(text.body)
    return None if not word or is_reserved(word) else f"{text.our_address} {word}"


def lock_queue_named(session: Session, text: UnroutedText) -> None:
    """The queue that a text names by its first word, if any: what texts which may share a commit wait for."""
    if may_share_a_commit(text):
        Queue.lock_named(session, text.our_address, first_word(text.body))


def handle_texts(
    session: Session,
    texts: Sequence[UnroutedText],
    *,
    now: datetime,
    public_url: str,
    settle_after: timedelta,
) -> list[HandledText | None]:
    """The answers to texts of one moment, in their order; None for a text to a number that is not ours.

    Raises GroupTooLarge if more than MOST_HANDLED_SINGLY could not be joined as a batch.
    """
    handled_singly = 0
    ours = _numbers(session, {text.our_address for text in texts})
    answers: dict[str, HandledText] = {}
    for number, queues in ours.values():
        mine = [text.routed_to(number.id) for text in texts if text.our_address == number.address]
        answers |= join_batch(
            session, number, queues, mine, now=now, public_url=public_url, settle_after=settle_after
        )
        rest = [text for text in mine if text.sid not in answers]
        handled_singly += len(rest)
        if handled_singly > MOST_HANDLED_SINGLY:
            raise GroupTooLarge
        for text in rest:  # one after the other, as each may change what the next one finds
            with under_request(text.request_id):
                answers[text.sid] = handle_text(
                    session, text, now=now, public_url=public_url, settle_after=settle_after
                )
            session.flush()
            session.expire_all()
    return [answers[text.sid] if text.our_address in ours else None for text in texts]


def _numbers(session: Session, addresses: set[Address]) -> dict[Address, tuple[OurNumber, list[Queue]]]:
    """Our numbers among these addresses, each with its business's queues."""
    found: dict[Address, tuple[OurNumber, list[Queue]]] = {}
    phones = {address.phone for address in addresses}
    for number, queue in session.execute(_NUMBERS_AND_QUEUES, {"phones": list(phones)}):
        if number.address not in addresses:
            continue  # the same phone on another channel
        _, queues = found.setdefault(number.address, (number, []))
        if queue is not None:
            queues.append(queue)
    return found


_NUMBERS_AND_QUEUES = (
    select(OurNumber, Queue)
    .outerjoin(Queue, and_(Queue.business_id == OurNumber.business_id, Queue.archived_at.is_(None)))
    .where(OurNumber.phone.in_(bindparam("phones", expanding=True)), OurNumber.retired_at.is_(None))
    .order_by(OurNumber.id, Queue.keyword)
    .options(joinedload(OurNumber.business, innerjoin=True))
)


def handle_text(
    session: Session, text: IncomingText, *, now: datetime, public_url: str, settle_after: timedelta
) -> HandledText:
    """What to answer in the webhook's response; a copy of a text that came before gets the same answer.

    Silence for one that the outbox has answered meanwhile. `settle_after` so long without news of the
    answer, the carrier is asked for it.
    """
    message, is_new = _take_in(session, text, now, public_url, late=False)
    if is_new and message.reply is not None:
        message.reply_settle_after = now + settle_after
    is_answered = message.late or message.reply_state == TextState.EXPIRED
    return HandledText(None if is_answered else message.reply, message.reply_kind, is_new)


def handle_missed_text(
    session: Session, text: IncomingText, *, now: datetime, public_url: str
) -> HandledText:
    """A text that the webhook missed: does what it asks, and the outbox answers."""
    message, is_new = _take_in(session, text, now, public_url, late=True)
    if is_new:
        answer_late(session, message, now)
    return HandledText(message.reply, message.reply_kind, is_new)


def skip_missed_text(session: Session, text: IncomingText, *, now: datetime) -> None:
    """A missed text that a later one of the same phone has overtaken: neither done nor answered, nor kept."""
    number = session.get_one(OurNumber, text.our_number_id)
    InboundMessage.record(session, sid=text.sid, our_number=number, body="", now=now, late=True)


def _take_in(
    session: Session, text: IncomingText, now: datetime, public_url: str, *, late: bool
) -> tuple[InboundMessage, bool]:
    number = session.get_one(OurNumber, text.our_number_id)
    message, is_new = InboundMessage.record(
        session, sid=text.sid, our_number=number, body=text.body, now=now, late=late
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
        message.reply_kind, message.reply, message.reply_segments = reply.kind, reply.text, reply.segments
        message.body = without_phones(message.body, number.phone)
    return message, is_new
