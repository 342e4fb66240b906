"""A shop, its clock and a carrier that remembers each text, and what must hold between them."""

from dataclasses import dataclass
from datetime import datetime

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from sqlalchemy import select

from jobs.outbox.carrier import CarrierMessage
from jobs.outbox.missed_texts import MissedTexts
from jobs.outbox.reconcile import UnknownTexts
from jobs.outbox.send_texts import TextSender
from jobs.outbox.unreported_texts import UnreportedTexts
from jobs.queues.alerts import NearlyUp
from jobs.queues.no_shows import NoShows
from models.delivery.claiming import Claim
from models.delivery.delivery_reports import Report, apply_report
from models.people.phone_numbers import phone_keys
from models.people.texted import OptOut
from models.queueing.reminders import turn_text
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import PRESENT, Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.texts.outbox import RETRY_SUFFIX, OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.jobs.scripted import PUBLIC_URL, ScriptedCarrier
from tests.proof.calls import called_twice
from tests.world import NOON, call_next, join, make_business, make_queue, make_servicer, phone

SETTLE = 45.0
HANDED_OVER = (TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED, TextState.FAILED)
PHONES = 4


@dataclass
class AtCarrier:
    """A text that the carrier has created."""

    reference: str
    listed: CarrierMessage
    event_id: int | None
    ticket_id: int | None
    kind: TextKind
    has_failed: bool = False


class ShopAndCarrier(RuleBasedStateMachine):
    @initialize()
    def open_shop(self) -> None:
        self.now = NOON
        business = make_business()
        self.queue = make_queue(business, no_show_minutes=5, marks_no_shows=True)
        self.servicers = [make_servicer(business, name) for name in ("Rosa", "Luis")]
        self.number_id = business.numbers[0].id
        self.carrier = ScriptedCarrier()
        self.at_carrier: list[AtCarrier] = []
        self.under_way: list[Claim] = []
        self.sids = 0
        self.sender = TextSender(
            self.carrier, public_url=PUBLIC_URL, texts_per_second=1000, settle_seconds=SETTLE, now=self._now
        )
        self.unknown = UnknownTexts(self.carrier, settle_seconds=SETTLE, now=self._now)
        self.unreported = UnreportedTexts(self.carrier, settle_seconds=SETTLE, now=self._now)
        self.missed = MissedTexts(
            self.carrier,
            public_url=PUBLIC_URL,
            allowed_countries=frozenset(),
            settle_seconds=SETTLE,
            now=self._now,
        )
        self.alerts, self.no_shows = NearlyUp(), NoShows()
        for who in range(PHONES - 1):
            join(self.queue, phone(who), self.now, Source.WEB)
        call_next(self.queue, self.servicers[0], self.now)

    def _now(self) -> datetime:
        return self.now

    @invariant()
    def no_text_is_handed_over_twice(self) -> None:
        references = [one.reference for one in getattr(self, "at_carrier", [])]
        assert len(references) == len(set(references))

    def _is_worth_handing_over(self, call: Claim) -> None:
        with reading() as session:
            opted_out = select(OptOut).where(OptOut.phone_hash == phone_keys().hash(call.to))
            assert session.scalar(opted_out) is None, "to a phone that has opted out"
            row = session.get_one(OutboundMessage, call.message_id)
            if row.ticket_id is None:
                return
            newer = [
                one
                for one in self.at_carrier
                if one.ticket_id == row.ticket_id and (one.event_id or 0) > (row.event_id or 0)
            ]
            assert not newer, f"{row.kind} after {[one.kind.value for one in newer]}"
            if row.kind == TextKind.YOUR_TURN:
                assert session.get_one(Ticket, row.ticket_id).state in PRESENT

    def _create(self, call: Claim) -> AtCarrier:
        sid = f"SM{len(self.at_carrier)}"
        listed = self.carrier.has(call.to, call.body, self.now, sid, status="sent")
        with reading() as session:
            row = session.get_one(OutboundMessage, call.message_id)
            one = AtCarrier(call.reference, listed, row.event_id, row.ticket_id, row.kind)
        self.at_carrier.append(one)
        return one

    def _report(self, which: AtCarrier, state: str, code: int | None = None) -> None:
        said = Report(TextState(state), which.listed.carrier_sid, code)
        transaction(lambda s: apply_report(s, which.reference, said, self.now))

    def _unsent(self) -> list[OutboundMessage]:
        unsent = (TextState.WAITING, TextState.SENDING, TextState.UNKNOWN)
        with reading() as session:
            return list(session.scalars(select(OutboundMessage).where(OutboundMessage.state.in_(unsent))))

    def _rows_and_carrier_agree(self) -> None:
        created = {one.reference: one for one in self.at_carrier}
        with reading() as session:
            for row in session.scalars(select(OutboundMessage)):
                if row.reference in created:
                    assert row.state in HANDED_OVER, (row.kind, row.state)
                    assert row.carrier_sid == created[row.reference].listed.carrier_sid
                else:
                    assert row.state in (TextState.EXPIRED, TextState.REJECTED), (row.kind, row.state)

    def _each_call_was_told(self) -> None:
        """By one text, unless it was dropped for a reason in the contract, or nobody could be texted."""
        with reading() as session:
            for event in session.scalars(select(Event).where(Event.kind == EventKind.CALLED)):
                turns = select(OutboundMessage).where(
                    OutboundMessage.event_id == event.id, OutboundMessage.kind == TextKind.YOUR_TURN
                )
                texts = session.scalars(turns.order_by(OutboundMessage.id)).all()
                assert len([text for text in texts if not text.key.endswith(RETRY_SUFFIX)]) <= 1
                ticket = session.get_one(Ticket, event.ticket_id)
                if not ticket.customer.can_be_texted(session, self.number_id):
                    continue
                for text in texts[-1:]:
                    stays = turn_text(session, ticket) is not None and ticket.state in PRESENT
                    is_last = stays and turn_text(session, ticket).id == text.id  # type: ignore[union-attr]
                    if is_last and text.state == TextState.EXPIRED:
                        raise AssertionError(f"the turn text of a call that still stands: {text.error}")

    def _nobody_was_called_twice(self) -> None:
        """Nor was a hold told twice, by the texts that the carrier has."""
        with reading() as session:
            events = list(session.scalars(select(Event).order_by(Event.id)))
            assert not list(called_twice(events))
        arrived = [one for one in self.at_carrier if not one.has_failed]  # others are sent once more
        holds = [one.event_id for one in arrived if one.kind == TextKind.ON_HOLD]
        assert set(holds) <= {event.id for event in events if event.kind == EventKind.SET_ASIDE}
        assert len(holds) == len(set(holds))
