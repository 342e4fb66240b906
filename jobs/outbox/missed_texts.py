"""Handles texts from customers that our webhook missed: found in the carrier's list, answered by the outbox.

Never older than a quarter of an hour, nor than our number's row: a new or restored installation must not turn
last week's texts into tickets. Recent ones are left to the webhook.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache, partial

import structlog
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from bot.answers.questions import SAID_TWICE
from bot.handle_texts import handle_missed_text, skip_missed_text
from bot.incoming import IncomingText
from bot.meanings import Meaning
from bot.understanding import Intent, understand
from jobs.outbox.carrier import Carrier, CarrierFailed, CarrierMessage
from jobs.utc_now import utc_now
from jobs.watchdog import progressed
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.phone_countries import is_allowed
from models.people.phone_numbers import is_e164, masked, phone_keys
from models.people.refused_countries import is_written, record_refusal
from models.queueing.setup.keywords import old_keywords_of_business
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.storage.heartbeats import written_before
from models.texts.inbox import InboundMessage

log = structlog.get_logger(__name__)

OLDEST = timedelta(minutes=15)
# Read again each time, since the list is not guaranteed to be up to date.
OVERLAP = timedelta(minutes=2)
RECORDED = timedelta(minutes=1)  # how often at least, without texts: each write wakes every job
LONGEST_LEFT_TO_WEBHOOK = 30.0
OPTS_OUT = (Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE)
IN_OR_OUT = (Meaning.JOIN, Meaning.AGAIN, Meaning.LEAVE, Meaning.FORGET)


class MissedTexts:
    def __init__(
        self,
        carrier: Carrier,
        *,
        public_url: str,
        allowed_countries: frozenset[str],
        settle_seconds: float,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._carrier = carrier
        self._public_url = public_url
        self._allowed_countries = allowed_countries
        self._left_to_webhook = timedelta(seconds=min(settle_seconds, LONGEST_LEFT_TO_WEBHOOK))
        self._now = now

    def run(self, now: datetime) -> None:
        with reading() as session:
            in_use = select(OurNumber).where(OurNumber.retired_at.is_(None))
            numbers = session.scalars(in_use.order_by(OurNumber.id)).all()
        for number in numbers:
            self._read(number, now)
            progressed()

    def _read(self, number: OurNumber, now: datetime) -> None:
        read_until = number.read_until or number.created_at
        read_until = min(read_until, now)  # a clock that was ahead can't have read further than now
        since = max(read_until - OVERLAP, number.created_at, now - OLDEST)
        try:
            listed = self._carrier.messages_from_customers(number.phone, since, number.channel)
        except CarrierFailed as failure:
            log.info("incoming texts not listed", number=str(number.address), reason=str(failure))
            return
        upto = now - self._left_to_webhook
        oldest_first = listed[::-1]  # before the stable sort, as whole seconds don't order two texts
        oldest_first.sort(key=lambda one: one.created_at)
        if not listed and number.read_until and upto - RECORDED < number.read_until <= upto:
            return
        if self._handle_all(number, oldest_first, upto):
            transaction(lambda session: _record_read(session, number.id, upto))

    def _handle_all(self, number: OurNumber, texts: Sequence[CarrierMessage], upto: datetime) -> bool:
        """Handle each text that we don't have, the oldest first; False if any failed."""
        with reading() as session:
            sids = [one.carrier_sid for one in texts]
            known = set(session.scalars(select(InboundMessage.sid).where(InboundMessage.sid.in_(sids))))
            of_business = Queue.business_id == number.business_id
            keywords = [*session.scalars(select(Queue.keyword).where(of_business))]
            keywords += old_keywords_of_business(session, number.business_id, upto)
            home = session.get_one(OurNumber, number.id).home_phone
        understood = cache(partial(understand, keywords=keywords))  # a phone may have sent very many
        all_done = True
        for one in texts:
            if (
                one.created_at > upto
                or one.carrier_sid in known
                or not self._may_be_answered(one, number, home)
            ):
                continue
            same_phone = [other for other in texts if other.sender == one.sender]
            try:
                self._handle(number, one, same_phone, understood)
            except Exception:
                log.exception("missed text failed", sid=one.carrier_sid)
                all_done = False
        return all_done

    def _handle(
        self,
        number: OurNumber,
        one: CarrierMessage,
        same_phone: Sequence[CarrierMessage],
        understood: Callable[[str], Intent],
    ) -> None:
        now, missed = self._now(), understood(one.body)

        def work(session: Session) -> str:
            later = _later(session, number, one, same_phone, understood)
            body = _body_to_handle(one.body, missed, later)
            readable = (body or "").replace("\x00", "").strip()
            text = IncomingText(one.carrier_sid, number.id, one.sender or "", readable)
            if body is None or _was_served_since(session, number, one, missed):
                skip_missed_text(session, text, now=now)
                return "overtaken"
            taken = handle_missed_text(session, text, now=now, public_url=self._public_url)
            return (taken.reply_kind or "silence") if taken.is_new else "copy"

        reply = transaction(work)
        log.info("missed text taken in", sid=one.carrier_sid, sender=masked(one.sender or ""), reply=reply)

    def _may_be_answered(self, one: CarrierMessage, number: OurNumber, home: str) -> bool:
        sender = one.sender or ""
        if not is_e164(sender):
            return False
        may = is_allowed(sender, home, self._allowed_countries)
        if not may:
            _record_country(sender, number.id, self._now())
        return may


