"""The outbox being emptied: a text is claimed, called out to the carrier by somebody else, then settled.

The claim is committed before the call and the outcome after it, so that a crash in between leaves a row
whose lease runs out: it is unknown then, never silently sent again. Knows no carrier and no wording.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.allowance import TO_ONE_PHONE, allowance, use_one
from models.business import OurNumber
from models.holding import may_send_after
from models.limits import is_over
from models.message import TURN_TEXTS, OutboundMessage, TextKind, TextState
from models.still_true import NOT_TRUE, is_untrue

TEXTS = OutboundMessage.__table__
# Written out as the partial indexes have them: a bound parameter can't use one.
SKEW = timedelta(minutes=1)  # clocks of hosts that are kept in step are closer than that
LONGEST_REST = timedelta(minutes=15)
_IS_WAITING: ColumnElement[bool] = TEXTS.c.state == literal_column("'waiting'")
_IS_SENDING: ColumnElement[bool] = TEXTS.c.state == literal_column("'sending'")
IS_UNSETTLED: ColumnElement[bool] = TEXTS.c.state.in_(
    [literal_column("'sending'", String), literal_column("'unknown'", String)]
)

# How long the carrier may take to bring it to the phone; after that it is worth nothing.
VALID_FOR = {
    TextKind.YOUR_TURN: timedelta(minutes=15),
    TextKind.STILL_CALLED: timedelta(minutes=15),
    TextKind.CALLED_TOO_EARLY: timedelta(minutes=15),
    TextKind.REMINDER: timedelta(minutes=10),
    TextKind.NEARLY_UP: timedelta(minutes=15),
    TextKind.LATE_ANSWER: timedelta(minutes=15),
}
USUALLY_VALID_FOR = timedelta(hours=1)
# Texts about one ticket leave in the order of what they tell. A turn text waits no longer than this for an
# earlier one that is being handed over at this very moment.
TURN_TEXT_WAITS = timedelta(seconds=0.5)


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
    valid_for: timedelta
    """Worthless after so long."""
    next_text_after: datetime
    """When the number may send again."""
    request_id: str | None
    """Of the request that caused it."""


@dataclass(frozen=True)
class NotSent:
    """A text that was due and will never leave."""

    message_id: int
    kind: TextKind
    ticket_id: int | None
    queue_id: int | None
    state: TextState
    reason: str
    request_id: str | None


def numbers_with_texts_due(session: Session, now: datetime) -> list[tuple[int, datetime | None]]:
    """Our numbers that have something to send now, each with the moment from which it may."""
    return [(number.id, may_send_after(number)) for number in session.scalars(_WITH_TEXTS_DUE, {"now": now})]


def claim_next(
    session: Session,
    our_number_id: int,
    now: datetime,
    *,
    word: Callable[[OutboundMessage, bool], Worded],
    clock: str,
    lease: timedelta,
    pause_per_segment: timedelta,
) -> Claim | NotSent | None:
    """The most urgent text due from this number, claimed; or one that is over, put away; None if none is due.

    `word(text, is_first)` gives its wording. The number then rests for a pause per segment, for all clocks.
    """
    number = _free_number(session, our_number_id, now)
    message = _most_urgent(session, our_number_id, now) if number is not None else None
    if number is None or message is None or allowance(session, number.business, now).is_used_up:
        return None
    refusal = _why_not(session, message, now) or _too_many(session, message, now)
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
    if number.held_at is not None:
        number.probe_after = now + lease  # one probe at a time
    use_one(session, number.business, now)
    message.state = TextState.SENDING
    message.claimed_at, message.claimed_by, message.lease_until = now, clock, now + lease
    message.body, message.segments = worded.body, worded.segments
    message.attempts += 1
    message.error = message.error_code = message.absent_at = None
    message.lookups = 0
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
        valid_for=_valid_for(message, now),
        next_text_after=number.next_text_after,
        request_id=message.request_id,
    )


def clocks_in_mid_call(session: Session) -> list[str]:
    """The clocks that have claimed a text and not told its outcome yet."""
    clocks = select(TEXTS.c.claimed_by).where(IS_UNSETTLED, _IS_SENDING).distinct()
    return [clock for clock in session.scalars(clocks) if clock is not None]


def give_up_lapsed(
    session: Session, now: datetime, *, settle_after: datetime, gone: Collection[str] = ()
) -> list[NotSent]:
    """Texts whose clock died in mid-call, as its lease or `gone` says: their outcome is unknown."""
    reason = "the clock that was sending it stopped"
    lapsed = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(IS_UNSETTLED, _IS_SENDING, or_(TEXTS.c.lease_until < now, TEXTS.c.claimed_by.in_(gone)))
        .values(state=TextState.UNKNOWN, lease_until=None, settle_after=settle_after, error=reason)
        .returning(TEXTS.c.id, TEXTS.c.kind, TEXTS.c.ticket_id, TEXTS.c.queue_id, TEXTS.c.request_id)
    )
    return [
        NotSent(row.id, row.kind, row.ticket_id, row.queue_id, TextState.UNKNOWN, reason, row.request_id)
        for row in lapsed
    ]


def expire_stale(session: Session, now: datetime) -> int:
    """Put away what waited for too long; gives how many."""
    stale = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(_IS_WAITING, or_(TEXTS.c.expires_at <= now, TEXTS.c.obsolete_at.is_not(None)))
        .values(state=TextState.EXPIRED, error="its time was over")
    )
    return int(stale.rowcount)  # type: ignore[attr-defined]


def bring_forward(session: Session, now: datetime) -> int:
    """What was put off by a clock that went ahead of this one leaves now; gives how many texts.

    A clock that is an hour wrong and then put right, or wrong on one of two hosts, must not hold texts for
    that hour. Nobody puts a number off for as long as LONGEST_REST.
    """
    ahead = OurNumber.next_text_after > now + LONGEST_REST
    session.execute(update(OurNumber).where(ahead).values(next_text_after=now))
    done = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(_IS_WAITING, TEXTS.c.created_at > now + SKEW, TEXTS.c.send_after > now)
        .values(send_after=now)
    )
    is_put_off = TEXTS.c.settle_after > now + LONGEST_REST
    session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(IS_UNSETTLED, TEXTS.c.claimed_at > now + SKEW, is_put_off)
        .values(settle_after=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _free_number(session: Session, our_number_id: int, now: datetime) -> OurNumber | None:
    """The number, locked, if it may send now. A number that another clock is sending from is passed over.

    NO KEY, since whoever puts a text into the outbox holds a key share of its number.
    """
    number = session.scalar(_UNLOCKED, {"id": our_number_id})
    free_at = may_send_after(number) if number is not None else None
    return number if free_at is None or free_at <= now else None


def _most_urgent(session: Session, our_number_id: int, now: datetime) -> OutboundMessage | None:
    due = {"our_number_id": our_number_id, "now": now, "still_waits": now - TURN_TEXT_WAITS}
    urgent = session.scalar(_MOST_URGENT, due)
    if urgent is None or urgent.ticket_id is None or urgent.kind == TextKind.YOUR_TURN:
        return urgent
    about = {"about_ticket": urgent.ticket_id, "before_event": urgent.event_id}
    return session.scalar(_EARLIER, due | about) or urgent


def _an_earlier_one_is_under_way() -> ColumnElement[bool]:
    """Being handed over, or a turn text that has been put off: what repeats it must not come before it."""
    earlier = aliased(OutboundMessage)
    is_turn_text = OutboundMessage.kind == TextKind.YOUR_TURN
    is_sending = earlier.state == TextState.SENDING
    turn_is_put_off = and_(earlier.state == TextState.WAITING, earlier.kind == TextKind.YOUR_TURN)
    return exists().where(
        earlier.ticket_id == OutboundMessage.ticket_id,
        earlier.event_id < OutboundMessage.event_id,
        or_(
            and_(is_turn_text, is_sending, earlier.claimed_at > bindparam("still_waits")),
            and_(~is_turn_text, or_(is_sending, turn_is_put_off)),
        ),
    )


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
    if is_untrue(session, message):
        message.obsolete_at = now
        return TextState.EXPIRED, NOT_TRUE
    return None


def _too_many(session: Session, message: OutboundMessage, now: datetime) -> tuple[TextState, str] | None:
    """One phone gets only so many texts in a day; whose turn it is, is told all the same."""
    is_over_now = message.recipient.phone_hash and is_over(
        session, TO_ONE_PHONE, f"{message.our_number_id}:{message.recipient.phone_hash}", now
    )
    if is_over_now and message.kind not in TURN_TEXTS:
        return TextState.REJECTED, "too many texts to this phone today"
    return None


def _valid_for(message: OutboundMessage, now: datetime) -> timedelta:
    usual = VALID_FOR.get(message.kind, USUALLY_VALID_FOR)
    return usual if message.expires_at is None else min(usual, message.expires_at - now)


def _put_away(message: OutboundMessage, state: TextState, reason: str) -> NotSent:
    message.state, message.error = state, reason[:200]
    about = (message.id, message.kind, message.ticket_id, message.queue_id)
    return NotSent(*about, state, reason, message.request_id)


# Made once: to make a statement costs as much as to run it.
_DUE = (
    select(OutboundMessage)
    .where(
        OutboundMessage.our_number_id == bindparam("our_number_id"),
        _IS_WAITING,
        OutboundMessage.send_after <= bindparam("now"),
        ~_an_earlier_one_is_under_way(),
    )
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True)
)
_MOST_URGENT = _DUE.order_by(OutboundMessage.priority, OutboundMessage.id)
_EARLIER = _DUE.where(
    OutboundMessage.ticket_id == bindparam("about_ticket"),
    OutboundMessage.event_id < bindparam("before_event"),
).order_by(OutboundMessage.event_id)
_UNLOCKED = (
    select(OurNumber).where(OurNumber.id == bindparam("id")).with_for_update(skip_locked=True, key_share=True)
)
_TEXT_DUE = select(TEXTS.c.id).where(
    TEXTS.c.our_number_id == OurNumber.id, _IS_WAITING, TEXTS.c.send_after <= bindparam("now")
)
_WITH_TEXTS_DUE = select(OurNumber).where(_TEXT_DUE.exists()).order_by(OurNumber.id)
