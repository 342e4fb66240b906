"""The outbox being emptied: a text is claimed, called out to the carrier by somebody else, then settled.

The claim is committed before the call and the outcome after it, so that a crash in between leaves a row
whose lease runs out: it is unknown then, never silently sent again. Knows no carrier and no wording.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from models.business import OurNumber
from models.event import Event
from models.message import OutboundMessage, TextKind, TextState, advance
from models.people import Customer
from models.queues import Queue
from models.rejection import RejectionKind
from models.ticket import Ticket
from models.ticket_states import TicketState

TEXTS = OutboundMessage.__table__
# Written out as the partial indexes have them: a bound parameter can't use one.
_IS_WAITING: ColumnElement[bool] = TEXTS.c.state == literal_column("'waiting'")
_IS_SENDING: ColumnElement[bool] = TEXTS.c.state == literal_column("'sending'")
_IS_UNSETTLED: ColumnElement[bool] = TEXTS.c.state.in_(
    [literal_column("'sending'", String), literal_column("'unknown'", String)]
)


@dataclass(frozen=True)
class Worded:
    """A text as it leaves."""

    body: str
    segments: int
    welcomes: bool
    """Says who we are and how to stop."""


@dataclass(frozen=True)
class Claim:
    """A text that this clock alone may hand to the carrier, until the lease runs out."""

    message_id: int
    attempt: int
    kind: TextKind
    ticket_id: int | None
    queue_id: int | None
    customer_id: int | None
    our_number_id: int
    sender: str
    to: str
    body: str
    segments: int
    reference: str
    claimed_at: datetime
    expires_at: datetime | None
    next_text_after: datetime
    """When the number may send again."""


@dataclass(frozen=True)
class NotSent:
    """A text that was due and will never leave."""

    message_id: int
    kind: TextKind
    ticket_id: int | None
    queue_id: int | None
    state: TextState
    reason: str


def numbers_with_texts_due(session: Session, now: datetime) -> list[tuple[int, datetime | None]]:
    """Our numbers that have something to send now, each with the moment from which it may."""
    due = select(TEXTS.c.id).where(
        TEXTS.c.our_number_id == OurNumber.id, _IS_WAITING, TEXTS.c.send_after <= now
    )
    numbers = select(OurNumber.id, OurNumber.next_text_after).where(due.exists()).order_by(OurNumber.id)
    return [(number_id, free_at) for number_id, free_at in session.execute(numbers)]


def claim_next(
    session: Session,
    our_number_id: int,
    now: datetime,
    *,
    word: Callable[[OutboundMessage, bool], Worded],
    lease: timedelta,
    pause_per_segment: timedelta,
) -> Claim | NotSent | None:
    """The most urgent text due from this number, claimed; or one that is over, put away; None if none is due.

    `word(text, is_first)` gives its wording. The number then rests for a pause per segment, for all clocks.
    """
    number = _free_number(session, our_number_id, now)
    message = _most_urgent(session, our_number_id, now) if number is not None else None
    if number is None or message is None:
        return None
    refusal = _why_not(session, message, now)
    if refusal is not None:
        return _put_away(message, *refusal)
    customer = message.customer
    is_first = customer is not None and customer.welcomed_at is None
    try:
        worded = word(message, is_first)
    except Exception as fault:  # one text without wording must not hold up the others
        return _put_away(message, TextState.REJECTED, f"no wording: {fault!r}")
    if customer is not None and is_first and worded.welcomes:
        customer.welcomed_at = now
    number.next_text_after = now + pause_per_segment * max(1, worded.segments)
    message.state = TextState.SENDING
    message.claimed_at, message.lease_until = now, now + lease
    message.body, message.segments = worded.body, worded.segments
    message.attempts += 1
    message.error = None
    return Claim(
        message_id=message.id,
        attempt=message.attempts,
        kind=message.kind,
        ticket_id=message.ticket_id,
        queue_id=message.queue_id,
        customer_id=message.customer_id,
        our_number_id=number.id,
        sender=number.phone,
        to=message.recipient.phone or "",
        body=worded.body,
        segments=worded.segments,
        reference=message.reference,
        claimed_at=now,
        expires_at=message.expires_at,
        next_text_after=number.next_text_after,
    )


def settle_accepted(session: Session, claim: Claim, carrier_sid: str, now: datetime) -> None:
    """The carrier has it. A delivery report may have said so, or more, before our own call returned."""
    if not advance(session, claim.message_id, TextState.ACCEPTED, now, carrier_sid=carrier_sid):
        session.execute(
            update(TEXTS)  # type: ignore[arg-type]
            .where(TEXTS.c.id == claim.message_id)
            .values(
                carrier_sid=func.coalesce(TEXTS.c.carrier_sid, carrier_sid),
                accepted_at=func.coalesce(TEXTS.c.accepted_at, now),
            )
        )


def settle_rejected(
    session: Session, claim: Claim, now: datetime, *, code: int | None, kind: RejectionKind, message: str
) -> None:
    """The carrier refused it: nothing was sent, and what it says of the phone is kept."""
    error = f"{kind}: {message}"[:200]
    _settle(session, claim, TextState.REJECTED, error_code=code, error=error)
    recipient = session.get_one(OutboundMessage, claim.message_id).recipient
    if kind == RejectionKind.OPTED_OUT:
        recipient.opt_out(session, claim.our_number_id, now)
    elif kind == RejectionKind.BAD_NUMBER and recipient.unreachable_at is None:
        recipient.unreachable_at = now
    _take_back_welcome(session, claim)


def settle_busy(session: Session, claim: Claim, *, send_after: datetime, reason: str) -> None:
    """Nothing was sent, and it is safe to send again: it waits once more, unless it is untrue by now."""
    unsent = {"body": None, "segments": None, "claimed_at": None, "error": reason[:200]}
    still_true = TEXTS.c.obsolete_at.is_(None)
    _settle(session, claim, TextState.WAITING, still_true, send_after=send_after, **unsent)
    _settle(session, claim, TextState.EXPIRED, ~still_true, **unsent)
    _take_back_welcome(session, claim)


def settle_unknown(session: Session, claim: Claim, reason: str) -> None:
    """Nobody knows whether the carrier has it; only a delivery report or the carrier's list can tell."""
    _settle(session, claim, TextState.UNKNOWN, error=reason[:200])


