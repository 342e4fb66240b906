"""Actions, sends, reports, crashes and time in any order: no text is sent twice, and no due text is lost.

The domain and the clock's jobs in one process, with a carrier that remembers each text's reference, which a
real one does not. `PROOF_EXAMPLES=500 pytest tests/jobs/outbox/test_any_order.py` searches further.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import Bundle, consumes, multiple, rule, run_state_machine_as_test
from hypothesis.strategies import integers, sampled_from
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handle_texts import IncomingText, handle_text
from jobs.outbox.carrier import CALL_LIMIT_SECONDS, Accepted, Busy, Outcome, Rejected, Unknown
from jobs.outbox.send_texts import LEASE
from jobs.outbox.settling import settle
from models.delivery.claiming import Claim, NotSent, claim_next
from models.people.actors import By
from models.queueing import calling, moving
from models.queueing.line.queries import present_ticket_of, waiting_tickets
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.storage.database import Database, reading, transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.conftest import _empty
from tests.jobs.outbox.shop_and_carrier import PHONES, SETTLE, AtCarrier, ShopAndCarrier
from tests.jobs.scripted import PUBLIC_URL
from tests.one_database import on_sqlite
from tests.world import SHOP_PHONE, TICKET_VERBS, call_next, join, phone, press

FEW = 5
EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", FEW))
AUTH = Rejected(20003, RejectionKind.OUR_CONFIGURATION, "Authenticate")


class AnyOrder(ShopAndCarrier):
    calls = Bundle("calls")
    created = Bundle("created")

    # Customers ------------------------------------------------------------------------------------------

    @rule(
        who=integers(0, PHONES - 1),
        body=sampled_from(
            ["CET236", "CET236", "CET236", "LEAVE", "STATUS", "STOP", "START", "CANCEL", "HERE", "1", "9"]
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
        verb=sampled_from(
            ["start", "finish", "set_aside", "mark_no_show", "put_back", "remove", "call_again"]
        ),
    )
    def press(self, who: int, verb: str) -> None:
        def work(session: Session, queue: Queue, by: By) -> None:
            ticket = present_ticket_of(session, queue, self.servicers[who].id)
            if ticket is not None:
                TICKET_VERBS[verb](session, ticket, by=by, now=self.now)

        self._try(lambda: press(self.queue, self.servicers[who], work, self.now))

    @rule(who=sampled_from([0, 1]), also_called=sampled_from([True, False]))
    def bring_in(self, who: int, also_called: bool) -> None:
        """Whoever is on hold comes next, or is called at once."""

        def work(session: Session, queue: Queue, by: By) -> None:
            held = next((one for one in waiting_tickets(session, queue) if one.set_aside_at), None)
            if held is not None and also_called:
                calling.call_this(session, held, self.servicers[who], by=by, now=self.now)
            elif held is not None:
                moving.put_first(session, held, by=by, now=self.now)

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
    def run(self, lists: bool) -> None:
        self.carrier.list_fails = not lists
        self.sender.clean_up(self.now)
        self.unknown.run(self.now)
        self.unreported.run(self.now)
        self.missed.run(self.now)
        self.alerts.run(self.now)
        self.no_shows.run(self.now)

    # What must hold -------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "under_way"):
            return
        self.under_way.clear()
        for _ in range(60):
            self.time_passes(60)
            self.run(True)
            while (call := self.claim("a")) and isinstance(call, Claim):
                self.call_ends(call, "accepted", True)
            if not self._unsent():
                break
        assert not self._unsent()
        self._rows_and_carrier_agree()
        self._each_call_was_told()
        self._nobody_was_called_twice()


@on_sqlite
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


@on_sqlite
def test_a_text_that_was_created_without_our_knowing_is_never_created_again(db: Database) -> None:
    """One path that the search above is meant to find, written out so that it is always tested."""
    shop = AnyOrder()
    shop.open_shop()
    for _ in range(4):
        shop.send("unknown", True)
        shop.time_passes(20)
        shop.run(False)
        shop.no_text_is_handed_over_twice()
    shop.teardown()
