"""Texts of unknown outcome: found in the carrier's list, or proven absent and sent again; each once."""

from datetime import timedelta

import pytest

from jobs.outbox.carrier import Accepted, Unknown
from jobs.outbox.reconcile import UnknownTexts
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending, moving
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer
from tests.jobs.outbox.settling.lookups import SETTLE, look
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, change, join, outbox


def test_it_is_left_to_the_delivery_report_first(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    look(clock, day, SETTLE - 2)
    assert carrier.lists_asked == 0
    look(clock, day, 2)
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
    look(clock, day, SETTLE)
    send_all(sender_with(carrier, day), day, rounds=3)
    (text,) = texts()
    assert (text.state, text.carrier_sid, text.accepted_at) == (state, "SM1", NOON)
    assert len(carrier.got) == 1


def test_one_that_is_absent_twice_is_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    sender = sender_with(carrier, day)
    look(clock, day, SETTLE)
    send_all(sender, day)
    assert (texts()[0].state, len(carrier.got)) == (TextState.UNKNOWN, 1)
    look(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.WAITING
    send_all(sender, day)
    assert [text.body for text in carrier.got] == [turn.body] * 2
    (text,) = texts()
    assert (text.state, text.attempts, text.lookups) == (TextState.ACCEPTED, 2, 0)


def test_one_that_the_carrier_lists_late_is_found_by_the_second_look(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    look(clock, day, SETTLE)
    carrier.has(ANA, turn.body or "", NOON)
    look(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.DELIVERED


@on_both
def test_a_list_that_fails_proves_nothing_and_is_asked_for_later_and_later(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    carrier.list_fails = True
    day.pass_(SETTLE)
    asked = []
    for second in range(50):
        before = carrier.lists_asked
        clock.run(day.now)
        if carrier.lists_asked > before:
            asked.append(second)
        day.pass_(1)
    assert texts()[0].state == TextState.UNKNOWN
    assert asked == [0, 1, 3, 7, 15, 30, 45]
    carrier.list_fails = False
    look(clock, day, 60)
    look(clock, day, SETTLE / 3)
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
    look(clock, day, SETTLE)
    look(clock, day, SETTLE / 3)
    assert texts()[0].state == TextState.WAITING


def test_the_clocks_need_not_agree_to_the_second_and_a_service_may_not_have_chosen_a_number_yet(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage
) -> None:
    carrier.has(ANA, turn.body or "", NOON - timedelta(seconds=20), sender=None, status="accepted")
    look(clock, day, SETTLE)
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
    look(clock, day, SETTLE)
    look(clock, day, SETTLE / 3)
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
    look(clock, day, SETTLE + 25)
    look(clock, day, SETTLE / 3)
    first, _, second = texts()
    assert (first.state, first.carrier_sid) == (TextState.DELIVERED, "SM1")
    assert (second.state, second.obsolete_at) == (TextState.WAITING, None)
    assert second.created_at == again_at


def test_one_that_is_absent_and_no_longer_true_is_not_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, turn: OutboundMessage, queue: Queue
) -> None:
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=day.now))
    look(clock, day, SETTLE)
    look(clock, day, SETTLE / 3)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert outbox(queue) == [(1, "your_turn", "expired")]
    assert len(carrier.got) == 1


def test_an_old_text_that_is_absent_is_not_sent_again(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, queue: Queue
) -> None:
    join(queue, ANA, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    look(clock, day, 3600)
    look(clock, day, SETTLE / 3)
    assert outbox(queue) == [(1, "joined", "expired")]


def test_the_next_text_to_a_phone_is_the_first_if_the_first_never_left(
    day: Day, carrier: ScriptedCarrier, clock: UnknownTexts, queue: Queue
) -> None:
    join(queue, ANA, source=Source.DESK)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    assert "STOP" in carrier.bodies[0]
    look(clock, day, SETTLE)
    look(clock, day, SETTLE / 3)
    assert transaction(lambda s: customer(s, ANA).welcomed_at) is None
    send_all(sender, day)
    assert "STOP" in carrier.bodies[1]
