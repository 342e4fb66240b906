"""Texts from customers that our webhook missed: listed by the carrier, taken in late, answered by the outbox.

Never older ones than a quarter of an hour, nor than our number here: a new or restored installation must
not turn last week's texts into tickets. Young ones are left to the webhook.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.incoming import IncomingText
from bot.taking_in import pass_over_missed_text, take_in_missed_text
from bot.understanding import Intent, understand
from bot.words import Meaning
from jobs.carrier import Carrier, CarrierFailed, CarrierMessage
from jobs.watch import got_on
from models.business import OurNumber
from models.database import reading, transaction
from models.message import InboundMessage
from models.people import Customer
from models.phone import is_allowed, is_e164, masked, phone_keys
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import TicketState

log = structlog.get_logger(__name__)

OLDEST = timedelta(minutes=15)
# Read again each time, since no list is promised to be up to date.
OVERLAP = timedelta(minutes=2)
LONGEST_LEFT_TO_WEBHOOK = 30.0
OPTS_OUT = (Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE)
IN_OR_OUT = (Meaning.JOIN, Meaning.AGAIN, Meaning.LEAVE, Meaning.FORGET)


def moment() -> datetime:
    return datetime.now(UTC)


class MissedTexts:
    def __init__(
        self,
        carrier: Carrier,
        *,
        public_url: str,
        allowed_countries: frozenset[str],
        settle_seconds: float,
        now: Callable[[], datetime] = moment,
    ) -> None:
        self._carrier = carrier
        self._public_url = public_url
        self._allowed_countries = allowed_countries
        self._left_to_webhook = timedelta(seconds=min(settle_seconds, LONGEST_LEFT_TO_WEBHOOK))
        self._now = now

    def sweep(self, now: datetime) -> None:
        with reading() as session:
            numbers = session.scalars(select(OurNumber).order_by(OurNumber.id)).all()
        for number in numbers:
            self._read(number, now)
            got_on()

    def _read(self, number: OurNumber, now: datetime) -> None:
        read_until = number.read_until or number.created_at
        read_until = min(read_until, now)  # a clock that was ahead has read no further than that
        since = max(read_until - OVERLAP, number.created_at, now - OLDEST)
        try:
            listed = self._carrier.messages_from_customers(number.phone, since)
        except CarrierFailed as failure:
            log.info("incoming texts not listed", number=number.phone, reason=str(failure))
            return
        upto = now - self._left_to_webhook
        oldest_first = listed[::-1]  # first, as whole seconds do not tell two texts apart
        oldest_first.sort(key=lambda one: one.created_at)
        if self._take_in(number, oldest_first, upto):
            transaction(lambda session: _note_read(session, number.id, upto))

    def _take_in(self, number: OurNumber, texts: Sequence[CarrierMessage], upto: datetime) -> bool:
        """Each that we don't have, the oldest first; False if any could not be taken in."""
        with reading() as session:
            sids = [one.carrier_sid for one in texts]
            known = set(session.scalars(select(InboundMessage.sid).where(InboundMessage.sid.in_(sids))))
            of_business = Queue.business_id == number.business_id
            keywords = session.scalars(select(Queue.keyword).where(of_business)).all()
        all_done = True
        for index, one in enumerate(texts):
            if one.created_at > upto or one.carrier_sid in known or not self._may_be_answered(one, number):
                continue
            same_phone = (other for other in texts[index + 1 :] if other.sender == one.sender)
            later = [other.body for other in same_phone if other.carrier_sid in known]
            missed = understand(one.body, keywords)
            try:
                self._take_in_one(number, one, missed, _what_still_counts(one.body, missed, later, keywords))
            except Exception:
                log.exception("missed text failed", sid=one.carrier_sid)
                all_done = False
        return all_done

    def _take_in_one(self, number: OurNumber, one: CarrierMessage, missed: Intent, body: str | None) -> None:
        readable = (body or "").replace("\x00", "").strip()
        text = IncomingText(one.carrier_sid, number.id, one.sender or "", readable)
        now = self._now()

        def work(session: Session) -> str:
            if body is None or _has_been_seen_to_since(session, number, one, missed):
                pass_over_missed_text(session, text, now=now)
                return "overtaken"
            taken = take_in_missed_text(session, text, now=now, public_url=self._public_url)
            return (taken.reply_kind or "silence") if taken.is_new else "copy"

        reply = transaction(work)
        log.info("missed text taken in", sid=text.sid, sender=masked(text.sender), reply=reply)

    def _may_be_answered(self, one: CarrierMessage, number: OurNumber) -> bool:
        return is_e164(one.sender or "") and is_allowed(
            one.sender or "", number.phone, self._allowed_countries
        )


def _has_been_seen_to_since(session: Session, number: OurNumber, one: CarrierMessage, missed: Intent) -> bool:
    """Whoever joined twice, and was served before we read the second text, wants no second turn."""
    if missed.meaning not in (Meaning.JOIN, Meaning.AGAIN):
        return False
    done = (
        Customer.business_id == number.business_id,
        Customer.phone_hash == phone_keys().hash(one.sender or ""),
        Ticket.state.in_((TicketState.SERVED, TicketState.NO_SHOW)),
        Ticket.ended_at >= one.created_at,
        *([Queue.keyword == missed.keyword] if missed.keyword else []),
    )
    tickets = select(Ticket.id).join(Customer, Customer.id == Ticket.customer_id).join(Ticket.queue)
    return session.scalar(tickets.where(*done).limit(1)) is not None


def _what_still_counts(
    body: str, missed: Intent, later: Sequence[str], keywords: Collection[str]
) -> str | None:
    """The missed text, unless a later one that was answered has decided anew what it asks for: then None.

    Being in line is decided by whoever joins or leaves, STOP counts until they opt in again. Whatever else
    was missed is done and answered as things are now.
    """
    answered = [understand(other, keywords) for other in later]
    if missed.meaning in OPTS_OUT:
        has_opted_in = any(other.meaning == Meaning.OPT_IN for other in answered)
        is_in_line_anew = any(other.meaning in IN_OR_OUT for other in answered)
        return None if has_opted_in else "STOP" if is_in_line_anew else body
    same_queue = [one for one in answered if None in (one.keyword, missed.keyword)]
    same_queue += [one for one in answered if one.keyword == missed.keyword]
    is_decided_anew = any(other.meaning in IN_OR_OUT for other in same_queue)
    return None if missed.meaning in IN_OR_OUT and is_decided_anew else body


def _note_read(session: Session, our_number_id: int, upto: datetime) -> None:
    known = func.coalesce(OurNumber.read_until, upto)
    session.execute(
        update(OurNumber).where(OurNumber.id == our_number_id, known <= upto).values(read_until=upto)
    )
