"""Texts whose delivery report was lost: what the carrier says of them, when asked, counts as the report."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs.outbox.carrier import Accepted, CarrierMessage, Unknown
from jobs.outbox.unreported_texts import LEASE, UnreportedTexts
from jobs.queues.no_shows import NoShows
from models.delivery.settlement import unbind_other_rows
from models.delivery.unreported import begin_look
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer, revision
from tests.jobs.outbox.settling.lookups import SETTLE, report
from tests.jobs.outbox.settling.unreported import asked_at, has_become, look
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, join, make_queue, outbox, ticket

FIRST_LOOK = 2 * SETTLE


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier(Accepted("SM1"))


@pytest.fixture
def clock(carrier: ScriptedCarrier, day: Day) -> UnreportedTexts:
    return UnreportedTexts(carrier, settle_seconds=SETTLE, now=day)


@pytest.fixture
def turn(day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer) -> OutboundMessage:
    """Ana's turn text, accepted at noon."""
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, apart=0)
    (text,) = texts()
    assert text.state == TextState.ACCEPTED
    return text


def test_a_phone_that_gets_no_texts_is_found_out_and_the_pages_are_told(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage, queue: Queue
) -> None:
    has_become(carrier, "undelivered", 30005)
    before = revision(queue)
    look(clock, day, FIRST_LOOK)
    assert (texts()[0].state, texts()[0].error_code) == (TextState.FAILED, 30005)
    assert transaction(lambda s: customer(s, ANA).unreachable_at) == day.now
    assert revision(queue) > before


def test_nobody_is_taken_for_a_no_show_whose_turn_text_turned_out_to_have_failed(
    day: Day, business: Business, rosa: Servicer, carrier: ScriptedCarrier, clock: UnreportedTexts
) -> None:
    strict = make_queue(business, "STRICT", marks_no_shows=True)
    join(strict, ANA)
    call_next(strict, rosa)
    send_all(sender_with(carrier, day), day)
    has_become(carrier, "undelivered", 30008)
    look(clock, day, FIRST_LOOK)
    for _ in range(20):
        day.pass_(60)
        NoShows().run(day.now)
    assert ticket(strict, 1).state == "called"


def test_a_passing_failure_is_followed_by_one_more_text(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage, queue: Queue
) -> None:
    has_become(carrier, "failed", 30001)
    look(clock, day, FIRST_LOOK)
    report(turn, TextState.FAILED, day)  # it was only late
    send_all(sender_with(carrier, day), day, rounds=30)
    assert outbox(queue) == [(1, "your_turn", "failed"), (1, "your_turn", "accepted")]
    assert len(carrier.got) == 2


@pytest.mark.parametrize(("status", "state"), [("sent", "sent"), ("delivered", "delivered")])
def test_one_that_went_well_is_asked_for_once(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnreportedTexts,
    turn: OutboundMessage,
    status: str,
    state: TextState,
) -> None:
    """Many networks never say more than sent."""
    has_become(carrier, status)
    assert asked_at(carrier, clock, day) == [FIRST_LOOK]
    assert texts()[0].state == state


