"""Each text is sent once, and not at all when it must not or need not be sent any more."""

import threading

from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Outcome, TextToSend, Unknown
from jobs.outbox.send_texts import LEASE, TextSender
from models.people.actors import By
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, transaction
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import claim_and_die, customer, revision
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.one_database import on_both
from tests.world import ANA, BEN, CAI, NOON, call_next, join, minutes, outbox, phone

pytestmark = on_both  # threads meet, or other processes


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
    all_sent = soon(lambda: len(carrier.got) >= 40, seconds=60)
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


def test_the_job_puts_old_news_away(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    join(queue, ANA, source=Source.DESK)
    sender_with(carrier, day).clean_up(NOON + minutes(59))
    assert outbox(queue) == [(1, "joined", "waiting")]
    sender_with(carrier, day).clean_up(NOON + minutes(60))
    assert outbox(queue) == [(1, "joined", "expired")]
