"""The sending loop: each text once, in order of urgency, whatever the carrier answers."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Busy, Outcome, Rejected, TextToSend, Unknown
from jobs.outbox.send_texts import LEASE, LONGEST_RETRY_AFTER, TextSender, put_off
from models.delivery.claiming import RenderedText, claim_next
from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage, advance, put_in_outbox
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, soon, texts
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
    minutes,
    outbox,
    phone,
    press,
)


@pytest.fixture
def day(db: Database) -> Day:
    return Day()


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


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


# Once ---------------------------------------------------------------------------------------------------


def test_two_clocks_at_once_send_each_text_once(db: Database, queue: Queue) -> None:
    for index in range(40):
        join(queue, phone(index), source=Source.DESK)
    carrier = ScriptedCarrier()
    stop = threading.Event()
    senders = [
        TextSender(carrier, public_url=PUBLIC_URL, texts_per_second=1e9, now=lambda: NOON) for _ in range(2)
    ]
    loops = [threading.Thread(target=sender.run, args=(stop,)) for sender in senders]
    for loop in loops:
        loop.start()
    all_sent = soon(lambda: len(carrier.got) >= 40, seconds=20)
    stop.set()
    for loop in loops:
        loop.join()
    assert all(sender.wait_until_idle(10) for sender in senders)
    assert all_sent
    assert sorted(text.to for text in carrier.got) == sorted(phone(index) for index in range(40))
    assert {text.state for text in texts()} == {TextState.ACCEPTED}


def test_an_unknown_outcome_is_never_sent_again_blindly(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Unknown("no end within 20 s"))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    for _ in range(5):
        send_all(sender, day)
        sender.clean_up(day.now)
        day.pass_(600)
    assert len(carrier.got) == 1
    (text,) = texts()
    assert (text.state, text.error) == (TextState.UNKNOWN, "no end within 20 s")


def test_a_carrier_that_raises_leaves_the_outcome_unknown(day: Day, queue: Queue, rosa: Servicer) -> None:
    def explode(_: TextToSend) -> Outcome:
        raise ZeroDivisionError

    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(ScriptedCarrier(explode), day), day)
    assert texts()[0].state == TextState.UNKNOWN


def test_a_clock_that_dies_in_mid_call_leaves_an_unknown_text_that_is_not_sent_again(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    claim_and_die(texts()[0].our_number_id)
    survivor = sender_with(carrier, day)
    day.pass_(LEASE.total_seconds() - 1)
    survivor.clean_up(day.now)
    assert outbox(queue) == [(1, "your_turn", "sending")]
    day.pass_(2)
    before = revision(queue)
    survivor.clean_up(day.now)
    send_all(survivor, day, rounds=3)
    assert outbox(queue) == [(1, "your_turn", "unknown")]
    assert carrier.got == []
    assert revision(queue) > before  # the control page says "call aloud"


def test_an_answer_that_comes_after_the_lease_still_counts(day: Day, queue: Queue, rosa: Servicer) -> None:
    go_on = threading.Event()

    def late(_: TextToSend) -> Outcome:
        go_on.wait(20)
        return Accepted("SMlate")

    sender = sender_with(ScriptedCarrier(late), day)
    join(queue, ANA)
    call_next(queue, rosa)
    sender.send_due()
    day.pass_(LEASE.total_seconds() + 1)
    sender.clean_up(day.now)
    go_on.set()
    assert sender.wait_until_idle(10)
    assert (texts()[0].state, texts()[0].carrier_sid) == (TextState.ACCEPTED, "SMlate")


def test_a_turn_text_does_not_wait_behind_an_unknown_one(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    carrier = ScriptedCarrier(Unknown("reset"))
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    send_all(sender, day)
    call_next(queue, luis)
    send_all(sender, day)
    assert [text.to for text in carrier.got] == [ANA, BEN]


# What the carrier answers -------------------------------------------------------------------------------


def test_a_busy_carrier_is_tried_again_after_a_while(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Busy(reason="connection refused"), Busy())
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    sender.send_due()
    assert sender.wait_until_idle(10)
    (text,) = texts()
    assert (text.state, text.error, text.body) == (TextState.WAITING, "connection refused", None)
    assert NOON < text.send_after <= NOON + timedelta(seconds=1)
    send_all(sender, day, rounds=6)
    assert len(carrier.got) == 3
    assert (texts()[0].state, texts()[0].attempts) == (TextState.ACCEPTED, 3)


def test_a_busy_carrier_says_for_how_long(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Busy(retry_after=20))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day, rounds=19)
    assert len(carrier.got) == 1
    send_all(sender, day, rounds=4)
    assert len(carrier.got) == 2


def test_putting_off_grows_and_is_bounded() -> None:
    assert put_off(1, None) <= timedelta(seconds=1)
    assert timedelta(seconds=4) <= put_off(4, None) <= timedelta(seconds=8)
    assert put_off(500, None) <= timedelta(seconds=30)
    assert timedelta(seconds=60) <= put_off(1, 60) <= timedelta(seconds=61)
    assert put_off(1, 1e9) <= timedelta(seconds=LONGEST_RETRY_AFTER + 1)
    assert put_off(1, -5) > timedelta(0)


def test_a_text_that_became_untrue_while_the_carrier_was_busy_expires(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    def undo_meanwhile(_: TextToSend) -> Outcome:
        press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=day.now))
        return Busy()

    carrier = ScriptedCarrier(undo_meanwhile)
    join(queue, ANA)
    call_next(queue, rosa)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    assert outbox(queue)[0] == (1, "your_turn", "expired")
    send_all(sender, day, rounds=3)
    assert not any(body.startswith("It's your turn") for body in carrier.bodies[1:])


def test_a_refused_text_is_kept_with_its_reason(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Rejected(30007, RejectionKind.CONTENT, "filtered"))
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=3)
    (text,) = texts()
    assert (text.state, text.error_code, text.error) == (TextState.REJECTED, 30007, "content: filtered")
    assert len(carrier.got) == 1


def test_a_failed_turn_text_is_news_for_the_pages(day: Day, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    before = revision(queue)
    send_all(sender_with(ScriptedCarrier(Unknown("reset")), day), day)
    assert revision(queue) > before


def test_a_phone_that_wants_no_texts_gets_no_more(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Rejected(21610, RejectionKind.OPTED_OUT, "unsubscribed"))
    sender = sender_with(carrier, day)
    join(queue, ANA, source=Source.DESK)
    send_all(sender, day)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    assert len(carrier.got) == 1
    assert transaction(lambda s: customer(s, ANA).has_opted_out(s, texts()[0].our_number_id))


def test_a_phone_that_cannot_get_texts_is_remembered(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Rejected(21614, RejectionKind.BAD_NUMBER, "not a mobile"))
    sender = sender_with(carrier, day)
    join(queue, ANA, source=Source.DESK)
    send_all(sender, day)
    call_next(queue, rosa, day.now)
    send_all(sender, day)
    assert len(carrier.got) == 1
    assert transaction(lambda s: customer(s, ANA).unreachable_at) == NOON


def test_a_report_that_comes_before_our_own_call_returns_is_not_taken_back(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    def report_first(message: TextToSend) -> Outcome:
        def work(session: Session) -> None:
            found = select(OutboundMessage.id).where(OutboundMessage.reference == message.reference)
            message_id = session.scalars(found).one()
            advance(session, message_id, TextState.DELIVERED, day.now)

        transaction(work)  # which also shows that no transaction is open during the call
        return Accepted("SM1")

    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(ScriptedCarrier(report_first), day), day)
    (text,) = texts()
    assert (text.state, text.carrier_sid, text.accepted_at) == (TextState.DELIVERED, "SM1", NOON)


def test_a_report_settles_what_the_call_left_unknown(day: Day, queue: Queue, rosa: Servicer) -> None:
    def report_then_hang(message: TextToSend) -> Outcome:
        def work(session: Session) -> None:
            found = select(OutboundMessage.id).where(OutboundMessage.reference == message.reference)
            advance(session, session.scalars(found).one(), TextState.SENT, day.now, carrier_sid="SM1")

        transaction(work)
        return Unknown("no end within 20 s")

    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(ScriptedCarrier(report_then_hang), day), day)
    assert (texts()[0].state, texts()[0].carrier_sid) == (TextState.SENT, "SM1")


# What changed since it was put into the outbox ----------------------------------------------------------


def test_somebody_who_opts_out_before_the_text_leaves_gets_none(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    transaction(lambda s: customer(s, ANA).opt_out(s, texts()[0].our_number_id, NOON))
    send_all(sender_with(carrier, day), day)
    assert carrier.got == []
    assert (texts()[0].state, texts()[0].error) == (TextState.REJECTED, "opted out")


def test_a_phone_found_unreachable_before_the_text_leaves_gets_none(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)

    def mark(session: Session) -> None:
        customer(session, ANA).unreachable_at = NOON

    transaction(mark)
    send_all(sender_with(carrier, day), day)
    assert carrier.got == []
    assert texts()[0].state == TextState.REJECTED


def test_nothing_is_sent_to_somebody_who_was_forgotten(
    day: Day, carrier: ScriptedCarrier, queue: Queue
) -> None:
    join(queue, ANA, source=Source.DESK)
    transaction(lambda s: forget(s, customer(s, ANA), by=By.customer(), now=NOON))
    send_all(sender_with(carrier, day), day)
    assert carrier.got == []


def test_old_news_expires_unsent_and_holds_up_nothing(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    for someone in (ANA, BEN):
        join(queue, someone, source=Source.DESK)
    call_next(queue, rosa)
    day.pass_(2 * 3600)
    join(queue, CAI, source=Source.DESK, now=day.now)
    send_all(sender_with(carrier, day), day, rounds=2)
    assert [text.to for text in carrier.got] == [ANA, CAI]  # a turn text never expires
    assert (2, "joined", "expired") in outbox(queue)


def test_the_sweep_puts_old_news_away(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    join(queue, ANA, source=Source.DESK)
    sender_with(carrier, day).clean_up(NOON + minutes(59))
    assert outbox(queue) == [(1, "joined", "waiting")]
    sender_with(carrier, day).clean_up(NOON + minutes(60))
    assert outbox(queue) == [(1, "joined", "expired")]


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


def test_the_loop_sends_within_a_second_of_the_press(db: Database, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier()
    sender = TextSender(carrier, public_url=PUBLIC_URL, texts_per_second=1.0)
    stop = threading.Event()
    loop = threading.Thread(target=sender.run, args=(stop,))
    loop.start()
    join(queue, ANA)
    call_next(queue, rosa)
    try:
        assert soon(lambda: carrier.got, seconds=1.0)
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


def customer(session: Session, phone: str) -> Customer:
    return next(c for c in session.scalars(select(Customer)) if c.phone == phone)


def revision(queue: Queue) -> int:
    return transaction(lambda session: session.get_one(Queue, queue.id).revision)


def claim_and_die(our_number_id: int, clock: str = "elsewhere:1:00") -> None:
    """Claims a text as a clock does that is then killed during its call."""

    def work(session: Session) -> None:
        assert claim_next(
            session,
            our_number_id,
            NOON,
            render=lambda text, is_first: RenderedText("It's your turn", 1, welcomes=False),
            clock=clock,
            lease=LEASE,
            pause_per_segment=timedelta(0),
        )

    transaction(work)
