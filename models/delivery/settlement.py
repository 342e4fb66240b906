"""Settles texts of unknown outcome by the carrier's list of messages: found and matched, or proven absent.

Looked up per recipient, since several texts to one phone may be alike; a listed message belongs to one row
only. A lookup first claims the recipient's texts in a commit, so that two clocks ask once. Makes no network
call itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import record_answer, record_success
from models.delivery.claiming import IS_UNSETTLED
from models.delivery.failures import apply_failure, pages_about, record_arrival, undo_welcome
from models.people.addresses import Channel
from models.texts.error_codes import kind_of_error
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState

AT_A_TIME = 50
SKEW = timedelta(minutes=1)  # between the carrier's time and ours
LONGEST_AHEAD = timedelta(hours=13)  # a clock in another zone
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(seconds=15)
# Asking may just be slow, and the asking clock alive: each lookup's lease is longer, up to so many times.
MAX_LEASES = 9


class Recipient(NamedTuple):
    our_number_id: int
    customer_id: int | None
    servicer_id: int | None


class Listed(NamedTuple):
    """A message that we sent, as the carrier lists it."""

    carrier_sid: str
    sender: str | None  # not known yet while a Messaging Service chooses one
    body: str
    state: TextState
    error_code: int | None
    created_at: datetime


class Lookup(NamedTuple):
    """What to ask the carrier for, and for which texts."""

    recipient: Recipient
    phone: str
    channel: Channel
    sender: str
    since: datetime
    asked_for: Mapping[int, tuple[int, int]]
    """Attempt and number of lookups of each text, by id: only the latest lookup counts."""


class Settled(NamedTuple):
    message_id: int
    ticket_id: int | None
    kind: str
    state: TextState
    absent: bool
    request_id: str | None


def unknown_due(session: Session, now: datetime) -> list[Recipient]:
    """Recipients of texts of unknown outcome whose delivery report is overdue."""
    due = select(OutboundMessage.our_number_id, OutboundMessage.customer_id, OutboundMessage.servicer_id)
    rows = session.execute(
        due.where(
            IS_UNSETTLED, OutboundMessage.state == TextState.UNKNOWN, OutboundMessage.settle_after <= now
        )
        .order_by(OutboundMessage.priority, OutboundMessage.settle_after)
        .limit(AT_A_TIME)
    )
    return list(dict.fromkeys(Recipient(*row) for row in rows))


def begin_lookup(session: Session, recipient: Recipient, now: datetime, lease: timedelta) -> Lookup | None:
    """Claim the recipient's due texts; None if another clock has, or if the recipient was forgotten."""
    due = (
        _to_recipient(recipient),
        OutboundMessage.state == TextState.UNKNOWN,
        OutboundMessage.settle_after <= now,
    )
    texts = session.scalars(
        select(OutboundMessage).where(*due).with_for_update(skip_locked=True, key_share=True)
    ).all()
    if not texts:
        return None
    phone = texts[0].recipient.phone
    for text in texts:
        text.lookups += 1
        until = now + lease * min(text.lookups, MAX_LEASES)
        text.settle_after = until if phone is not None else None  # forgotten: there is no phone to look up
    if phone is None:
        return None
    return Lookup(
        recipient=recipient,
        phone=phone,
        channel=texts[0].our_number.channel,
        sender=texts[0].our_number.phone,
        since=min(_handed_over_after(text, now) for text in texts),
        asked_for={text.id: (text.attempts, text.lookups) for text in texts},
    )


def finish_lookup(
    session: Session, lookup: Lookup, listed: Iterable[Listed], now: datetime, *, look_again_after: timedelta
) -> tuple[list[Settled], set[int]]:
    """Match what was found. What is absent is looked up once more; absent again, it is sent if still true.

    Returns what was settled, and the ids of the queues whose pages change.
    """
    candidates = session.scalars(
        select(OutboundMessage)
        .where(_to_recipient(lookup.recipient), IS_UNSETTLED, OutboundMessage.carrier_sid.is_(None))
        .order_by(OutboundMessage.id)
        .with_for_update(key_share=True)
    ).all()
    found = match(candidates, _unmatched(session, lookup, listed), now)
    settled, news = [], set[int]()
    for text in candidates:
        if text.state != TextState.UNKNOWN:
            continue
        if text.id in found:
            news |= _bind(session, text, found[text.id], now)
        elif lookup.asked_for.get(text.id) != (text.attempts, text.lookups):
            continue
        elif text.absent_at is None:
            text.absent_at, text.settle_after = now, now + look_again_after
            continue
        else:
            _release(session, text, now)
        news |= pages_about(session, text)
        is_absent = text.id not in found
        settled.append(Settled(text.id, text.ticket_id, text.kind, text.state, is_absent, text.request_id))
    record_answer(session, lookup.recipient.our_number_id)
    return settled, news


