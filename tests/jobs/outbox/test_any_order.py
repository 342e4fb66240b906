"""Actions, sends, reports, crashes and time in any order: no text is sent twice, and no due text is lost.

The domain and the clock's jobs in one process, with a carrier that remembers each text's reference, which a
real one does not. `PROOF_EXAMPLES=500 pytest tests/jobs/outbox/test_any_order.py` searches further.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers, sampled_from
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbound import IncomingText, handle_text
from jobs.outbox.carrier import Accepted, Busy, CarrierMessage, Outcome, Rejected, Unknown
from jobs.outbox.missed_texts import MissedTexts
from jobs.outbox.reconcile import UnknownTexts
from jobs.outbox.send_texts import LEASE, TextSender, settle
from jobs.outbox.twilio_carrier import CALL_LIMIT_SECONDS
from jobs.queues.alerts import NearlyUp
from jobs.queues.no_shows import NoShows
from models.delivery.claiming import Claim, NotSent, claim_next
from models.delivery.delivery_reports import Report, apply_report
from models.delivery.failures import RETRY_SUFFIX
from models.people.actors import By
from models.people.phone_numbers import phone_keys
from models.people.texted import OptOut
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.reminders import turn_text
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.conftest import _empty
from tests.jobs.scripted import PUBLIC_URL, ScriptedCarrier
from tests.world import (
    NOON,
    SHOP_PHONE,
    TICKET_VERBS,
    call_next,
    join,
    make_business,
    make_queue,
    make_servicer,
    phone,
    press,
)

FEW = 5
EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", FEW))
SETTLE = 45.0
HANDED_OVER = (TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED, TextState.FAILED)
PHONES = 4
AUTH = Rejected(20003, RejectionKind.OUR_CONFIGURATION, "Authenticate")


@dataclass
class AtCarrier:
    """A text that the carrier has created."""

    reference: str
    listed: CarrierMessage
    event_id: int | None
    ticket_id: int | None
    kind: TextKind
    has_failed: bool = False


class AnyOrder(RuleBasedStateMachine):
    calls = Bundle("calls")
    created = Bundle("created")

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

    # Customers ------------------------------------------------------------------------------------------

    @rule(
        who=integers(0, PHONES - 1),
        body=sampled_from(
            ["CET236", "CET236", "CET236", "LEAVE", "STATUS", "STOP", "START", "CANCEL", "HERE"]
        ),
        missed=sampled_from([False, False, True]),
    )
    def customer_texts(self, who: int, body: str, missed: bool) -> None:
        self.sids += 1
        sid = f"SMin{self.sids}"
        self.carrier.has(
            SHOP_PHONE, body, self.now, sid, direction="inbound", sender=phone(who), status="received"
        )
        if not missed:
            text = IncomingText(sid, self.number_id, phone(who), body)
            later = timedelta(seconds=SETTLE)
            transaction(
                lambda s: handle_text(s, text, now=self.now, public_url=PUBLIC_URL, settle_after=later)
            )
        self.now += timedelta(seconds=1)

    @rule(who=integers(0, PHONES - 1))
    def customer_joins_on_the_web(self, who: int) -> None:
        join(self.queue, phone(who), self.now, Source.WEB)

    # Servicers ------------------------------------------------------------------------------------------

    @rule(who=sampled_from([0, 1]))
    def call_next(self, who: int) -> None:
        self._try(lambda: call_next(self.queue, self.servicers[who], self.now))

    @rule(
        who=sampled_from([0, 1]),
        verb=sampled_from(["start", "finish", "finish", "mark_no_show", "put_back", "remove", "call_again"]),
    )
    def press(self, who: int, verb: str) -> None:
        def work(session: Session, queue: Queue, by: By) -> None:
            ticket = present_ticket_of(session, queue, self.servicers[who].id)
            if ticket is not None:
                TICKET_VERBS[verb](session, ticket, by=by, now=self.now)

        self._try(lambda: press(self.queue, self.servicers[who], work, self.now))

    @rule(who=sampled_from([0, 1]))
    def undo(self, who: int) -> None:
        def work(session: Session, queue: Queue, by: By) -> None:
            undo_last_press(session, queue, by=by, now=self.now)

        self._try(lambda: press(self.queue, self.servicers[who], work, self.now, button=Button.UNDO))

    def _try(self, work: Callable[[], object]) -> None:
        with contextlib.suppress(NotPossible):
            work()

    # The clock ------------------------------------------------------------------------------------------

    @rule(target=calls, clock=sampled_from(["a", "b"]))
    def claim(self, clock: str) -> object:
        def work(session: Session) -> Claim | NotSent | None:
            return claim_next(
                session,
                self.number_id,
                self.now,
                render=self.sender._render,
                clock=f"elsewhere:1:{clock}",
                lease=LEASE,
                pause_per_segment=timedelta(0),
            )

        found = transaction(work)
        if not isinstance(found, Claim):
            return multiple()
        self._is_worth_handing_over(found)
        self.under_way.append(found)
        return found

    @rule(
        call=consumes(calls),
        outcome=sampled_from(["accepted", "accepted", "busy", "unknown", "refused", "dies"]),
        creates=sampled_from([True, False]),
        target=created,
    )
    def call_ends(self, call: Claim, outcome: str, creates: bool) -> object:
        if call not in self.under_way:
            return multiple()
        self.under_way.remove(call)
        if outcome in ("accepted", "busy", "refused"):
            creates = outcome == "accepted"
        made = self._create(call) if creates else None
        results: dict[str, Outcome] = {
            "busy": Busy(),
            "unknown": Unknown("no answer in time"),
            "refused": AUTH,
        }
        if made is not None and outcome == "accepted":
            results["accepted"] = Accepted(made.listed.carrier_sid)
        if outcome != "dies":
            after = timedelta(seconds=SETTLE)
            transaction(lambda s: settle(s, call, results[outcome], self.now, settle_after=after))
        return made if made is not None else multiple()

    @rule(outcome=sampled_from(["accepted", "unknown", "dies"]), creates=sampled_from([True, False]))
    def send(self, outcome: str, creates: bool) -> None:
        call = self.claim("a")
        if isinstance(call, Claim):
            self.call_ends(call, outcome, creates)

    @rule(which=created, status=sampled_from(["queued", "sent", "delivered"]))
    def report_comes(self, which: AtCarrier, status: str) -> None:
        if not which.has_failed:
            self._report(which, {"queued": "accepted"}.get(status, status))

    @rule(which=created, code=sampled_from([30001, 30008]))
    def text_fails(self, which: AtCarrier, code: int) -> None:
        with reading() as session:
            found = select(OutboundMessage.state).where(OutboundMessage.reference == which.reference)
            if session.scalar(found) == TextState.DELIVERED:
                return
        which.has_failed = True
        self._report(which, "failed", code)

    @rule(seconds=sampled_from([1, 5, 20, 60]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        for call in list(self.under_way):  # its hard limit
            if self.now - call.claimed_at > timedelta(seconds=CALL_LIMIT_SECONDS):
                self.under_way.remove(call)

    @rule(lists=sampled_from([True, True, False]))
    def sweep(self, lists: bool) -> None:
        self.carrier.list_fails = not lists
        self.sender.clean_up(self.now)
        self.unknown.sweep(self.now)
        self.missed.sweep(self.now)
        self.alerts.sweep(self.now)
        self.no_shows.sweep(self.now)

    # What must hold -------------------------------------------------------------------------------------

    @invariant()
    def no_text_is_handed_over_twice(self) -> None:
        references = [one.reference for one in getattr(self, "at_carrier", [])]
        assert len(references) == len(set(references))

    def teardown(self) -> None:
        if not hasattr(self, "under_way"):
            return
        self.under_way.clear()
        for _ in range(60):
            self.time_passes(60)
            self.sweep(True)
            while (call := self.claim("a")) and isinstance(call, Claim):
                self.call_ends(call, "accepted", True)
            if not self._unsent():
                break
        assert not self._unsent()
        self._rows_and_carrier_agree()
        self._each_call_was_told()

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


@pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
def test_no_order_of_things_loses_or_doubles_a_text(db: Database) -> None:
    class FromEmpty(AnyOrder):
        def __init__(self) -> None:
            _empty(db)
            super().__init__()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        FromEmpty,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40 if EXAMPLES == FEW else 80,
            deadline=None,
            derandomize=EXAMPLES == FEW,
            # Shrinking a failure takes minutes: only for longer searches.
            phases=[Phase.generate] if EXAMPLES == FEW else list(Phase),
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
def test_a_text_that_was_created_without_our_knowing_is_never_created_again(db: Database) -> None:
    """One path that the search above is meant to find, written out so that it is always tested."""
    shop = AnyOrder()
    shop.open_shop()
    for _ in range(4):
        shop.send("unknown", True)
        shop.time_passes(20)
        shop.sweep(False)
        shop.no_text_is_handed_over_twice()
    shop.teardown()
