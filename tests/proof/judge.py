"""Compares the texts on the phones with the guests' actions, the carrier's texts, and our rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.delivery.unreported import IS_UNREPORTED
from models.people.customers import Customer
from models.people.phone_numbers import phone_keys
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import LIVE, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.texts.inbox import InboundMessage
from models.texts.outbox import SMS_SUFFIX, OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.fake_carrier import FakeCarrier, Message
from tests.fake_carrier.channels import obeys_stop, phone_of
from tests.proof.calls import BACK_IN_LINE, OVER, faults_of_calls
from tests.proof.failures import unnoticed
from tests.proof.fallback import is_kept_from, on_wrong_channel, stands_in, untimely
from tests.proof.people import NOT_COMING, TURN, Guest
from tests.proof.talk import faults_of_talk

ARRIVED = (TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED)
UNSENT = (TextState.WAITING, TextState.SENDING, TextState.UNKNOWN)
# A text is recorded by then; its moment is read before it waits for the write lock.
WRITTEN_WITHIN = timedelta(seconds=3)
ANSWERED_WITHIN = timedelta(milliseconds=200)
# Each of these events causes one text of this kind, if the customer may be texted.
TOLD_BY = {
    EventKind.CALLED: TextKind.YOUR_TURN,
    EventKind.ALERTED: TextKind.NEARLY_UP,
    EventKind.PUT_BACK: TextKind.PUT_BACK,
    EventKind.SET_ASIDE: TextKind.ON_HOLD,
}


@dataclass
class Calm:
    why_not: list[str]
    live: int
    """Tickets that wait or are served."""

    @property
    def is_calm(self) -> bool:
        return not self.why_not


def how_calm(carrier: FakeCarrier) -> Calm:
    """Whether nothing is in progress any more, or what is."""
    sent = sum(one.direction == "inbound" for one in carrier.messages())
    with reading() as session:
        unsent = session.execute(
            select(OutboundMessage.kind, OutboundMessage.state, func.count())
            .where(OutboundMessage.state.in_(UNSENT))
            .group_by(OutboundMessage.kind, OutboundMessage.state)
        ).all()
        taken_in = session.scalar(select(func.count()).select_from(InboundMessage)) or 0
        unheard = session.scalar(select(func.count()).where(InboundMessage.reply_settle_after.is_not(None)))
        unreported = session.scalar(select(func.count()).where(IS_UNREPORTED))
        live = session.scalar(select(func.count()).where(Ticket.state.in_(LIVE))) or 0
        live += sent - taken_in
    why_not = [f"{count} {kind} {state}" for kind, state, count in unsent]
    why_not += [f"{sent - taken_in} texts of guests not taken in"] if sent != taken_in else []
    why_not += [f"{unheard} answers not heard of"] if unheard else []
    why_not += [f"{unreported} texts to ask the carrier for"] if unreported else []
    why_not += [f"{live} tickets live"] if live else []
    try:
        carrier.settle(0.01)
    except TimeoutError:
        why_not.append("reports are under way")
    return Calm(why_not, live)


def find_faults(carrier: FakeCarrier, guests: list[Guest]) -> list[str]:
    by_phone: dict[str, list[Message]] = defaultdict(list)
    for message in carrier.messages():
        address = message.sender if message.direction == "inbound" else message.to
        by_phone[phone_of(address or "")].append(message)
    with reading() as session:
        faults = [
            f"guest {guest.index}: {fault}"
            for guest in guests
            for fault in _Case(session, guest, by_phone[guest.phone]).faults()
        ]
    return faults


class _Case:
    """One guest: the phone, what the carrier has of it, and our rows."""

    def __init__(self, session: Session, guest: Guest, messages: list[Message]) -> None:
        self.session, self.guest, self.messages = session, guest, messages
        known = select(Customer).where(Customer.phone_hash == phone_keys().hash(guest.phone))
        self.customer = session.scalars(known).one_or_none()
        if self.customer is None:
            return
        mine = self.customer.id
        self.tickets = list(
            session.scalars(select(Ticket).where(Ticket.customer_id == mine).order_by(Ticket.id))
        )
        self.rows = list(
            session.scalars(
                select(OutboundMessage)
                .where(OutboundMessage.customer_id == mine)
                .order_by(OutboundMessage.id)
            )
        )
        sids = [one.sid for one in messages if one.direction == "inbound"]
        taken = session.scalars(select(InboundMessage).where(InboundMessage.sid.in_(sids)))
        self.taken_in = {row.sid: row for row in taken}
        ticket_ids = [ticket.id for ticket in self.tickets]
        events = select(Event).where(Event.ticket_id.in_(ticket_ids)).order_by(Event.id)
        self.events = list(session.scalars(events))

    def faults(self) -> Iterator[str]:
        if self.customer is None:
            yield "is not known here: the joining was lost"
            return
        yield from on_wrong_channel(self.guest, self.messages, self.rows)
        yield from untimely(self.rows)
        yield from unnoticed(self.messages, self.rows)
        yield from self._joined_once()
        yield from self._texts_and_rows_are_one_to_one()
        yield from self._answers_are_one_to_one()
        yield from self._events_and_rows_agree()
        yield from self._nothing_twice()
        yield from self._in_order()
        yield from faults_of_talk(self.session, self.guest, self.messages, self.taken_in, self.tickets)
        yield from faults_of_calls(self.session, self.guest, self.taken_in, self.events)
        if self.guest.has_stopped:
            yield from self._nothing_after_stop()
        elif not (
            self.guest.comes_to_the_desk
            or self._has_left()
            or self._was_told_a_number()
            or self._was_answered_in_vain()
        ):
            yield f"was never told a number: {self.guest.screen}"

    def _joined_once(self) -> Iterator[str]:
        """Only guests who asked again after they were served have a second number."""
        if not self.tickets and not self._left_before_joining_was_read():
            yield "has no ticket: the joining was lost"
        asked_at = [
            one.created_at
            for one in self.messages
            if one.direction == "inbound" and one.body.startswith("CET236")
        ]
        for earlier, later in pairwise(self.tickets):
            if earlier.ended_at is None or not any(at > earlier.ended_at for at in asked_at):
                yield f"has the numbers {earlier.number} and {later.number}"

    def _left_before_joining_was_read(self) -> bool:
        """Each text they joined with was missed and then skipped, as their later LEAVE had been obeyed."""
        bodies = [one for one in self.messages if one.direction == "inbound"]
        left_at = max((one.created_at for one in bodies if one.body == "LEAVE"), default=None)
        joins = [one for one in bodies if one.body.startswith("CET236")]
        return left_at is not None and all(
            one.created_at <= left_at and one.sid in self.taken_in and self._was_skipped(one.sid)
            for one in joins
        )

    def _was_skipped(self, sid: str) -> bool:
        row = self.taken_in[sid]
        return row.late and not row.body and row.reply is None

    def _has_left(self) -> bool:
        """Then an answer with their number is not given late: it would be untrue."""
        asked = any(one.body in ("LEAVE", NOT_COMING) for one in self.messages if one.direction == "inbound")
        return asked and all(ticket.state == TicketState.LEFT for ticket in self.tickets)

    def _was_told_a_number(self) -> bool:
        return any(f"number {ticket.number}" in text for ticket in self.tickets for text in self.guest.screen)

    def _was_answered_in_vain(self) -> bool:
        """Late, where only the answer to the very request would have come through."""
        return self.guest.window_is_over and any(row.kind == TextKind.LATE_ANSWER for row in self.rows)

    def _texts_and_rows_are_one_to_one(self) -> Iterator[str]:
        """The carrier accepted exactly the texts that our rows say it accepted."""
        at_carrier = {one.sid: one for one in self.messages if one.direction == "outbound-api"}
        ours = {row.carrier_sid: row for row in self.rows if row.carrier_sid is not None}
        for sid in at_carrier.keys() - ours.keys():
            yield f"got a text that no row knows of: {at_carrier[sid].body[:40]!r}"
        for sid in ours.keys() - at_carrier.keys():
            yield f"a row is bound to a text the carrier does not have: {sid}"
        for sid in at_carrier.keys() & ours.keys():
            if at_carrier[sid].body != ours[sid].body:
                yield f"a row is bound to a text with other words: {at_carrier[sid].body[:40]!r}"
        for row in self.rows:
            if (row.state in ARRIVED) != (row.carrier_sid is not None) and row.state != TextState.FAILED:
                yield f"{row.kind} is {row.state} with carrier sid {row.carrier_sid}"

    def _answers_are_one_to_one(self) -> Iterator[str]:
        """Each text of theirs is answered once, in TwiML or by the outbox, or was superseded."""
        replies = Counter(
            parse_qs(urlsplit(one.status_callback or "").query).get("reply", ["?"])[0]
            for one in self.messages
            if one.direction == "outbound-reply" and one.status_callback
        )
        answers = [row for row in self.rows if row.kind == TextKind.LATE_ANSWER]
        late = {row.key: row for row in answers if not stands_in(row)}
        by_sms = {row.key.removesuffix(SMS_SUFFIX): row for row in answers if stands_in(row)}
        for one in self.messages:
            if one.direction != "inbound":
                continue
            row = self.taken_in.get(one.sid)
            if row is None:
                yield f"the text {one.body!r} was not taken in"
                continue
            by_outbox = late.pop(f"answer:{one.sid}", None)
            in_twiml = replies.pop(one.sid, 0)
            instead = by_sms.pop(f"answer:{one.sid}", None)
            sent_late = sum(each is not None and each.state in ARRIVED for each in (by_outbox, instead))
            if in_twiml + sent_late > 1:
                yield f"{one.body!r} was answered {in_twiml + sent_late} times"
            if (
                row.reply is not None
                and not row.late
                and row.reply_state != TextState.EXPIRED
                and not in_twiml
            ):
                yield f"the answer to {one.body!r} was lost ({row.reply_state})"
        if late or by_sms or replies:
            yield f"there are answers to no text: {[*late, *by_sms, *replies]}"

    def _events_and_rows_agree(self) -> Iterator[str]:
        """Each event has one row; a row that was not sent has a reason from the contract's list."""
        own = [row for row in self.rows if row.event_id is not None and not stands_in(row)]
        told = Counter((row.event_id, row.kind) for row in own)
        for (event_id, kind), count in told.items():
            if count > 1:
                yield f"event {event_id} has {count} texts {kind}"
        for event in self.events:
            kind = TOLD_BY.get(event.kind)
            if event.kind == EventKind.JOINED and self.guest.comes_to_the_desk:
                kind = TextKind.JOINED
            if kind is not None and (event.id, kind) not in told and not self.guest.has_stopped:
                yield f"{event.kind} was told by no text"
        ended = {event.undoes_id for event in self.events} | self._overtaken()
        turns = [row for row in self.rows if row.kind == TextKind.YOUR_TURN and not self.guest.has_stopped]
        for row in turns:
            is_lost = row.state not in ARRIVED and not is_kept_from(self.guest, row)
            if is_lost and row.event_id not in ended:
                yield f"the turn text of event {row.event_id} is {row.state}: {row.error}"

    def _overtaken(self) -> set[int | None]:
        """The calls after which something happened that drops an unsent turn text."""
        last = max((event.id for event in self.events if event.kind in (*OVER, *BACK_IN_LINE)), default=0)
        return {event.id for event in self.events if event.id < last}

    def _nothing_twice(self) -> Iterator[str]:
        """No text is on the screen more often than something of its kind happened."""
        calls = sum(event.kind == EventKind.CALLED for event in self.events)
        if self.guest.times_called > calls:
            yield f"was told {self.guest.times_called} times that it is their turn, and called {calls} times"

    def _in_order(self) -> Iterator[str]:
        """Our texts about the ticket reached the carrier in the order of their events."""
        by_sid = {row.carrier_sid: row for row in self.rows}
        sent = [by_sid[one.sid] for one in self.messages if one.sid in by_sid and one.on_screen]
        # An answer is true whenever it comes; the order of answers is judged with the talk.
        events = [row.event_id for row in sent if row.event_id is not None and row.kind != TextKind.REPLY]
        if events != sorted(events):
            yield f"texts out of order: {[(row.kind.value, row.event_id) for row in sent]}"
        turn_at = next((i for i, text in enumerate(self.guest.screen) if text.startswith(TURN)), None)
        after = self.guest.screen[turn_at + 1 :] if turn_at is not None else []
        if any(text.startswith("You are number") for text in after) and not self._asked_or_was_put_back():
            yield f"was told a place after the call: {self.guest.screen}"

    def _asked_or_was_put_back(self) -> bool:
        """Then a place may well come after a call.

        Also where the call came at the moment of joining: the answer to a webhook and a text that is sent by
        the API have no order at the carrier.
        """
        back = any(event.kind in (EventKind.UNDONE, *BACK_IN_LINE) for event in self.events)
        return back or len(self.taken_in) > 1 or self._called_while_answered()

    def _called_while_answered(self) -> bool:
        at = {event.kind: event.at for event in self.events}
        return at[EventKind.CALLED] < at[EventKind.JOINED] + ANSWERED_WITHIN

    def _nothing_after_stop(self) -> Iterator[str]:
        """After STOP nothing was sent once we had read it, and nothing reached the phone."""
        stops = [row.received_at + WRITTEN_WITHIN for row in self.taken_in.values() if row.body == "STOP"]
        known_at = min([*stops, self.guest.stop_answered_at or datetime.max.replace(tzinfo=UTC)])
        for row in self.rows:
            if row.claimed_at is not None and row.claimed_at > known_at and not self._tells_so(row):
                yield f"{row.kind} was handed over at {row.claimed_at}, after STOP was read by {known_at}"
        if not obeys_stop(self.guest.address):
            return  # what was under way arrives: nobody but us keeps it back
        bodies = [one.body for one in self.messages if one.on_screen or one.direction == "inbound"]
        after = bodies[bodies.index("STOP") + 1 :] if "STOP" in bodies else []
        if any(not text.startswith("You have successfully") for text in after):
            yield f"got texts after STOP: {after}"

    def _tells_so(self, row: OutboundMessage) -> bool:
        """The one text to somebody who stopped: that no more come, given late."""
        stops = [sid for sid, taken in self.taken_in.items() if taken.body == "STOP"]
        return row.key in {f"answer:{sid}" for sid in stops}