def put_off_lookup(session: Session, lookup: Lookup, now: datetime) -> None:
    """The carrier gave no complete list: nothing is known; ask again, after growing pauses."""
    still = OutboundMessage.id.in_(lookup.asked_for), OutboundMessage.state == TextState.UNKNOWN
    for text in session.scalars(select(OutboundMessage).where(*still).with_for_update(key_share=True)):
        if (text.attempts, text.lookups) == lookup.asked_for[text.id]:
            text.settle_after = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(text.lookups - 1, 10))


def not_before(moment: datetime, now: datetime) -> datetime:
    """The earliest time at which the carrier may have created a message that we sent at `moment`.

    A moment in the future was written by a clock that was ahead, by an unknown amount.
    """
    return now - LONGEST_AHEAD if moment > now + SKEW else moment - SKEW


def _handed_over_after(text: OutboundMessage, now: datetime) -> datetime:
    return not_before(text.claimed_at or now, now)


def match(texts: Sequence[OutboundMessage], listed: Iterable[Listed], now: datetime) -> dict[int, Listed]:
    """Match texts to listed messages: same words, created after ours was sent; the closest pairs first."""
    pairs = sorted(
        (abs(one.created_at - text.claimed_at), text.id, one.carrier_sid, one)
        for text in texts
        for one in listed
        if text.claimed_at is not None
        and text.body is not None
        and one.body.strip() == text.body.strip()
        and one.created_at >= _handed_over_after(text, now)
    )
    found: dict[int, Listed] = {}
    taken: set[str] = set()
    for _, text_id, sid, one in pairs:
        if text_id not in found and sid not in taken:
            found[text_id] = one
            taken.add(sid)
    return found


def unbind_other_rows(session: Session, message_id: int, carrier_sid: str, now: datetime) -> None:
    """The carrier has said whose sid this is: another row that was matched by its words is unknown again."""
    wrongly = OutboundMessage.carrier_sid == carrier_sid, OutboundMessage.id != message_id
    unknown_again = {
        "state": TextState.UNKNOWN,
        "carrier_sid": None,
        "settle_after": now,
        "lookups": 0,
        "absent_at": None,
        "accepted_at": None,
        "sent_at": None,
        "delivered_at": None,
        "failed_at": None,
    }
    session.execute(update(OutboundMessage).where(*wrongly).values(unknown_again))


def _to_recipient(recipient: Recipient) -> ColumnElement[bool]:
    of_number = OutboundMessage.our_number_id == recipient.our_number_id
    if recipient.customer_id is not None:
        return of_number & (OutboundMessage.customer_id == recipient.customer_id)
    return of_number & (OutboundMessage.servicer_id == recipient.servicer_id)


def _unmatched(session: Session, lookup: Lookup, listed: Iterable[Listed]) -> list[Listed]:
    ours = {one.carrier_sid: one for one in listed if one.sender in (None, lookup.sender)}
    bound = session.scalars(select(OutboundMessage.carrier_sid).where(OutboundMessage.carrier_sid.in_(ours)))
    for sid in bound.all():
        ours.pop(str(sid))
    return list(ours.values())


def _bind(session: Session, text: OutboundMessage, one: Listed, now: datetime) -> set[int]:
    news = set[int]()
    advance(session, text.id, one.state, now, carrier_sid=one.carrier_sid, error_code=one.error_code)
    session.execute(
        update(OutboundMessage).where(OutboundMessage.id == text.id).values(accepted_at=text.claimed_at)
    )
    session.refresh(text)
    record_success(session, text.our_number_id, now, claimed_at=text.claimed_at or now)
    if one.state == TextState.FAILED:
        news = apply_failure(session, text, kind_of_error(one.error_code), one.error_code, now)
    elif one.state == TextState.DELIVERED:
        record_arrival(session, text.customer_id)
    return news


def _release(session: Session, text: OutboundMessage, now: datetime) -> None:
    """Proven absent: it was never sent. Send it if it is still true."""
    undo_welcome(session, text.customer_id, text.claimed_at)
    is_over = text.obsolete_at is not None or (text.expires_at is not None and text.expires_at <= now)
    text.state = TextState.EXPIRED if is_over else TextState.WAITING
    text.send_after = now
    text.body = text.segments = text.claimed_at = text.claimed_by = text.settle_after = text.absent_at = None
    text.error = "the carrier does not have it"
    session.flush()
