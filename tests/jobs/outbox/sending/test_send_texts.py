"""The sending loop: in order of urgency, at the number's rate, with no text holding up another."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Busy, Outcome, Rejected, TextToSend
from jobs.outbox.send_texts import TextSender
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage, put_in_outbox
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.one_database import on_both
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    SHOP_PHONE,
    call_next,
    join,
    make_business,
    make_queue,
    outbox,
    phone,
)


def test_a_called_customer_is_texted(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    (sent,) = carrier.got
    assert (sent.to, sent.sender, sent.validity_seconds) == (ANA, SHOP_PHONE, 15 * 60)
    assert sent.body.startswith("It's your turn, number 1")
    (text,) = texts()
    assert sent.reference == text.reference
    assert (text.state, text.body, text.attempts) == (TextState.ACCEPTED, sent.body, 1)
    assert (text.claimed_at, text.accepted_at, text.lease_until) == (NOON, NOON, None)
    assert text.carrier_sid is not None


def test_the_text_links_to_the_customers_page(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    taken = join(queue, ANA, source=Source.WEB)
    send_all(sender_with(carrier, day), day)
    assert f"{PUBLIC_URL}/t/{taken.token}" in carrier.bodies[0]


def test_the_carrier_is_told_how_long_a_text_is_worth_delivering(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA, source=Source.WEB)
    day.pass_(600)
    send_all(sender_with(carrier, day), day)
    assert carrier.got[0].validity_seconds == 50 * 60
    call_next(queue, rosa, day.now)
    send_all(sender_with(carrier, day), day)
    assert carrier.got[1].validity_seconds == 15 * 60


def test_the_first_text_to_a_phone_says_who_we_are_and_how_to_stop_and_the_next_does_not(
    day: Day, carrier: ScriptedCarrier, queue: Queue, business: Business
) -> None:
    second_queue = make_queue(business, "BEARDS", name="Beards")
    join(queue, ANA, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    join(second_queue, ANA, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    first, second = carrier.bodies
    assert "Barber Lopes" in first
    assert "STOP" in first
    assert "STOP" not in second


def test_a_first_text_that_did_not_leave_does_not_count_as_the_first(
    day: Day, queue: Queue, business: Business
) -> None:
    carrier = ScriptedCarrier(Busy(), Rejected(30007, RejectionKind.CONTENT, "filtered"))
    sender = sender_with(carrier, day)
    join(queue, ANA, source=Source.DESK)
    send_all(sender, day, rounds=3)
    join(make_queue(business, "BEARDS"), ANA, source=Source.DESK, now=day.now)
    send_all(sender, day)
    assert len(carrier.got) == 3
    assert all("STOP" in body for body in carrier.bodies)


def test_a_turn_text_goes_before_everything_else(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    for someone in (BEN, CAI):
        join(queue, someone, source=Source.DESK)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert [text.to for text in carrier.got] == [ANA, BEN, CAI]


def test_what_is_not_due_yet_waits(
    day: Day, carrier: ScriptedCarrier, queue: Queue, business: Business
) -> None:
    join(queue, ANA)
    later(business, queue, timedelta(minutes=5))
    sender = sender_with(carrier, day)
    send_all(sender, day)
    assert carrier.got == []
    day.pass_(300)
    send_all(sender, day)
    assert len(carrier.got) == 1


# The rate -----------------------------------------------------------------------------------------------


def test_a_number_rests_for_each_segment_it_sends(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    for index in range(3):
        join(queue, phone(index), source=Source.DESK)
    sender = sender_with(carrier, day, texts_per_second=1.0)
    moments = []
    for _ in range(80):
        before = len(carrier.got)
        sender.send_due()
        assert sender.wait_until_idle(10)
        moments += [(day.now - NOON).total_seconds()] * (len(carrier.got) - before)
        day.pass_(0.1)
    segments = [text.segments for text in texts()]
    assert segments == [2, 2, 2]
    assert moments == pytest.approx([0, 2, 4], abs=0.11)


def test_the_loop_looks_again_when_the_number_may_send(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    assert sender_with(carrier, day, texts_per_second=50.0).send_due() == pytest.approx(0.02)


def test_two_clocks_share_the_rate_of_a_number(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    for index in range(6):
        join(queue, phone(index), source=Source.DESK)
    senders = [sender_with(carrier, day, texts_per_second=1.0) for _ in range(2)]
    for _ in range(40):  # four seconds
        for sender in senders:
            sender.send_due()
            assert sender.wait_until_idle(10)
        day.pass_(0.1)
    assert sum(text.segments or 0 for text in texts()) == 4


def test_each_number_has_a_rate_of_its_own(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    other = make_queue(make_business(name="Baker", number="+15550100009"), "BREAD")
    join(queue, ANA, source=Source.DESK)
    join(other, BEN, source=Source.DESK)
    send_all(sender_with(carrier, day, texts_per_second=1.0), day)
    assert {text.sender for text in carrier.got} == {SHOP_PHONE, "+15550100009"}


# One bad text -------------------------------------------------------------------------------------------


def test_a_text_without_wording_holds_up_nobody(
    day: Day, carrier: ScriptedCarrier, queue: Queue, business: Business, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    transaction(lambda s: setattr(s.get_one(OutboundMessage, texts()[0].id), "facts", {}))
    join(queue, BEN, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    assert [text.to for text in carrier.got] == [BEN]
    assert texts()[0].state == TextState.REJECTED
    assert "no wording" in (texts()[0].error or "")


@on_both
def test_a_call_that_hangs_delays_no_other_text(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    go_on = threading.Event()

    def hang(_: TextToSend) -> Outcome:
        go_on.wait(20)
        return Accepted("SMhung")

    carrier = ScriptedCarrier(hang)
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    sender.send_due()
    day.pass_(1)
    call_next(queue, luis, day.now)
    sender.send_due()
    assert soon(lambda: outbox(queue) == [(1, "your_turn", "sending"), (2, "your_turn", "accepted")])
    go_on.set()
    assert sender.wait_until_idle(10)
    assert outbox(queue)[0] == (1, "your_turn", "accepted")


@on_both
def test_no_more_calls_are_under_way_than_allowed(day: Day, queue: Queue) -> None:
    go_on = threading.Event()

    def hang(text: TextToSend) -> Outcome:
        go_on.wait(20)
        return Accepted(f"SM{text.reference}")

    carrier = ScriptedCarrier(hang, hang, hang)
    sender = sender_with(carrier, day, calls_at_once=2)
    for index in range(3):
        join(queue, phone(index), source=Source.DESK)
    for _ in range(4):
        sender.send_due()
        day.pass_(1)
    assert soon(lambda: len(carrier.got) == 2)
    assert [state for _, _, state in outbox(queue)] == ["sending", "sending", "waiting"]
    assert not sender.wait_until_idle(0.05)
    go_on.set()
    assert sender.wait_until_idle(10)
    send_all(sender, day)
    assert len(carrier.got) == 3


@on_both
def test_the_loop_sends_soon_after_the_press(db: Database, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier()
    sender = TextSender(carrier, public_url=PUBLIC_URL, texts_per_second=1.0)
    stop = threading.Event()
    loop = threading.Thread(target=sender.run, args=(stop,))
    loop.start()
    join(queue, ANA)
    call_next(queue, rosa)
    try:
        assert soon(lambda: carrier.got, seconds=4.0)
    finally:
        stop.set()
        loop.join()
        assert sender.wait_until_idle(10)


def later(business: Business, queue: Queue, delay: timedelta) -> None:
    """A rating question that is sent later."""

    def work(session: Session) -> None:
        ana = customer(session, ANA)
        our_number_id = business.numbers[0].id
        put_in_outbox(
            session,
            TextKind.RATING,
            key="1:rating",
            our_number_id=our_number_id,
            customer_id=ana.id,
            language="en",
            facts={"queue": "Haircuts", "business": "Barber Lopes", "number": 1, "keyword": "CET236"},
            now=NOON,
            queue_id=queue.id,
            delay=delay,
        )

    transaction(work)