def test_one_that_the_carrier_has_not_sent_yet_is_asked_for_three_times(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    has_become(carrier, "queued")
    assert asked_at(carrier, clock, day) == [2 * SETTLE, 5 * SETTLE, 12 * SETTLE]
    assert (texts()[0].state, texts()[0].settle_after) == (TextState.ACCEPTED, None)


def test_a_report_of_delivery_or_failure_in_time_leaves_nothing_to_ask(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    report(turn, TextState.DELIVERED, day)
    assert asked_at(carrier, clock, day) == []


def test_after_a_report_that_it_was_sent_the_report_of_its_failure_may_still_be_lost(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    report(turn, TextState.SENT, day)
    has_become(carrier, "undelivered", 30005)
    assert asked_at(carrier, clock, day) == [FIRST_LOOK]
    assert texts()[0].state == TextState.FAILED


@pytest.mark.parametrize("reported", [TextState.ACCEPTED, TextState.SENT])
def test_a_report_before_our_own_call_has_returned_does_not_keep_it_from_being_asked_for(
    day: Day, queue: Queue, rosa: Servicer, reported: TextState
) -> None:
    def accept(_: object) -> Accepted:
        report(texts()[0], reported, day)
        return Accepted("SM1")

    carrier = ScriptedCarrier(accept)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, apart=0)
    has_become(carrier, "undelivered", 30005)
    clock = UnreportedTexts(carrier, settle_seconds=SETTLE, now=day)
    assert asked_at(carrier, clock, day) == [FIRST_LOOK]


def test_no_answer_says_nothing_and_is_asked_for_again_after_growing_pauses_for_a_quarter_of_an_hour(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    carrier.list_fails = True
    look(clock, day, FIRST_LOOK)
    assert asked_at(carrier, clock, day, minutes=3, apart=1) == [1, 3, 7, 15, 31, 63, 123]
    assert len(asked_at(carrier, clock, day)) == 11
    assert asked_at(carrier, clock, day) == []
    assert (texts()[0].state, texts()[0].settle_after) == (TextState.ACCEPTED, None)


def test_after_an_outage_of_the_carrier_it_is_found(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    has_become(carrier, "failed", 30005)
    carrier.list_fails = True
    asked_at(carrier, clock, day, minutes=5)
    carrier.list_fails = False
    asked_at(carrier, clock, day, minutes=1)
    assert texts()[0].state == TextState.FAILED


def test_a_carrier_that_answers_is_not_taken_to_be_away(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    transaction(lambda s: s.execute(update(OurNumber).values(unanswered=3)))
    has_become(carrier, "queued")
    look(clock, day, FIRST_LOOK)
    with reading() as session:
        assert session.scalars(select(OurNumber.unanswered)).one() == 0


def test_what_the_counter_does_not_need_to_know_is_not_asked_for(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, queue: Queue
) -> None:
    join(queue, BEN, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    assert outbox(queue) == [(1, "joined", "accepted")]
    assert asked_at(carrier, clock, day) == []


@on_both
def test_two_clocks_ask_once(day: Day, carrier: ScriptedCarrier, turn: OutboundMessage) -> None:
    go_on, asked = threading.Event(), []

    def slowly(sid: str) -> CarrierMessage | Unknown:
        asked.append(sid)
        go_on.wait(10)
        return Unknown("no answer in time")

    carrier.message = slowly  # type: ignore[method-assign]
    clocks = [UnreportedTexts(carrier, settle_seconds=SETTLE, now=day) for _ in range(2)]
    day.pass_(FIRST_LOOK)
    loops = [threading.Thread(target=clock.run, args=(day.now,)) for clock in clocks]
    for loop in loops:
        loop.start()
    assert soon(lambda: asked)
    go_on.set()
    for loop in loops:
        loop.join()
    assert asked == ["SM1"]
    assert texts()[0].lookups == 1


def test_what_a_clock_was_asked_that_died_another_asks_soon(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    day.pass_(FIRST_LOOK)
    assert transaction(lambda s: begin_look(s, turn.id, day.now, LEASE)) is not None
    has_become(carrier, "undelivered", 30005)
    look(clock, day, LEASE.total_seconds() - 1)
    assert carrier.sids_asked == []
    look(clock, day, 1)
    assert texts()[0].state == TextState.FAILED


@on_both
def test_a_report_that_comes_while_the_carrier_is_asked_counts_once(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    has_become(carrier, "failed", 30001)
    good = carrier.message

    def answer(sid: str) -> CarrierMessage | Unknown:
        report(turn, TextState.FAILED, day)
        return good(sid)

    carrier.message = answer  # type: ignore[method-assign]
    look(clock, day, FIRST_LOOK)
    assert [text.state for text in texts()] == [TextState.FAILED]


def test_what_the_carrier_says_counts_for_no_text_that_its_sid_turned_out_not_to_belong_to(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage, queue: Queue
) -> None:
    has_become(carrier, "failed", 30001)
    good = carrier.message

    def answer(sid: str) -> CarrierMessage | Unknown:
        transaction(lambda s: unbind_other_rows(s, turn.id + 1, sid, day.now))
        return good(sid)

    carrier.message = answer  # type: ignore[method-assign]
    look(clock, day, FIRST_LOOK)
    assert outbox(queue) == [(1, "your_turn", "unknown")]


def test_nobody_is_asked_about_a_phone_that_was_forgotten(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    transaction(lambda s: forget(s, customer(s, ANA), by=By.customer(), now=day.now))
    assert asked_at(carrier, clock, day) == []


@on_both
def test_a_clock_that_was_stopped_for_long_asks_for_nothing_old(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, turn: OutboundMessage
) -> None:
    look(clock, day, 15 * 60)
    assert carrier.sids_asked == []
    assert texts()[0].settle_after is None


def test_one_accepted_by_a_clock_that_was_an_hour_ahead_is_asked_for_once_it_is_right(
    queue: Queue, rosa: Servicer, carrier: ScriptedCarrier
) -> None:
    day = Day(NOON + timedelta(hours=1))
    join(queue, ANA, day.now)
    call_next(queue, rosa, day.now)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    has_become(carrier, "undelivered", 30005)
    day.now = NOON + timedelta(minutes=2)
    sender.clean_up(day.now)
    look(UnreportedTexts(carrier, settle_seconds=SETTLE, now=day), day, 0)
    assert texts()[0].state == TextState.FAILED
