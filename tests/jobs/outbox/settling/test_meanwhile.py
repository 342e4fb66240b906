"""Reports, other clocks and dead ones, while the outcome of a text is looked up, change nothing twice."""

import threading
from datetime import timedelta

import pytest

from jobs import clock_id
from jobs.clock_id import is_gone, name_of_this_clock
from jobs.outbox.carrier import Unknown
from jobs.outbox.reconcile import LEASE as LOOKUP_LEASE, UnknownTexts
from jobs.outbox.send_texts import LEASE
from jobs.outbox.twilio_carrier import LIST_LIMIT_SECONDS
from models.delivery.settlement import Recipient
from models.people.actors import By
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import moving
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import claim_and_die, customer, revision
from tests.jobs.outbox.settling.lookups import SETTLE, begin, finish, look, report
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, change, join, outbox

pytestmark = on_both  # threads meet, or other processes


def test_a_report_settles_it_before_the_carrier_is_asked(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    report(turn, TextState.SENT, day)
    look(clock, day, SETTLE * 3)
    assert carrier.lists_asked == 0
    assert (texts()[0].state, texts()[0].carrier_sid) == (TextState.SENT, "SM1")


def test_a_report_that_comes_while_the_carrier_is_asked_counts(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnknownTexts,
    turn: OutboundMessage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look(clock, day, SETTLE)

    def report_meanwhile(*_: object) -> list[object]:
        report(turn, TextState.DELIVERED, day)
        return []

    monkeypatch.setattr(carrier, "messages_to", report_meanwhile)
    look(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.DELIVERED


def test_a_report_that_comes_after_it_was_found_absent_keeps_it_from_leaving_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    look(clock, day, SETTLE)
    look(clock, day, SETTLE / 3)
    report(turn, TextState.SENT, day)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert len(carrier.got) == 1


def test_a_report_knows_better_than_the_words_whose_text_it_is(
    day: Day, queue: Queue, rosa: Servicer, clock: UnknownTexts, carrier: ScriptedCarrier
) -> None:
    """Two alike in two seconds, one arrived: matched to the wrong one first, the report corrects it."""
    carrier._script[:] = [Unknown("reset"), Unknown("reset")]
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=day.now))
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    first, second = (text for text in texts() if text.kind == "your_turn")
    carrier.has(ANA, first.body or "", NOON, sid="SM1")
    look(clock, day, SETTLE + 2)
    assert texts()[0].carrier_sid == "SM1"
    report(second, TextState.DELIVERED, day)
    first, second = (text for text in texts() if text.kind == "your_turn")
    assert (first.state, first.carrier_sid) == (TextState.UNKNOWN, None)
    assert (second.state, second.carrier_sid) == (TextState.DELIVERED, "SM1")


def test_two_clocks_settle_each_text_once(day: Day, carrier: ScriptedCarrier, turn: OutboundMessage) -> None:
    go_on = threading.Event()
    asked = []

    def slowly(*_: object) -> list[object]:
        asked.append(1)
        go_on.wait(10)
        return []

    carrier.messages_to = slowly  # type: ignore[method-assign, assignment]
    clocks = [UnknownTexts(carrier, settle_seconds=SETTLE, now=day) for _ in range(2)]
    day.pass_(SETTLE)
    loops = [threading.Thread(target=clock.run, args=(day.now,)) for clock in clocks]
    for loop in loops:
        loop.start()
    assert soon(lambda: asked)
    go_on.set()
    for loop in loops:
        loop.join()
    assert len(asked) == 1
    assert texts()[0].lookups == 1


def test_what_a_clock_was_asked_that_died_another_asks_soon_and_a_late_answer_does_not_count_twice(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    day.pass_(SETTLE)
    who = Recipient(turn.our_number_id, turn.customer_id, turn.servicer_id)
    first = begin(who, day)
    day.pass_(LOOKUP_LEASE.total_seconds())
    second = begin(who, day)
    finish(second, day)
    assert texts()[0].absent_at == day.now
    finish(first, day)  # it was not dead after all: one moment is not two
    assert texts()[0].state == TextState.UNKNOWN


def test_a_list_that_is_always_slow_is_waited_for_longer_each_time(
    day: Day, carrier: ScriptedCarrier, turn: OutboundMessage
) -> None:
    day.pass_(SETTLE)
    who = Recipient(turn.our_number_id, turn.customer_id, turn.servicer_id)
    waited_for = []
    for _ in range(12):
        begin(who, day)
        settle_after = texts()[0].settle_after
        assert settle_after is not None
        waited_for.append((settle_after - day.now).total_seconds())
        day.now = settle_after
    assert waited_for[:3] == [8, 16, 24]
    assert max(waited_for) > LIST_LIMIT_SECONDS


def test_nobody_is_asked_about_a_phone_that_was_forgotten(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    transaction(lambda s: forget(s, customer(s, ANA), by=By.customer(), now=day.now))
    for _ in range(3):
        look(clock, day, SETTLE)
    send_all(sender_with(carrier, day), day)
    assert carrier.lists_asked == 0
    assert len(carrier.got) == 1


def test_a_turn_text_waits_for_nobody_elses_settling(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnknownTexts,
    turn: OutboundMessage,
    queue: Queue,
    luis: Servicer,
) -> None:
    join(queue, BEN)
    call_next(queue, luis, day.now)
    send_all(sender_with(carrier, day), day)
    assert [text.to for text in carrier.got] == [ANA, BEN]


def test_the_pages_are_told_what_was_found_out(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage, queue: Queue
) -> None:
    before = revision(queue)
    carrier.has(ANA, turn.body or "", NOON)
    look(clock, day, SETTLE)
    assert revision(queue) > before


# Clocks that die ----------------------------------------------------------------------------------------


def test_a_clock_that_is_known_to_be_gone_is_not_waited_for(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    host, _, rest = name_of_this_clock().partition(":")
    gone = f"{host}:{rest.partition(':')[0]}:of before"
    claim_and_die(texts()[0].our_number_id, gone)
    assert is_gone(gone)
    sender_with(carrier, day).clean_up(day.now)
    assert outbox(queue) == [(1, "your_turn", "unknown")]


def test_a_clock_of_the_same_name_on_another_machine_is_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Machines made from one image share the name, and their process ids are in namespaces of one number."""
    host = name_of_this_clock().partition(":")[0]
    of_here = f"{host}:4194303:00"
    assert is_gone(of_here)
    monkeypatch.setattr(clock_id, "_read", lambda file: "another machine's id, and another boot's")
    clock_id._host.cache_clear()
    try:
        assert not is_gone(of_here)
    finally:
        clock_id._host.cache_clear()


@pytest.mark.parametrize("clock", ["elsewhere/1:1:00", "nonsense", "this one"])
def test_of_other_clocks_only_the_lease_tells(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer, clock: str
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    claim_and_die(texts()[0].our_number_id, name_of_this_clock() if clock == "this one" else clock)
    sender = sender_with(carrier, day)
    sender.clean_up(day.now + LEASE)
    assert outbox(queue) == [(1, "your_turn", "sending")]
    sender.clean_up(day.now + LEASE + timedelta(seconds=1))
    assert outbox(queue) == [(1, "your_turn", "unknown")]


def test_what_a_dead_clock_left_is_settled_too(
    day: Day, queue: Queue, rosa: Servicer, clock: UnknownTexts
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    claim_and_die(texts()[0].our_number_id)
    healthy = ScriptedCarrier()
    sender = sender_with(healthy, day)
    day.pass_(LEASE.total_seconds() + 1)
    sender.clean_up(day.now)
    settling = UnknownTexts(healthy, settle_seconds=SETTLE, now=day)
    look(settling, day, SETTLE)
    look(settling, day, SETTLE / 3)
    send_all(sender, day)
    assert outbox(queue) == [(1, "your_turn", "accepted")]
    assert len(healthy.got) == 1
