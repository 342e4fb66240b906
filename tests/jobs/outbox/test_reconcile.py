"""Texts of unknown outcome: found in the carrier's list, or proven absent and sent again; each once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.clock_id import is_gone, name_of_this_clock
from jobs.outbox.carrier import Accepted, Busy, Outcome, TextToSend, Unknown
from jobs.outbox.reconcile import LEASE as LOOKUP_LEASE, UnknownTexts
from jobs.outbox.send_texts import LEASE
from jobs.outbox.twilio_carrier import LIST_LIMIT_SECONDS
from models.delivery.delivery_reports import Report, apply_report
from models.delivery.settlement import Lookup, Recipient, begin_lookup, finish_lookup
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending, moving
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.test_send_texts import claim_and_die, customer, revision
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.world import ANA, BEN, NOON, call_next, change, join, make_queue, outbox, press

SETTLE = 45.0


@pytest.fixture
def day(db: Database) -> Day:
    return Day()


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier(Unknown("no answer in time"))


@pytest.fixture
def clock(carrier: ScriptedCarrier, day: Day) -> UnknownTexts:
    return UnknownTexts(carrier, settle_seconds=SETTLE, now=day)


@pytest.fixture
def turn(day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer) -> OutboundMessage:
    """Ana's turn text, of unknown outcome."""
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    (text,) = texts()
    assert text.state == TextState.UNKNOWN
    return text


def sweep(clock: UnknownTexts, day: Day, seconds: float) -> None:
    day.pass_(seconds)
    clock.sweep(day.now)


def test_it_is_left_to_the_delivery_report_first(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    sweep(clock, day, SETTLE - 2)
    assert carrier.lists_asked == 0
    sweep(clock, day, 2)
    assert carrier.lists_asked == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", TextState.ACCEPTED),
        ("sending", TextState.ACCEPTED),
        ("sent", TextState.SENT),
        ("delivered", TextState.DELIVERED),
        ("undelivered", TextState.FAILED),
    ],
)
def test_one_that_the_carrier_lists_is_bound_and_not_sent_again(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnknownTexts,
    turn: OutboundMessage,
    status: str,
    state: TextState,
) -> None:
    carrier.has(ANA, turn.body or "", NOON, status=status, error_code=30003 if state == "failed" else None)
    sweep(clock, day, SETTLE)
    send_all(sender_with(carrier, day), day, rounds=3)
    (text,) = texts()
    assert (text.state, text.carrier_sid, text.accepted_at) == (state, "SM1", NOON)
    assert len(carrier.got) == 1


