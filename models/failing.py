"""What follows when a text did not get through: said of the phone, of our account, and of the text itself.

The one place for answers to a send and for delivery reports. Each function gives the ids of the queues
whose pages have news, to be told in a transaction of its own (`tell_pages`).
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.business import OurNumber
from models.holding import HOLDS, hold
from models.message import TURN_TEXTS, OutboundMessage, TextKind, put_in_outbox
from models.people import Customer, Texted
from models.queues import Queue
from models.rejection import RejectionKind
from models.still_true import CALLS, TELL_A_PLACE
from models.ticket import Ticket
from models.ticket_states import LIVE, TicketState, among

ONCE_MORE_AFTER = timedelta(seconds=20)
# The carrier took it for pumping and blocks for a quarter or half an hour.
ONCE_MORE_AFTER_CODE = {30450: timedelta(minutes=20)}
ONCE_MORE = ":again"


def heed_failure(
    session: Session, message: OutboundMessage, kind: RejectionKind, code: int | None, now: datetime
) -> set[int]:
    """The carrier had accepted it, and it has not arrived."""
    news = pages_about(session, message)
    heed_phone(session, message.recipient, message.our_number_id, kind, now)
    if kind in HOLDS:
        reason = in_words(kind, code)
        claimed_at = message.claimed_at or now
        hold(session, message.our_number_id, kind, reason, now, claimed_at=claimed_at, by_report=True)
        news |= pages_of_number(session, message.our_number_id)
    if _is_worth_another(kind, message):
        send_once_more(session, message, code, now)
    return news


def heed_phone(
    session: Session, recipient: Texted, our_number_id: int, kind: RejectionKind, now: datetime
) -> None:
    """What the carrier says of a phone: nothing more is sent to it, and its tickets say "call aloud"."""
    if kind == RejectionKind.OPTED_OUT:
        recipient.opt_out(session, our_number_id, now)
    elif kind == RejectionKind.BAD_NUMBER and recipient.unreachable_at is None:
        recipient.unreachable_at = now
    if isinstance(recipient, Customer):
        recipient.text_failed_at = now


def take_back_welcome(session: Session, customer_id: int | None, claimed_at: datetime | None) -> None:
    """It did not leave, so the next text to this phone is the first."""
    mine = (Customer.id == customer_id, Customer.welcomed_at == claimed_at)
    session.execute(update(Customer).where(*mine).values(welcomed_at=None))


def note_arrival(session: Session, customer_id: int | None) -> None:
    """A text has reached them: what failed before it is of no matter any more."""
    session.execute(
        update(Customer)
        .where(Customer.id == customer_id, Customer.text_failed_at.is_not(None))
        .values(text_failed_at=None)
    )


def send_once_more(session: Session, message: OutboundMessage, code: int | None, now: datetime) -> None:
    """A new text, since the carrier has ended the other; only one, and only while it is true."""
    delay = ONCE_MORE_AFTER_CODE.get(code or 0, ONCE_MORE_AFTER)
    is_over = message.expires_at is not None and message.expires_at <= now + delay
    if message.key.endswith(ONCE_MORE) or message.obsolete_at is not None or is_over:
        return
    if not _fits_the_ticket(session, message) or not message.facts:
        return
    put_in_outbox(
        session,
        message.kind,
        key=f"{message.key}{ONCE_MORE}",
        our_number_id=message.our_number_id,
        language=message.language,
        facts=message.facts,
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
    """The queues whose pages show what becomes of this text."""
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


def tell_pages(session: Session, queue_ids: set[int]) -> None:
    """What became of a text is news on the queue's pages.

    In a transaction of its own: verbs take the queue's lock before a text's, and here it would come after.
    """
    for queue_id in sorted(queue_ids):
        session.execute(update(Queue).where(Queue.id == queue_id).values(revision=Queue.revision + 1))


def in_words(kind: RejectionKind, code: int | None) -> str:
    """Why no text leaves, for the people at the counter."""
    number = f" (error {code})" if code else ""
    if kind == RejectionKind.DAILY_CAP:
        return f"the daily limit of texts is reached{number}"
    return f"the carrier refuses our account or number{number}"


def _is_worth_another(kind: RejectionKind, message: OutboundMessage) -> bool:
    """A passing failure is, what our account or its limit kept back, and a turn text that was too late."""
    if kind == RejectionKind.TOO_LATE:
        return message.kind == TextKind.YOUR_TURN
    return kind == RejectionKind.PASSING or kind in HOLDS


def _fits_the_ticket(session: Session, message: OutboundMessage) -> bool:
    """As far as can be told now; whether it is still true is asked again when it leaves."""
    if message.ticket_id is None or message.kind not in CALLS | TELL_A_PLACE:
        return True
    state = session.scalar(select(Ticket.state).where(Ticket.id == message.ticket_id))
    return state == (TicketState.CALLED if message.kind in CALLS else TicketState.WAITING)
