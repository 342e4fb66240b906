"""An error that may be about one phone, its country or its network stops no text to another."""

from collections.abc import Callable

import pytest

from jobs.outbox.carrier import Accepted, Outcome, Rejected, TextToSend, Unknown
from models.delivery.circuit_breaker import carrier_troubles
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading
from models.texts.error_codes import RejectionKind, kind_of_error
from models.texts.text_states import TextState
from tests.jobs.outbox.sending.failures import AUTH, always, mend, number, report
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import in_turn, on_both
from tests.world import ANA, BEN, CAI, call_next, join, outbox, phone

NOT_HERE = Rejected(21606, RejectionKind.PERHAPS_OURS, "not for this destination")
SUSPECTS = [21408, 21606, 21608, 21612, 21659, 21703, 30024, 30032, 30034]


def refusing(outcome: Outcome, *phones: str) -> Callable[[TextToSend], Outcome]:
    return lambda text: outcome if text.to in phones else Accepted(f"SM{text.reference}")


def carrier_refusing(outcome: Outcome, *phones: str) -> ScriptedCarrier:
    return ScriptedCarrier(*(refusing(outcome, *phones) for _ in range(500)))


@in_turn
@pytest.mark.parametrize("code", SUSPECTS)
def test_a_refusal_that_may_be_about_one_phone_delays_nobody_else(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer, code: int
) -> None:
    carrier = carrier_refusing(Rejected(code, kind_of_error(code), "not this phone"), ANA)
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    send_all(sender, day, rounds=20, apart=10)  # tried again and again: still one phone
    assert number().held_at is None
    called_at = day.now
    call_next(queue, luis, day.now)
    send_all(sender, day)
    assert outbox(queue) == [(1, "your_turn", "waiting"), (2, "your_turn", "accepted")]
    assert texts()[1].claimed_at == called_at
    assert texts()[0].error_code == code  # shown on the control page
    mend(carrier)
    send_all(sender, day, rounds=70, apart=10)
    assert outbox(queue)[0] == (1, "your_turn", "accepted")
    assert number().suspected_code is None


@pytest.mark.parametrize("code", [30023, 30027])
def test_the_daily_limit_of_one_network_stops_its_phone_alone(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer, code: int
) -> None:
    sender = sender_with(ScriptedCarrier(), day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    send_all(sender, day)
    report(texts()[0], TextState.FAILED, day, code)
    call_next(queue, luis, day.now)
    send_all(sender, day, rounds=2)
    assert outbox(queue) == [(1, "your_turn", "failed"), (2, "your_turn", "accepted")]
    assert number().held_at is None


@on_both
def test_a_visitor_from_the_united_states_does_not_silence_a_shop_in_canada(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """30034: unregistered numbers are blocked towards phones of the United States only."""
    sender = sender_with(ScriptedCarrier(), day)
    join(queue, ANA), join(queue, BEN), join(queue, CAI, source=Source.DESK)
    call_next(queue, rosa)
    send_all(sender, day)
    report(texts()[1], TextState.FAILED, day, 30034)
    call_next(queue, luis, day.now)
    send_all(sender, day, rounds=3)
    assert (2, "your_turn", "accepted") in outbox(queue)


@on_both
def test_different_phones_refused_alike_one_after_the_other_hold_the_number(day: Day, queue: Queue) -> None:
    for index in range(5):
        join(queue, phone(index), source=Source.DESK)
    send_all(sender_with(always(NOT_HERE), day), day, rounds=4)
    assert number().held_reason == "the carrier refuses several phones in a row (error 21606)"


def test_phones_refused_between_others_that_get_their_texts_hold_nothing(day: Day, queue: Queue) -> None:
    refused = [phone(index) for index in range(0, 10, 2)]
    for index in range(10):
        join(queue, phone(index), source=Source.DESK)
    send_all(sender_with(carrier_refusing(NOT_HERE, *refused), day), day, rounds=12)
    assert number().held_at is None
    assert sorted(state for _, _, state in outbox(queue)) == ["accepted"] * 5 + ["waiting"] * 5


@on_both
def test_who_is_called_is_told_though_other_phones_hold_the_number(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    refused = [phone(index) for index in range(3)]
    sender = sender_with(carrier_refusing(NOT_HERE, *refused), day)
    join(queue, BEN)
    for one in refused:
        join(queue, one, source=Source.DESK)
    send_all(sender, day, rounds=3)
    assert number().held_at is not None
    with reading() as session:
        assert list(carrier_troubles(session)) == [
            "only calls leave from +15550100000: the carrier refuses several phones in a row (error 21606)"
        ]
    send_all(sender, day, rounds=20)
    called_at = day.now
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    assert outbox(queue, 1) == [(1, "your_turn", "accepted")]
    assert texts()[-1].claimed_at == called_at
    assert number().held_at is None  # the call was a probe as well


@pytest.mark.parametrize(
    "outcome",
    [
        Rejected(21610, RejectionKind.OPTED_OUT, "opted out"),
        Rejected(21614, RejectionKind.BAD_NUMBER, "no mobile"),
        Rejected(30007, RejectionKind.CONTENT, "filtered"),
    ],
)
def test_a_probe_that_fails_for_its_phone_lets_the_next_leave_at_once(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer, outcome: Outcome
) -> None:
    carrier = ScriptedCarrier(AUTH, outcome)
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    send_all(sender, day)
    call_next(queue, luis, day.now)
    send_all(sender, day, rounds=8)
    assert outbox(queue) == [(1, "your_turn", "accepted"), (2, "your_turn", "rejected")]
    assert number().held_at is None


def test_a_probe_without_an_answer_is_followed_by_another_before_its_lease_ends(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    carrier = ScriptedCarrier(AUTH, Unknown("no answer in time"))
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa), call_next(queue, luis)
    send_all(sender, day, rounds=14)
    assert number().held_at is None
    assert "accepted" in {state for _, _, state in outbox(queue)}


def test_a_sender_that_cannot_reach_a_phone_leaves_no_mark_on_the_phone(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    """21612 is about the two together: another of our numbers may reach it."""
    join(queue, ANA)
    call_next(queue, rosa)
    refused = Rejected(21612, kind_of_error(21612), "no way from here to there")
    send_all(sender_with(carrier_refusing(refused, ANA), day), day)
    assert outbox(queue) == [(1, "your_turn", "waiting")]