def _record_country(sender: str, our_number_id: int, now: datetime) -> None:
    """The manager sees which countries are refused."""
    with reading() as session:
        if is_written(session, our_number_id, sender, now):
            return
    transaction(lambda session: record_refusal(session, our_number_id, sender, now))


def _later(
    session: Session,
    number: OurNumber,
    one: CarrierMessage,
    same_phone: Sequence[CarrierMessage],
    understood: Callable[[str], Intent],
) -> list[tuple[Intent, bool]]:
    """What the same phone has texted since, each with whether it is answered by now.

    Looked up for each text, as the webhook goes on answering while the list is read and worked through.
    """
    sids = [other.carrier_sid for other in same_phone]
    answered = set(session.scalars(select(InboundMessage.sid).where(InboundMessage.sid.in_(sids))))
    customer = select(Customer.id).where(*_is_sender(number, one)).scalar_subquery()
    not_listed_yet = (
        InboundMessage.customer_id == customer,
        InboundMessage.our_number_id == number.id,
        InboundMessage.received_at > one.created_at,
        InboundMessage.late.is_(False),
        InboundMessage.sid.not_in(sids),
    )
    newest = session.scalars(select(InboundMessage.body).where(*not_listed_yet).order_by(InboundMessage.id))
    listed = same_phone[sids.index(one.carrier_sid) + 1 :]
    return [
        *((understood(other.body), other.carrier_sid in answered) for other in listed),
        *((understood(body), True) for body in newest),
    ]


def _is_sender(number: OurNumber, one: CarrierMessage) -> tuple[ColumnElement[bool], ...]:
    phone_hash = phone_keys().hash(one.sender or "")
    return Customer.business_id == number.business_id, Customer.phone_hash == phone_hash


def _was_served_since(session: Session, number: OurNumber, one: CarrierMessage, missed: Intent) -> bool:
    """True if they asked to join but were served since: they joined twice and want no second turn."""
    if missed.meaning not in (Meaning.JOIN, Meaning.AGAIN):
        return False
    done = (
        *_is_sender(number, one),
        Ticket.state.in_((TicketState.SERVED, TicketState.NO_SHOW)),
        Ticket.ended_at >= one.created_at,
        *([Queue.keyword == missed.keyword] if missed.keyword else []),
    )
    tickets = select(Ticket.id).join(Customer, Customer.id == Ticket.customer_id).join(Ticket.queue)
    return session.scalar(tickets.where(*done).limit(1)) is not None


def _body_to_handle(body: str, missed: Intent, later: Sequence[tuple[Intent, bool]]) -> str | None:
    """The missed text, or None if a later one has overridden it. `later`: each with whether it was answered.

    Joining and leaving override each other; STOP counts until they opt in again. A word that is to be said
    twice counts once, however often it was missed, and a yes answers no question asked after it. Everything
    else is done and answered as of now.
    """
    answered = [other for other, is_answered in later if is_answered]
    if missed.meaning in SAID_TWICE and any(
        other.meaning == missed.meaning and _is_of_same_queue(other, missed) for other, _ in later
    ):
        return None
    if missed.answer is not None and answered:
        return "START" if missed.meaning == Meaning.OPT_IN else None
    if missed.meaning in OPTS_OUT:
        has_opted_in = any(other.meaning == Meaning.OPT_IN for other in answered)
        is_in_line_anew = any(other.meaning in IN_OR_OUT for other in answered)
        if is_in_line_anew and missed.meaning == Meaning.OPT_OUT_AND_LEAVE:
            body = "STOP" if missed.exact else "STOP!"  # the carrier has acted on the bare word alone
        return None if has_opted_in else body
    is_decided_anew = any(
        other.meaning in IN_OR_OUT and _is_of_same_queue(other, missed) for other in answered
    )
    return None if missed.meaning in IN_OR_OUT and is_decided_anew else body


def _is_of_same_queue(other: Intent, missed: Intent) -> bool:
    return None in (other.keyword, missed.keyword) or other.keyword == missed.keyword


def _record_read(session: Session, our_number_id: int, upto: datetime) -> None:
    known = func.coalesce(OurNumber.read_until, upto)
    session.execute(
        update(OurNumber)
        .where(OurNumber.id == our_number_id, written_before(known, upto))
        .values(read_until=upto)
    )
