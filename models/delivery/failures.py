"""What follows from a failed text: for the phone, for our account, and for the text itself.

Used for refused sends and for delivery reports alike. Functions return the ids of the queues whose pages
change; `notify_pages` tells them, in a transaction of its own.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.delivery.channel_windows import STANDS_IN_FACT, sms_instead
from models.delivery.circuit_breaker import HOLDS, SUSPICIONS, hold, hold_reason
from models.delivery.staleness import ABOUT_PLACE
from models.delivery.suspicion import suspect
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.texted import Texted
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.texts.error_codes import RejectionKind
from models.texts.outbox import RETRY_SUFFIX, SMS_SUFFIX, OutboundMessage, put_in_outbox
from models.texts.text_kinds import TURN_TEXTS, TextKind

RETRY_AFTER = timedelta(seconds=20)
# The carrier took it for SMS pumping, and blocks for a quarter or half an hour.
RETRY_AFTER_CODE = {30450: timedelta(minutes=20)}


def apply_failure(
    session: Session, message: OutboundMessage, kind: RejectionKind, code: int | None, now: datetime
) -> set[int]:
    """The carrier accepted it, but could not deliver it."""
    news = pages_about(session, message)
    undo_welcome(session, message.customer_id, message.claimed_at)
    apply_to_phone(session, message.recipient, message.our_number_id, kind, now)
    claimed_at = message.claimed_at or now
    if kind in SUSPICIONS and suspect(
        session, message, kind, code, now, claimed_at=claimed_at, by_report=True
    ):
        news |= pages_of_number(session, message.our_number_id)
    if kind in HOLDS:
        reason = hold_reason(kind, code)
        hold(session, message.our_number_id, kind, reason, now, claimed_at=claimed_at, by_report=True)
        news |= pages_of_number(session, message.our_number_id)
    if _deserves_retry(kind, message):
        queue_retry(session, message, code, now)
    if kind == RejectionKind.NOT_BY_CHANNEL:
        queue_by_sms(session, message, now)
    return news


def apply_to_phone(
    session: Session, recipient: Texted, our_number_id: int, kind: RejectionKind, now: datetime
) -> None:
    """Record what the carrier says of a phone: it gets no more texts, and its tickets say "call aloud"."""
    if kind in (RejectionKind.OPTED_OUT, RejectionKind.BLOCKED):
        recipient.opt_out(session, our_number_id, now, is_block=kind == RejectionKind.BLOCKED)
    elif kind == RejectionKind.BAD_NUMBER and recipient.unreachable_at is None:
        recipient.unreachable_at = now
    if isinstance(recipient, Customer):
        recipient.text_failed_at = now


def undo_welcome(session: Session, customer_id: int | None, claimed_at: datetime | None) -> None:
    """The welcoming text did not leave or arrive, so the next text to this phone is the first."""
    mine = (Customer.id == customer_id, Customer.welcomed_at == claimed_at)
    session.execute(update(Customer).where(*mine).values(welcomed_at=None))


def record_arrival(session: Session, customer_id: int | None) -> None:
    """A text has reached them: earlier failures no longer matter."""
    session.execute(
        update(Customer)
        .where(Customer.id == customer_id, Customer.text_failed_at.is_not(None))
        .values(text_failed_at=None)
    )


def queue_retry(session: Session, message: OutboundMessage, code: int | None, now: datetime) -> None:
    """Queue the same text anew, since the carrier gave up on the other; once, and only while it is true."""
    delay = RETRY_AFTER_CODE.get(code or 0, RETRY_AFTER)
    if not message.key.endswith(RETRY_SUFFIX):
        key = f"{message.key}{RETRY_SUFFIX}"
        _queue_anew(session, message, now, key=key, our_number_id=message.our_number_id, delay=delay)


def queue_by_sms(session: Session, message: OutboundMessage, now: datetime) -> None:
    """Its channel does not reach the phone, so nothing arrived: by SMS instead, once, where that may be."""
    number = sms_instead(session, message)
    if number is not None:
        key = f"{message.key}{SMS_SUFFIX}"
        _queue_anew(
            session, message, now, key=key, our_number_id=number.id, delay=timedelta(0), **STANDS_IN_FACT
        )


def _queue_anew(
    session: Session,
    message: OutboundMessage,
    now: datetime,
    *,
    key: str,
    our_number_id: int,
    delay: timedelta,
    **more_facts: bool,
) -> None:
    """Only while it is true."""
    is_over = message.expires_at is not None and message.expires_at <= now + delay
    if message.obsolete_at is not None or is_over:
        return
    if not _fits_the_ticket(session, message) or not message.facts:
        return
    put_in_outbox(
        session,
        message.kind,
        key=key,
        our_number_id=our_number_id,
        language=message.language,
        facts=message.facts | more_facts,
        now=now,
        customer_id=message.customer_id,
        servicer_id=message.servicer_id,
        queue_id=message.queue_id,
        ticket_id=message.ticket_id,
        event_id=message.event_id,
        delay=delay,
        request_id=message.request_id,
    )


def pages_about(session: Session, message: OutboundMessage) -> set[int]:
    """The queues whose pages show the outcome of this text."""
    own = {message.queue_id} if message.queue_id is not None and message.kind in TURN_TEXTS else set()
    return own | pages_of_customer(session, message.customer_id)


def pages_of_customer(session: Session, customer_id: int | None) -> set[int]:
    if customer_id is None:
        return set()
    live = select(Ticket.queue_id).where(Ticket.customer_id == customer_id, among(Ticket.state, LIVE))
    return set(session.scalars(live))


def pages_of_number(session: Session, our_number_id: int) -> set[int]:
    business_id = select(OurNumber.business_id).where(OurNumber.id == our_number_id).scalar_subquery()
    return set(session.scalars(select(Queue.id).where(Queue.business_id == business_id)))


def notify_pages(session: Session, queue_ids: set[int]) -> None:
    """Refresh the pages of these queues, as the outcome of a text has changed.

    In a transaction of its own: elsewhere the queue is locked before a text, and here it would come after.
    """
    for queue_id in sorted(queue_ids):
        session.execute(update(Queue).where(Queue.id == queue_id).values(revision=Queue.revision + 1))


def _deserves_retry(kind: RejectionKind, message: OutboundMessage) -> bool:
    """True for a passing failure, for a fault or limit of our account, and for a turn text that was late."""
    if kind == RejectionKind.TOO_LATE:
        return message.kind == TextKind.YOUR_TURN
    return kind in (RejectionKind.PASSING, RejectionKind.PERHAPS_OURS, *HOLDS)


def _fits_the_ticket(session: Session, message: OutboundMessage) -> bool:
    """A first check; staleness is checked again when it leaves."""
    if message.ticket_id is None or message.kind not in (*TURN_TEXTS, *ABOUT_PLACE):
        return True
    state = session.scalar(select(Ticket.state).where(Ticket.id == message.ticket_id))
    return state == (TicketState.CALLED if message.kind in TURN_TEXTS else TicketState.WAITING)
