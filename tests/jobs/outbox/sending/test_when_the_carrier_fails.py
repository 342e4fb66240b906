"""While the carrier is away or refuses our account, numbers pause or are held, and probe."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from jobs.outbox.carrier import Accepted, Busy, Outcome, Rejected, TextToSend
from models.delivery.circuit_breaker import LONGEST_REST
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.texts.error_codes import RejectionKind
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import revision
from tests.jobs.outbox.sending.failures import AUTH, always, mend, number, report
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, BEN, CAI, call_next, change, join, make_business, make_queue, outbox, phone

CAP = Rejected(63038, RejectionKind.DAILY_CAP, "daily limit")


def test_ten_minutes_without_a_carrier_delay_texts_and_nothing_else(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    carrier = always(Busy(reason="no connection"))
    sender = sender_with(carrier, day)
    for index in range(12):
        join(queue, phone(index), source=Source.DESK, now=day.now)
    call_next(queue, rosa, day.now), call_next(queue, luis, day.now)
    before = len(carrier.got)
    send_all(sender, day, rounds=600)
    assert len(carrier.got) - before < 100  # the carrier is not flooded
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=day.now))
    call_next(queue, rosa, day.now)
    mend(carrier)
    back_at, first_after = day.now, len(carrier.got)
    send_all(sender, day, rounds=30)
    sent = carrier.got[first_after:]
    assert [text.body.split(".")[0] for text in sent[:2]] == [
        "It's your turn, number 2",
        "It's your turn, number 3",
    ]
    # Those who are done get no text any more; those who were called get none about their place in line.
    assert sorted(text.to for text in sent) == sorted(phone(index) for index in range(1, 12))
    first = min(text.claimed_at for text in texts() if text.claimed_at)
    assert first - back_at <= LONGEST_REST


def test_after_an_outage_the_backlog_leaves_at_the_numbers_rate(day: Day, queue: Queue) -> None:
    carrier = always(Busy(reason="no connection"))
    sender = sender_with(carrier, day, texts_per_second=1.0)
    for index in range(10):
        join(queue, phone(index), source=Source.DESK, now=day.now)
    send_all(sender, day, rounds=120)
    mend(carrier)
    send_all(sender, day, rounds=60)
    claimed = sorted(text.claimed_at for text in texts() if text.claimed_at)
    assert len(claimed) == 10
    pauses = [later - earlier for earlier, later in pairwise(claimed)]
    assert all(pause >= timedelta(seconds=2) for pause in pauses)  # of two segments each


def test_one_unlucky_text_puts_off_no_other(day: Day, queue: Queue, rosa: Servicer, luis: Servicer) -> None:
    carrier = ScriptedCarrier(Busy(), Accepted("SM2"))
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa), call_next(queue, luis)
    sender.send_due()
    assert sender.wait_until_idle(10)
    day.pass_(0.01)
    sender.send_due()
    assert sender.wait_until_idle(10)
    assert [text.to for text in carrier.got] == [ANA, BEN]


def test_too_many_texts_to_one_phone_do_not_let_the_number_rest(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = always(Busy(reason="error 14107", this_text_only=True))
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=20)
    assert number().failures == 0


# Our account has to be mended ---------------------------------------------------------------------------


def test_an_account_that_is_refused_holds_all_texts_until_it_is_mended(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    carrier = always(AUTH)
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    join(queue, CAI, source=Source.DESK)
    call_next(queue, rosa), call_next(queue, luis)
    send_all(sender, day, rounds=300)
    assert number().held_reason == "the carrier refuses our account or number (error 20003)"
    assert {state for _, _, state in outbox(queue)} == {"waiting"}
    assert len(carrier.got) < 12  # probes only, ever rarer
    mend(carrier)
    first_after = len(carrier.got)
    send_all(sender, day, rounds=320)
    assert [text.to for text in carrier.got[first_after:]] == [ANA, BEN, CAI]
    assert {state for _, _, state in outbox(queue)} == {"accepted"}
    assert (number().held_at, number().held_reason, number().probes) == (None, None, 0)


def test_it_goes_on_soon_after_a_short_trouble(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(AUTH)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=8)
    assert len(carrier.got) == 2
    assert outbox(queue) == [(1, "your_turn", "accepted")]


def test_only_one_probe_is_under_way_for_all_clocks(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = always(AUTH)
    senders = [sender_with(carrier, day) for _ in range(2)]
    for index in range(20):
        join(queue, phone(index), source=Source.DESK)
    send_all(senders[0], day)
    held_after = len(carrier.got)
    for _ in range(4):
        for sender in senders:
            send_all(sender, day)
    assert len(carrier.got) - held_after <= 1


def test_another_number_of_the_installation_is_not_held(day: Day, queue: Queue, rosa: Servicer) -> None:
    other = make_queue(make_business(name="Baker", number="+15550100009"), "BREAD")

    def by_sender(text: TextToSend) -> Outcome:
        return Accepted(f"SM{text.reference}") if text.sender == "+15550100009" else AUTH

    carrier = ScriptedCarrier(*(by_sender for _ in range(50)))
    join(queue, ANA, source=Source.DESK)
    join(other, BEN, source=Source.DESK)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert [state for _, _, state in outbox(other)] == ["accepted"]
    assert [state for _, _, state in outbox(queue)] == ["waiting"]


def test_a_text_that_becomes_untrue_while_it_is_held_expires(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(AUTH)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender, day, rounds=20)
    assert len(carrier.got) == 1
    assert outbox(queue) == [(1, "your_turn", "expired")]


def test_holding_and_mending_is_news_for_the_pages(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(AUTH)
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    before = revision(queue)
    send_all(sender, day)
    held = revision(queue)
    assert held > before
    send_all(sender, day, rounds=8)
    assert number().held_at is None
    assert revision(queue) > held


def test_the_daily_limit_holds_until_midnight_in_california_and_probes_each_hour(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    day.now = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)  # 15:30 there
    carrier = always(CAP)
    sender = sender_with(carrier, day)
    join(queue, ANA, now=day.now)
    call_next(queue, rosa, day.now)
    probed = []
    while day.now < datetime(2026, 3, 11, 8, 0, tzinfo=UTC):
        before = len(carrier.got)
        sender.send_due()
        assert sender.wait_until_idle(10)
        if len(carrier.got) > before:
            probed.append(day.now)
        day.pass_(60)
    assert 9 <= len(probed) <= 11
    assert any(
        timedelta(0) <= at - datetime(2026, 3, 11, 7, 0, tzinfo=UTC) < timedelta(minutes=3) for at in probed
    )
    assert "daily limit" in (number().held_reason or "")


def test_an_account_whose_texts_all_fail_later_is_held_though_they_are_accepted(
    day: Day, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """30002, a suspended account: every text is taken, and fails by report."""
    carrier = ScriptedCarrier()
    sender = sender_with(carrier, day)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa), call_next(queue, luis)
    sender.send_due()
    assert sender.wait_until_idle(10)
    report(texts()[0], TextState.FAILED, day, 30002)
    assert number().held_at is not None
    send_all(sender, day, rounds=4)
    assert len(carrier.got) == 1
    send_all(sender, day, rounds=3)
    assert len(carrier.got) == 2
    assert number().held_at is not None  # that it was accepted proves nothing
    report(next(text for text in texts() if text.state == TextState.ACCEPTED), TextState.DELIVERED, day)
    assert number().held_at is None
