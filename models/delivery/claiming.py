"""Takes texts out of the outbox: a text is claimed here, sent by the caller, then settled (outcomes.py).

The claim is committed before the call to the carrier and the outcome after it. A crash in between leaves a
row whose lease runs out: its outcome is then unknown, and it is never just sent again. Knows no carrier and
no wording.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, literal_column, or_, select
from sqlalchemy.orm import Session

from models.delivery.channel_windows import (
    fall_back_to_sms,
    is_first_by_sms,
    is_forbidden_by_sms,
    is_window_over,
    template_variables,
)
from models.delivery.circuit_breaker import may_send_after, only_calls_leave
from models.delivery.claims import Claim, NotSent, RenderedText
from models.delivery.last_texts import is_last_text
from models.delivery.staleness import STALE, is_stale
from models.people.business import OurNumber
from models.storage.rate_limits import is_over
from models.texts.daily_allowance import TO_ONE_PHONE, allowance, count_sent_text
from models.texts.outbox import RETRY_SUFFIX, OutboundMessage
from models.texts.text_kinds import TURN_TEXTS, TextKind
from models.texts.text_states import TextState

TEXTS = OutboundMessage.__table__
# Literals exactly as in the partial indexes, which a bound parameter can't use.
IS_WAITING: ColumnElement[bool] = TEXTS.c.state == literal_column("'waiting'")
IS_SENDING: ColumnElement[bool] = TEXTS.c.state == literal_column("'sending'")
IS_UNSETTLED: ColumnElement[bool] = TEXTS.c.state.in_(
    [literal_column("'sending'", String), literal_column("'unknown'", String)]
)

# How long the carrier may try to deliver; after that the text is worthless.
VALID_FOR = {
    TextKind.YOUR_TURN: timedelta(minutes=15),
    TextKind.STILL_CALLED: timedelta(minutes=15),
    TextKind.CALLED_TOO_EARLY: timedelta(minutes=15),
    TextKind.REMINDER: timedelta(minutes=10),
    TextKind.NEARLY_UP: timedelta(minutes=15),
    TextKind.PROMISE_CHANGED: timedelta(minutes=15),
    TextKind.LATE_ANSWER: timedelta(minutes=15),
    TextKind.REPLY: timedelta(minutes=15),
}
USUALLY_VALID_FOR = timedelta(hours=1)
# Texts about one ticket leave in the order of their events. A turn text waits no longer than this for an
# earlier one that is being sent at the moment.
TURN_TEXT_WAITS = timedelta(seconds=0.5)


def numbers_with_texts_due(session: Session, now: datetime) -> list[tuple[int, datetime | None]]:
    """Our numbers with texts due, each with the moment from which it may send."""
    numbers = session.scalars(_WITH_TEXTS_DUE, {"now": now}).all()
    return [(number.id, _free_after(session, number, now)) for number in numbers]


def claim_next(
    session: Session,
    our_number_id: int,
    now: datetime,
    *,
    render: Callable[[OutboundMessage, bool], RenderedText],
    template_for: Callable[[OutboundMessage], str | None] = lambda _: None,
    clock: str,
    lease: timedelta,
    pause_per_segment: timedelta,
) -> Claim | NotSent | None:
    """Claim the most urgent text due from this number; NotSent if it must not leave; None if none is due.

    `render(text, is_first)` renders it; `template_for(text)` is what may be sent once its channel's window is
    over. The number then pauses for every segment, for all clocks.
    """
    number = _free_number(session, our_number_id, now)
    if number is None:
        return None
    find = _call if only_calls_leave(number, now) else _most_urgent
    message = find(session, our_number_id, now)
    if message is None or allowance(session, number.business, now).is_used_up:
        return None
    refusal = (
        _number_is_gone(number, message)
        or _refusal_reason(session, message, now)
        or _over_phone_limit(session, message, now)
    )
    if refusal is not None:
        return _close(message, *refusal)
    is_late = is_window_over(session, message, number, now)
    template_sid = template_for(message) if is_late else None
    if is_late and template_sid is None:
        return _send_otherwise(session, message, now)
    customer = message.customer
    is_first = customer is not None and (customer.welcomed_at is None or is_first_by_sms(session, message))
    try:
        rendered = render(message, is_first)
    except Exception as fault:  # one text without wording must not hold up the others
        return _close(message, TextState.REJECTED, f"no wording: {fault!r}")
    if customer is not None and is_first and rendered.welcomes and customer.welcomed_at is None:
        customer.welcomed_at = now
    number.next_text_after = now + pause_per_segment * max(1, rendered.segments)
    if number.held_at is not None and not only_calls_leave(number, now):
        number.probe_after = now + lease  # one probe at a time
    count_sent_text(session, number.business, now)
    message.template_sid = template_sid
    _mark_sending(message, rendered, now, clock=clock, lease=lease)
    return _claim(number, message, rendered, now, number.next_text_after)


def _mark_sending(
    message: OutboundMessage, rendered: RenderedText, now: datetime, *, clock: str, lease: timedelta
) -> None:
    message.state = TextState.SENDING
    message.claimed_at, message.claimed_by, message.lease_until = now, clock, now + lease
    message.body, message.segments = rendered.body, rendered.segments
    message.attempts += 1
    message.error = message.error_code = message.absent_at = None
    message.lookups = 0


def _claim(
    number: OurNumber,
    message: OutboundMessage,
    rendered: RenderedText,
    now: datetime,
    next_text_after: datetime,
) -> Claim:
    return Claim(
        message_id=message.id,
        attempt=message.attempts,
        kind=message.kind,
        ticket_id=message.ticket_id,
        queue_id=message.queue_id,
        customer_id=message.customer_id,
        our_number_id=number.id,
        channel=number.channel,
        sender=number.phone,
        to=message.recipient.phone or "",
        body=rendered.body,
        segments=rendered.segments,
        reference=message.reference,
        claimed_at=now,
        valid_for=_valid_for(message, now),
        next_text_after=next_text_after,
        request_id=message.request_id,
        template_sid=message.template_sid,
        variables=template_variables(message) if message.template_sid else (),
    )


def _free_number(session: Session, our_number_id: int, now: datetime) -> OurNumber | None:
    """The number, locked, if it may send now. A number locked by another clock is skipped.

    Locked with FOR NO KEY UPDATE: inserting into the outbox holds a key share lock on the number.
    """
    number = session.scalar(_UNLOCKED, {"id": our_number_id})
    free_at = _free_after(session, number, now) if number is not None else None
    return number if free_at is None or free_at <= now else None


def _free_after(session: Session, number: OurNumber, now: datetime) -> datetime | None:
    due = {"our_number_id": number.id, "now": now, "still_waits": now - TURN_TEXT_WAITS}
    if only_calls_leave(number, now) and session.scalar(_CALL_DUE, due) is not None:
        return number.next_text_after
    return may_send_after(number)


def _call(session: Session, our_number_id: int, now: datetime) -> OutboundMessage | None:
    """A turn text that has not been tried yet."""
    due = {"our_number_id": our_number_id, "now": now, "still_waits": now - TURN_TEXT_WAITS}
    return session.scalar(_CALL, due)


def _most_urgent(session: Session, our_number_id: int, now: datetime) -> OutboundMessage | None:
    due = {"our_number_id": our_number_id, "now": now, "still_waits": now - TURN_TEXT_WAITS}
    urgent = session.scalar(_MOST_URGENT, due)
    if urgent is None or urgent.ticket_id is None or urgent.kind == TextKind.YOUR_TURN:
        return urgent
    about = {"about_ticket": urgent.ticket_id, "before_event": urgent.event_id}
    return session.scalar(_EARLIER, due | about) or urgent


def _earlier_text_pending() -> ColumnElement[bool]:
    """Being sent, or a postponed turn text: what repeats it must not leave before it.

    Nor does an answer to somebody leave before an earlier one.
    """
    # An alias of the table, as one of the class would configure all mappers while modules are imported.
    earlier = TEXTS.alias()
    is_turn_text = OutboundMessage.kind == TextKind.YOUR_TURN
    is_sending = earlier.c.state == TextState.SENDING
    turn_is_put_off = and_(earlier.c.state == TextState.WAITING, earlier.c.kind == TextKind.YOUR_TURN)
    reply_is_put_off = and_(
        OutboundMessage.kind == TextKind.REPLY,
        earlier.c.kind == TextKind.REPLY,
        earlier.c.state == TextState.WAITING,
    )
    return exists().where(
        earlier.c.ticket_id == OutboundMessage.ticket_id,
        earlier.c.event_id < OutboundMessage.event_id,
        or_(
            and_(is_turn_text, is_sending, earlier.c.claimed_at > bindparam("still_waits")),
            and_(~is_turn_text, or_(is_sending, turn_is_put_off, reply_is_put_off)),
        ),
    )


def _number_is_gone(number: OurNumber, message: OutboundMessage) -> tuple[TextState, str] | None:
    """What was queued before it was taken away still leaves; nobody could answer what came later."""
    if number.retired_at is None or message.created_at <= number.retired_at:
        return None
    return TextState.REJECTED, "this number of ours was taken away"


def _refusal_reason(
    session: Session, message: OutboundMessage, now: datetime
) -> tuple[TextState, str] | None:
    """Why it must not leave any more, because of what changed since it was queued; None if it may."""
    if message.obsolete_at is not None or (message.expires_at is not None and message.expires_at <= now):
        return TextState.EXPIRED, "its time was over"
    if message.recipient.phone is None:
        return TextState.REJECTED, "no phone"
    out = message.recipient.opted_out_at_carrier(session, message.our_number_id)
    if out or (out is False and not is_last_text(session, message)):
        return TextState.REJECTED, "opted out"
    if is_forbidden_by_sms(session, message):
        return TextState.REJECTED, "opted out of another channel"
    if message.recipient.unreachable_at is not None:
        return TextState.REJECTED, "this phone can't get texts"
    if is_stale(session, message, now):
        message.obsolete_at = now
        return TextState.EXPIRED, STALE
    return None


def _over_phone_limit(
    session: Session, message: OutboundMessage, now: datetime
) -> tuple[TextState, str] | None:
    """The limit of texts to one phone per day; turn texts are sent nevertheless."""
    is_over_now = message.recipient.phone_hash and is_over(
        session, TO_ONE_PHONE, f"{message.our_number_id}:{message.recipient.phone_hash}", now
    )
    if is_over_now and message.kind not in TURN_TEXTS:
        return TextState.REJECTED, "too many texts to this phone today"
    return None


def _send_otherwise(session: Session, message: OutboundMessage, now: datetime) -> NotSent:
    """Free words are refused by now: the text waits for the number for SMS instead, or is not sent at all."""
    if fall_back_to_sms(session, message):
        return _close(message, TextState.WAITING, "its channel's window is over: goes by SMS")
    if message.customer is not None:
        message.customer.text_failed_at = now
    return _close(message, TextState.REJECTED, "its channel's window is over")


def _valid_for(message: OutboundMessage, now: datetime) -> timedelta:
    usual = VALID_FOR.get(message.kind, USUALLY_VALID_FOR)
    return usual if message.expires_at is None else min(usual, message.expires_at - now)


def _close(message: OutboundMessage, state: TextState, reason: str) -> NotSent:
    message.state, message.error = state, reason[:200]
    about = (message.id, message.kind, message.ticket_id, message.queue_id)
    return NotSent(*about, state, reason, message.request_id)


# Compiled once: building a statement costs as much as running it.
_IS_DUE = (
    OutboundMessage.our_number_id == bindparam("our_number_id"),
    IS_WAITING,
    OutboundMessage.send_after <= bindparam("now"),
    ~_earlier_text_pending(),
)
_DUE = select(OutboundMessage).where(*_IS_DUE).limit(1).with_for_update(skip_locked=True, key_share=True)
_MOST_URGENT = _DUE.order_by(OutboundMessage.priority, OutboundMessage.id)
_IS_CALL = (
    OutboundMessage.kind.in_(TURN_TEXTS),
    OutboundMessage.attempts == 0,
    ~OutboundMessage.key.endswith(RETRY_SUFFIX),
)
_CALL = _MOST_URGENT.where(*_IS_CALL)
_CALL_DUE = select(OutboundMessage.id).where(*_IS_DUE, *_IS_CALL).limit(1)
_EARLIER = _DUE.where(
    OutboundMessage.ticket_id == bindparam("about_ticket"),
    OutboundMessage.event_id < bindparam("before_event"),
).order_by(OutboundMessage.event_id)
_UNLOCKED = (
    select(OurNumber).where(OurNumber.id == bindparam("id")).with_for_update(skip_locked=True, key_share=True)
)
_TEXT_DUE = select(TEXTS.c.id).where(
    TEXTS.c.our_number_id == OurNumber.id, IS_WAITING, TEXTS.c.send_after <= bindparam("now")
)
_WITH_TEXTS_DUE = select(OurNumber).where(_TEXT_DUE.exists()).order_by(OurNumber.id)