def give_up_lapsed(session: Session, now: datetime) -> list[NotSent]:
    """Texts whose clock died in mid-call: their lease is over, so their outcome is unknown."""
    reason = "the clock that was sending it stopped"
    lapsed = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(_IS_UNSETTLED, _IS_SENDING, TEXTS.c.lease_until < now)
        .values(state=TextState.UNKNOWN, lease_until=None, error=reason)
        .returning(TEXTS.c.id, TEXTS.c.kind, TEXTS.c.ticket_id, TEXTS.c.queue_id)
    )
    return [
        NotSent(row.id, row.kind, row.ticket_id, row.queue_id, TextState.UNKNOWN, reason) for row in lapsed
    ]


def expire_stale(session: Session, now: datetime) -> int:
    """Put away what waited for too long; gives how many."""
    stale = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(_IS_WAITING, or_(TEXTS.c.expires_at <= now, TEXTS.c.obsolete_at.is_not(None)))
        .values(state=TextState.EXPIRED, error="its time was over")
    )
    return int(stale.rowcount)  # type: ignore[attr-defined]


def tell_pages(session: Session, queue_id: int) -> None:
    """What became of a text is news on the queue's pages.

    In a transaction of its own: verbs take the queue's lock before a text's, and here it would come after.
    """
    session.execute(update(Queue).where(Queue.id == queue_id).values(revision=Queue.revision + 1))


def _free_number(session: Session, our_number_id: int, now: datetime) -> OurNumber | None:
    """The number, locked, if it may send now. A number that another clock is sending from is passed over.

    NO KEY, since whoever puts a text into the outbox holds a key share of its number.
    """
    may = or_(OurNumber.next_text_after.is_(None), OurNumber.next_text_after <= now)
    number = select(OurNumber).where(OurNumber.id == our_number_id, may)
    return session.scalar(number.with_for_update(skip_locked=True, key_share=True))


def _most_urgent(session: Session, our_number_id: int, now: datetime) -> OutboundMessage | None:
    due = and_(OutboundMessage.our_number_id == our_number_id, _IS_WAITING, OutboundMessage.send_after <= now)
    texts = select(OutboundMessage).where(due).order_by(OutboundMessage.priority, OutboundMessage.id).limit(1)
    return session.scalar(texts.with_for_update(skip_locked=True, key_share=True))


def _why_not(session: Session, message: OutboundMessage, now: datetime) -> tuple[TextState, str] | None:
    """What has changed since it was put into the outbox, if it must not leave any more."""
    if message.obsolete_at is not None or (message.expires_at is not None and message.expires_at <= now):
        return TextState.EXPIRED, "its time was over"
    if message.recipient.phone is None:
        return TextState.REJECTED, "no phone"
    if message.recipient.has_opted_out(session, message.our_number_id):
        return TextState.REJECTED, "opted out"
    if message.recipient.unreachable_at is not None:
        return TextState.REJECTED, "this phone can't get texts"
    if message.kind == TextKind.SOMEBODY_JOINED and not _waits_still(session, message.event_id):
        return TextState.EXPIRED, "nobody waits any more"
    return None


def _waits_still(session: Session, event_id: int | None) -> bool:
    """Whether the customer whose joining this was has been neither called nor lost since."""
    state = select(Ticket.state).join(Event, Event.ticket_id == Ticket.id).where(Event.id == event_id)
    return session.scalar(state) == TicketState.WAITING


def _put_away(message: OutboundMessage, state: TextState, reason: str) -> NotSent:
    message.state, message.error = state, reason[:200]
    return NotSent(message.id, message.kind, message.ticket_id, message.queue_id, state, reason)


def _settle(
    session: Session, claim: Claim, state: TextState, *conditions: ColumnElement[bool], **values: object
) -> None:
    """Only while nothing more is known of this very attempt: a report may have come first."""
    mine = (TEXTS.c.id == claim.message_id, TEXTS.c.attempts == claim.attempt)
    undecided = TEXTS.c.state.in_((TextState.SENDING, TextState.UNKNOWN))
    session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(*mine, undecided, *conditions)
        .values(state=state, lease_until=None, **values)
    )


def _take_back_welcome(session: Session, claim: Claim) -> None:
    """It did not leave, so the next text to this phone is the first."""
    mine = (Customer.id == claim.customer_id, Customer.welcomed_at == claim.claimed_at)
    session.execute(update(Customer).where(*mine).values(welcomed_at=None))