def test_one_that_is_absent_twice_is_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    sender = sender_with(carrier, day)
    sweep(clock, day, SETTLE)
    send_all(sender, day)
    assert (texts()[0].state, len(carrier.got)) == (TextState.UNKNOWN, 1)
    sweep(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.WAITING
    send_all(sender, day)
    assert [text.body for text in carrier.got] == [turn.body] * 2
    (text,) = texts()
    assert (text.state, text.attempts, text.lookups) == (TextState.ACCEPTED, 2, 0)


def test_one_that_the_carrier_lists_late_is_found_by_the_second_look(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    sweep(clock, day, SETTLE)
    carrier.has(ANA, turn.body or "", NOON)
    sweep(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.DELIVERED


def test_a_list_that_fails_proves_nothing_and_is_asked_for_later_and_later(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    carrier.list_fails = True
    day.pass_(SETTLE)
    asked = []
    for second in range(50):
        before = carrier.lists_asked
        clock.sweep(day.now)
        if carrier.lists_asked > before:
            asked.append(second)
        day.pass_(1)
    assert texts()[0].state == TextState.UNKNOWN
    assert asked == [0, 1, 3, 7, 15, 30, 45]
    carrier.list_fails = False
    sweep(clock, day, 60)
    sweep(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.WAITING


@pytest.mark.parametrize(
    "other",
    [
        {"body": "It's your turn, number 9"},
        {"to": BEN},
        {"direction": "outbound-reply"},
        {"sender": "+15550109999"},
        {"at": NOON - timedelta(minutes=2)},
    ],
    ids=["other words", "other phone", "an answer", "another number of ours", "before the attempt"],
)
def test_another_text_is_not_taken_for_it(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnknownTexts,
    turn: OutboundMessage,
    other: dict[str, object],
) -> None:
    carrier.has(**({"to": ANA, "body": turn.body, "at": NOON} | other))  # type: ignore[arg-type]
    sweep(clock, day, SETTLE)
    sweep(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.WAITING


def test_the_clocks_need_not_agree_to_the_second_and_a_service_may_not_have_chosen_a_number_yet(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    carrier.has(ANA, turn.body or "", NOON - timedelta(seconds=20), sender=None, status="accepted")
    sweep(clock, day, SETTLE)
    assert texts()[0].state == TextState.ACCEPTED


def test_what_belongs_to_another_row_is_not_taken(
    day: Day, queue: Queue, rosa: Servicer, clock: UnknownTexts, carrier: ScriptedCarrier
) -> None:
    """Called, put back, called again: the same words twice, the first text arrived, the second did not."""
    carrier._script[:] = [Accepted("SM1"), Accepted("SMback"), Unknown("reset")]
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender, day)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    first, _, second = texts()
    assert first.body == second.body
    carrier.has(ANA, first.body or "", NOON, sid="SM1")
    sweep(clock, day, SETTLE)
    sweep(clock, day, SETTLE / 3)
    assert [text.state for text in texts()] == ["accepted", "accepted", "waiting"]


def test_of_two_alike_each_gets_the_one_that_is_closest(
    day: Day, queue: Queue, rosa: Servicer, clock: UnknownTexts, carrier: ScriptedCarrier
) -> None:
    carrier._script[:] = [Unknown("reset"), Accepted("SMback"), Unknown("reset")]
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender, day)
    day.pass_(20)
    again_at = day.now
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    carrier.has(ANA, texts()[0].body or "", NOON, sid="SM1")
    sweep(clock, day, SETTLE + 25)
    sweep(clock, day, SETTLE / 3)
    first, _, second = texts()
    assert (first.state, first.carrier_sid) == (TextState.DELIVERED, "SM1")
    assert (second.state, second.obsolete_at) == (TextState.WAITING, None)
    assert second.created_at == again_at


def test_one_that_is_absent_and_no_longer_true_is_not_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage, queue: Queue
) -> None:
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=day.now))
    sweep(clock, day, SETTLE)
    sweep(clock, day, SETTLE / 3)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert outbox(queue) == [(1, "your_turn", "expired")]
    assert len(carrier.got) == 1


def test_an_old_text_that_is_absent_is_not_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, queue: Queue
) -> None:
    join(queue, ANA, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    sweep(clock, day, 3600)
    sweep(clock, day, SETTLE / 3)
    assert outbox(queue) == [(1, "joined", "expired")]


def test_the_next_text_to_a_phone_is_the_first_if_the_first_never_left(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, queue: Queue
) -> None:
    join(queue, ANA, source=Source.DESK)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    assert "STOP" in carrier.bodies[0]
    sweep(clock, day, SETTLE)
    sweep(clock, day, SETTLE / 3)
    assert transaction(lambda s: customer(s, ANA).welcomed_at) is None
    send_all(sender, day)
    assert "STOP" in carrier.bodies[1]


def test_a_report_settles_it_before_the_carrier_is_asked(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    report(turn, TextState.SENT, day)
    sweep(clock, day, SETTLE * 3)
    assert carrier.lists_asked == 0
    assert (texts()[0].state, texts()[0].carrier_sid) == (TextState.SENT, "SM1")


def test_a_report_that_comes_while_the_carrier_is_asked_counts(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnknownTexts,
    turn: OutboundMessage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweep(clock, day, SETTLE)

    def report_meanwhile(*_: object) -> list[object]:
        report(turn, TextState.DELIVERED, day)
        return []

    monkeypatch.setattr(carrier, "messages_to", report_meanwhile)
    sweep(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.DELIVERED


def test_a_report_that_comes_after_it_was_found_absent_keeps_it_from_leaving_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    sweep(clock, day, SETTLE)
    sweep(clock, day, SETTLE / 3)
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
    sweep(clock, day, SETTLE + 2)
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
    loops = [threading.Thread(target=clock.sweep, args=(day.now,)) for clock in clocks]
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


def begin(who: Recipient, day: Day) -> Lookup:
    lookup = transaction(lambda s: begin_lookup(s, who, day.now, LOOKUP_LEASE))
    assert lookup is not None
    return lookup


def finish(lookup: Lookup, day: Day) -> None:
    transaction(lambda s: finish_lookup(s, lookup, [], day.now, look_again_after=timedelta(0)))


def test_nobody_is_asked_about_a_phone_that_was_forgotten(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    transaction(lambda s: forget(s, customer(s, ANA), by=By.customer(), now=day.now))
    for _ in range(3):
        sweep(clock, day, SETTLE)
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
    sweep(clock, day, SETTLE)
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
    sweep(settling, day, SETTLE)
    sweep(settling, day, SETTLE / 3)
    send_all(sender, day)
    assert outbox(queue) == [(1, "your_turn", "accepted")]
    assert len(healthy.got) == 1


def report(text: OutboundMessage, state: TextState, day: Day, sid: str = "SM1") -> None:
    said = Report(state, sid, None)
    transaction(lambda session: apply_report(session, text.reference, said, day.now))


# Undo while the text is on its way ----------------------------------------------------------------------


def undo_meanwhile(
    queue: Queue, rosa: Servicer, day: Day, outcome: Outcome
) -> Callable[[TextToSend], Outcome]:
    def undo(_: TextToSend) -> Outcome:
        press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
        return outcome

    return undo


@pytest.mark.parametrize(
    "outcome", [Busy(), Accepted("SM1"), Unknown("reset")], ids=["busy", "accepted", "unknown"]
)
def test_only_who_may_have_got_the_turn_text_is_told_that_it_was_too_early(
    day: Day, queue: Queue, rosa: Servicer, outcome: Outcome
) -> None:
    carrier = ScriptedCarrier(undo_meanwhile(queue, rosa, day, outcome))
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=4)
    told = [body for body in carrier.bodies if "too early" in body]
    assert len(told) == (0 if isinstance(outcome, Busy) else 1)
    too_early = next(text for text in texts() if text.kind == "called_too_early")
    assert too_early.state == (TextState.EXPIRED if isinstance(outcome, Busy) else TextState.ACCEPTED)


def test_the_correction_does_not_overtake_the_text_it_corrects(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    go_on = threading.Event()

    def slowly(text: TextToSend) -> Outcome:
        go_on.wait(20)
        return Accepted("SMslow")

    carrier = ScriptedCarrier(slowly)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    sender.send_due()
    assert soon(lambda: carrier.got)
    press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
    day.pass_(2)
    sender.send_due()
    assert len(carrier.got) == 1
    go_on.set()
    assert sender.wait_until_idle(10)
    send_all(sender, day)
    assert [body[:14] for body in carrier.bodies] == ["It's your turn", "Sorry, number "]


def test_a_no_show_that_was_taken_back_before_it_was_told_is_not_corrected(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier(Accepted("SMturn"), undo_meanwhile(queue, rosa, day, Busy()))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)

    press(
        queue, rosa, lambda s, q, by: ending.mark_no_show(s, present(s, q, rosa), by=by, now=day.now), day.now
    )
    send_all(sender, day, rounds=4)
    assert [kind for _, kind, state in outbox(queue) if state == "expired"] == ["no_show", "still_called"]


@pytest.mark.parametrize("outcome", [Unknown("no answer in time"), Busy()], ids=["unknown", "busy"])
def test_a_call_that_holds_again_is_told_though_its_text_was_on_its_way_and_got_lost(
    day: Day, queue: Queue, rosa: Servicer, outcome: Outcome
) -> None:
    def done_and_undone(_: TextToSend) -> Outcome:
        press(queue, rosa, lambda s, q, by: ending.finish(s, present(s, q, rosa), by=by, now=day.now))
        press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
        return outcome

    carrier = ScriptedCarrier(done_and_undone)
    clock = UnknownTexts(carrier, settle_seconds=SETTLE, now=day)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)
    for _ in range(2):
        sweep(clock, day, SETTLE)
    send_all(sender, day)
    assert outbox(queue)[0] == (1, "your_turn", "accepted")
    assert carrier.bodies == [carrier.bodies[0]] * 2


def present(session: Session, queue: Queue, servicer: Servicer) -> Ticket:
    ticket = present_ticket_of(session, queue, servicer.id)
    assert ticket is not None
    return ticket


def test_a_text_in_the_other_queue_is_no_concern_of_this_one(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage, business: Business
) -> None:
    other = make_queue(business, "BEARDS", name="Beards")
    join(other, ANA, source=Source.DESK, now=day.now)
    send_all(sender_with(carrier, day), day)
    joined = texts()[-1]
    carrier.has(ANA, joined.body or "", day.now, sid="SMother")
    sweep(clock, day, SETTLE)
    assert texts()[0].state == TextState.UNKNOWN
