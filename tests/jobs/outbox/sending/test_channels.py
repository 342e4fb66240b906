"""Texts go to the channel their ticket was joined by, and to no other unless the queue allows it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted, Rejected, Unknown
from models.delivery.delivery_reports import Report, apply_report
from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.our_numbers import retire_number
from models.people.servicers import Servicer
from models.queueing import moving
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.texts.error_codes import RejectionKind
from models.texts.inbox import InboundMessage
from models.texts.text_states import TextState
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, BEN, NOON, SHOP_PHONE, call_next, change, join, make_number

A_DAY = 24 * 3600
WINDOW_OVER = Rejected(63016, RejectionKind.NOT_BY_CHANNEL, "outside the window")


@pytest.fixture
def whatsapp(business: Business) -> OurNumber:
    return make_number(business)


@pytest.fixture
def called(queue: Queue, rosa: Servicer, whatsapp: OurNumber) -> Queue:
    """Ana joined by WhatsApp at noon and is called now."""
    join_by(whatsapp, queue)
    call_next(queue, rosa)
    return queue


def join_by(number: OurNumber, queue: Queue, phone: str = ANA, index: int = 1) -> None:
    taken = join(queue, phone)

    def work(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, phone, NOON)
        from_phone = InboundMessage(
            sid=f"SM{index}",
            our_number_id=number.id,
            customer_id=customer.id,
            body="CET236",
            received_at=NOON,
        )
        session.add(from_phone)
        session.get_one(Ticket, taken.ticket_id).our_number_id = number.id

    transaction(work)


def welcome_ana(queue: Queue) -> None:
    """The answer by WhatsApp has told her who we are."""

    def work(session: Session) -> None:
        Customer.with_phone(session, queue.business_id, ANA, NOON).welcomed_at = NOON - timedelta(minutes=1)

    transaction(work)


def write_to(number: OurNumber, queue: Queue, index: int = 8) -> None:
    def work(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
        of = {"sid": f"SM{index}", "our_number_id": number.id, "customer_id": customer.id}
        session.add(InboundMessage(**of, body="STATUS", received_at=NOON))

    transaction(work)


def allow_sms(queue: Queue) -> None:
    def work(session: Session) -> None:
        session.get_one(Queue, queue.id).falls_back_to_sms = True

    transaction(work)


def opt_out_of(number: OurNumber) -> None:
    transaction(lambda s: Customer.with_phone(s, number.business_id, ANA, NOON).opt_out(s, number.id, NOON))


def sent(carrier: ScriptedCarrier) -> list[tuple[Channel, str, str]]:
    return [(one.channel, one.sender, one.to) for one in carrier.got]


BY_WHATSAPP = (Channel.WHATSAPP, SHOP_PHONE, ANA)
BY_SMS = (Channel.SMS, SHOP_PHONE, ANA)


def test_a_turn_text_goes_to_whatsapp_once_and_nowhere_else(
    day: Day, carrier: ScriptedCarrier, called: Queue
) -> None:
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_WHATSAPP]
    assert "It's your turn" in carrier.bodies[0]
    assert [text.state for text in texts()] == [TextState.ACCEPTED]


def test_a_day_later_nothing_is_sent_by_itself(day: Day, carrier: ScriptedCarrier, called: Queue) -> None:
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == []
    (turn,) = texts()
    assert (turn.state, turn.error) == (TextState.REJECTED, "its channel's window is over")
    assert customer_of(called).text_failed_at is not None


def test_a_text_of_theirs_opens_the_window_anew(
    day: Day, carrier: ScriptedCarrier, called: Queue, whatsapp: OurNumber
) -> None:
    def write_again(session: Session) -> None:
        customer = Customer.with_phone(session, called.business_id, ANA, NOON)
        later = NOON + timedelta(hours=5)
        again = {"sid": "SM9", "our_number_id": whatsapp.id, "customer_id": customer.id}
        session.add(InboundMessage(**again, body="STATUS", received_at=later))

    transaction(write_again)
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day), day)
    assert sent(carrier) == [BY_WHATSAPP]


def test_sms_stands_in_where_the_queue_allows_it(day: Day, carrier: ScriptedCarrier, called: Queue) -> None:
    allow_sms(called)
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_SMS]
    assert [text.state for text in texts()] == [TextState.ACCEPTED]


STOP_BY_SMS = "Reply STOP to stop texts"


@pytest.mark.parametrize("found_over_by", ["us", "the carrier"])
def test_the_first_sms_to_somebody_of_whatsapp_says_who_we_are_and_how_to_stop(
    day: Day, called: Queue, rosa: Servicer, found_over_by: str
) -> None:
    welcome_ana(called)
    allow_sms(called)
    carrier = ScriptedCarrier(*([WINDOW_OVER] if found_over_by == "the carrier" else []))
    day.pass_(A_DAY if found_over_by == "us" else 0)
    send_all(sender_with(carrier, day), day, rounds=3)
    body = carrier.bodies[-1]
    assert sent(carrier)[-1] == BY_SMS
    assert body.startswith("It's your turn, number 1.")
    assert "Barber Lopes only texts you about your place in line." in body
    assert body.count(STOP_BY_SMS) == 1
    assert texts()[-1].segments in (1, 2)
    day.pass_(A_DAY)
    change(1, called, lambda s, ticket: moving.put_back(s, ticket, by=By.servicer(rosa.id), now=day.now))
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier)[-2:] == [BY_SMS, BY_SMS]
    assert STOP_BY_SMS not in carrier.bodies[-1], "said already"


def test_who_has_written_by_sms_before_is_not_told_again(
    day: Day, carrier: ScriptedCarrier, called: Queue, business: Business
) -> None:
    welcome_ana(called)
    write_to(business.numbers[0], called)
    allow_sms(called)
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_SMS]
    assert STOP_BY_SMS not in carrier.bodies[0]


@pytest.mark.parametrize("of_channel", [Channel.SMS, Channel.RCS])
def test_sms_never_stands_in_for_somebody_opted_out_of_anything(
    day: Day, carrier: ScriptedCarrier, called: Queue, business: Business, of_channel: Channel
) -> None:
    other = make_number(business, Channel.RCS, "lopes_agent")
    allow_sms(called)
    opt_out_of(other if of_channel == Channel.RCS else business.numbers[0])
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == []


def test_who_opts_out_while_the_sms_in_its_place_waits_gets_none(
    day: Day, called: Queue, whatsapp: OurNumber
) -> None:
    allow_sms(called)
    carrier = ScriptedCarrier(Accepted("SM1a"))
    send_all(sender_with(carrier, day), day)
    report = Report(TextState.FAILED, "SM1a", 63016)
    transaction(lambda s: apply_report(s, texts()[0].reference, report, day.now))
    opt_out_of(whatsapp)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_WHATSAPP]
    assert (texts()[1].state, texts()[1].error) == (TextState.REJECTED, "opted out of another channel")


@pytest.mark.parametrize("may_fall_back", [True, False])
def test_a_window_that_the_carrier_finds_over_leads_to_sms_or_to_nothing(
    day: Day, called: Queue, may_fall_back: bool
) -> None:
    if may_fall_back:
        allow_sms(called)
    carrier = ScriptedCarrier(WINDOW_OVER)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_WHATSAPP, BY_SMS] if may_fall_back else [BY_WHATSAPP]
    assert texts()[0].state == TextState.REJECTED
    assert customer_of(called).unreachable_at is None, "the phone itself is fine"


@pytest.mark.parametrize("may_fall_back", [True, False])
def test_a_report_that_the_window_is_over_leads_to_sms_or_to_nothing(
    day: Day, called: Queue, may_fall_back: bool
) -> None:
    if may_fall_back:
        allow_sms(called)
    carrier = ScriptedCarrier(Accepted("SM1a"))
    send_all(sender_with(carrier, day), day)
    report = Report(TextState.FAILED, "SM1a", 63016)
    for _ in range(2):
        transaction(lambda s: apply_report(s, texts()[0].reference, report, day.now))
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_WHATSAPP, BY_SMS] if may_fall_back else [BY_WHATSAPP]


def test_who_has_blocked_us_on_whatsapp_gets_no_sms_either_and_is_called_aloud(
    day: Day, called: Queue, rosa: Servicer
) -> None:
    allow_sms(called)
    carrier = ScriptedCarrier(Accepted("SM1a"))
    send_all(sender_with(carrier, day), day)
    report = Report(TextState.FAILED, "SM1a", 63014)
    transaction(lambda s: apply_report(s, texts()[0].reference, report, day.now))
    change(1, called, lambda s, ticket: moving.put_back(s, ticket, by=By.servicer(rosa.id), now=day.now))
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == [BY_WHATSAPP]
    with reading() as session:
        waiting = session.scalars(select(Ticket)).one()
        assert not waiting.customer.can_be_texted(session, waiting.our_number_id)


# Templates that WhatsApp has approved -----------------------------------------------------------------------

SID = "HX" + "a" * 32


def test_a_template_stands_in_for_our_words_once_the_window_is_over(
    day: Day, carrier: ScriptedCarrier, called: Queue
) -> None:
    allow_sms(called)
    day.pass_(A_DAY)
    send_all(sender_with(carrier, day, templates={"your_turn": SID}), day, rounds=2)
    assert sent(carrier) == [BY_WHATSAPP]
    (text,) = carrier.got
    assert (text.template_sid, text.variables[:3]) == (SID, ("1", "Haircuts", "Haircuts"))
    assert texts()[0].template_sid == SID


def test_within_the_window_our_own_words_are_sent(day: Day, carrier: ScriptedCarrier, called: Queue) -> None:
    send_all(sender_with(carrier, day, templates={"your_turn": SID}), day)
    assert carrier.got[0].template_sid is None


def test_a_template_of_unknown_outcome_is_never_sent_again_by_what_a_list_lacks(
    day: Day, called: Queue
) -> None:
    day.pass_(A_DAY)
    carrier = ScriptedCarrier(Unknown("no answer in time"))
    send_all(sender_with(carrier, day, templates={"your_turn": SID}), day)
    (turn,) = texts()
    assert (turn.state, turn.settle_after) == (TextState.UNKNOWN, None)


def test_errors_of_one_channel_hold_no_other(
    day: Day, queue: Queue, rosa: Servicer, whatsapp: OurNumber
) -> None:
    join_by(whatsapp, queue, ANA)
    call_next(queue, rosa)
    refused = Rejected(63007, RejectionKind.OUR_CONFIGURATION, "no such sender")
    carrier = ScriptedCarrier(refused)
    send_all(sender_with(carrier, day), day)
    join(queue, BEN, source=Source.DESK)
    send_all(sender_with(carrier, day), day)
    assert sent(carrier) == [BY_WHATSAPP, (Channel.SMS, SHOP_PHONE, BEN)]


@pytest.mark.parametrize("queued_before", [True, False])
def test_a_number_taken_away_sends_what_was_queued_before_and_nothing_more(
    day: Day,
    carrier: ScriptedCarrier,
    queue: Queue,
    rosa: Servicer,
    whatsapp: OurNumber,
    queued_before: bool,
) -> None:
    join_by(whatsapp, queue)
    taken_away_at = NOON + timedelta(seconds=30 if queued_before else -30)
    transaction(lambda s: retire_number(s.get_one(OurNumber, whatsapp.id), taken_away_at))
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert sent(carrier) == ([BY_WHATSAPP] if queued_before else [])
    assert texts()[0].state == (TextState.ACCEPTED if queued_before else TextState.REJECTED)


def test_each_channel_keeps_its_own_rate(
    day: Day, carrier: ScriptedCarrier, queue: Queue, called: Queue
) -> None:
    join(queue, BEN, source=Source.DESK)
    sender = sender_with(carrier, day, texts_per_second=0.01)
    sender.send_due()
    assert sender.wait_until_idle(10)
    assert {channel for channel, *_ in sent(carrier)} == {Channel.WHATSAPP, Channel.SMS}


def test_a_text_of_whatsapp_counts_as_one_whatever_its_length(
    day: Day, carrier: ScriptedCarrier, called: Queue
) -> None:
    send_all(sender_with(carrier, day), day)
    assert texts()[0].segments == 1


def customer_of(queue: Queue) -> Customer:
    return transaction(lambda s: Customer.with_phone(s, queue.business_id, ANA, NOON))
