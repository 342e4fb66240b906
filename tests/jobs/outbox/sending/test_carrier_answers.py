"""Each answer of the carrier has its consequence: later, never again, or known by a report."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Busy, Outcome, Rejected, TextToSend, Unknown
from jobs.outbox.settling import LONGEST_RETRY_AFTER, put_off
from models.people.servicers import Servicer
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer, revision
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, NOON, call_next, join, outbox, press


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
