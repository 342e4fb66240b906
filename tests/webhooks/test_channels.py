"""Texts by WhatsApp and RCS: the same person, the same ticket, each answered on the channel that was used."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.delivery.failures import apply_to_phone
from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.texts.error_codes import RejectionKind, kind_of_error
from tests.one_database import in_turn
from tests.webhooks.conftest import Carrier
from tests.world import ANA, NOON, SHOP_PHONE, make_number

pytestmark = in_turn

AGENT = "lopes_agent"
WHATSAPP = {"From": f"whatsapp:{ANA}", "To": f"whatsapp:{SHOP_PHONE}"}
RCS = {"From": f"rcs:{ANA}", "To": f"rcs:{AGENT}"}


@pytest.fixture(autouse=True)
def numbers(business: Business) -> dict[Channel, int]:
    """The shop's numbers on every channel."""
    sms = business.numbers[0].id
    whatsapp = make_number(business).id
    rcs = make_number(business, Channel.RCS, AGENT).id
    return {Channel.SMS: sms, Channel.WHATSAPP: whatsapp, Channel.RCS: rcs}


def change_queue(queue: Queue, **values: Any) -> None:
    def work(session: Any) -> None:
        for name, value in values.items():
            setattr(session.get_one(Queue, queue.id), name, value)

    transaction(work)


def opted_out(channel_of: dict[Channel, int]) -> set[str]:
    of_id = {number: str(channel) for channel, number in channel_of.items()}
    with reading() as session:
        return {of_id[number] for number in session.scalars(select(OptOut.our_number_id))}


@pytest.mark.parametrize(("address", "channel"), [(WHATSAPP, Channel.WHATSAPP), (RCS, Channel.RCS)])
def test_a_keyword_takes_a_number_and_the_ticket_knows_the_channel(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int], address: dict[str, str], channel: Channel
) -> None:
    reply = carrier.texts("CET236 Ana 🌻", **address)
    assert reply is not None
    assert "number 1" in reply
    assert "Ana 🌻" in reply, "emoji stay as they were typed"
    with reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.our_number_id == numbers[channel]
        assert ticket.customer.phone == ANA
        assert ticket.name == "Ana 🌻"


def test_a_person_is_one_customer_with_one_ticket_on_every_channel(carrier: Carrier, queue: Queue) -> None:
    for address in (WHATSAPP, {}, RCS):
        assert "number 1" in (carrier.texts("CET236 Ana", **address) or "")
        assert "number 1" in (carrier.texts("STATUS", **address) or "")
    with reading() as session:
        assert len(session.scalars(select(Customer)).all()) == len(session.scalars(select(Ticket)).all()) == 1


def test_only_the_channel_of_the_ticket_promises_to_write_again(carrier: Carrier, queue: Queue) -> None:
    here = "we'll write to you here"
    assert here in (carrier.texts("CET236", **WHATSAPP) or "")
    assert here in (carrier.texts("CET236", **WHATSAPP) or "")
    answer = carrier.texts("CET236", **RCS) or ""
    assert "still number 1" in answer
    assert here not in answer


def test_a_prefix_may_come_in_any_case(carrier: Carrier, queue: Queue) -> None:
    reply = carrier.texts("CET236", From=f"WhatsApp:{ANA}", To=f"whatsapp:{SHOP_PHONE}")
    assert "number 1" in (reply or "")


@pytest.mark.parametrize(
    "address",
    [
        {"From": f"whatsapp:{ANA}", "To": SHOP_PHONE},
        {"From": "whatsapp:13491208655302741918", "To": f"whatsapp:{SHOP_PHONE}"},
        {"From": "messenger:1234567", "To": f"whatsapp:{SHOP_PHONE}"},
    ],
    ids=["two channels", "no phone", "another channel"],
)
def test_who_has_no_phone_on_that_channel_is_not_answered(
    carrier: Carrier, queue: Queue, address: dict[str, str]
) -> None:
    assert carrier.texts("CET236", **address) is None
    with reading() as session:
        assert session.scalars(select(Ticket)).all() == []


def test_a_channel_where_we_have_no_number_is_refused(carrier: Carrier, queue: Queue) -> None:
    there = {"From": f"whatsapp:{ANA}", "To": "whatsapp:+15550100777"}
    assert carrier.post("/webhooks/sms", carrier.form("CET236", **there)).status_code == 403
    transaction(lambda s: s.execute(OurNumber.__table__.update().values(retired_at=queue.created_at)))  # type: ignore[attr-defined]
    assert carrier.post("/webhooks/sms", carrier.form("CET236", **WHATSAPP)).status_code == 403


def test_a_button_stands_for_the_word_in_its_payload(carrier: Carrier, queue: Queue) -> None:
    carrier.texts("CET236", **WHATSAPP)
    pressed = {"Body": "I can't come", "ButtonText": "I can't come", "ButtonPayload": "LEAVE"}
    assert "left" in (carrier.texts("", **WHATSAPP | pressed) or "")
    assert "number 2" in (carrier.texts("", **WHATSAPP, ButtonText="CET236") or "")


@pytest.mark.parametrize("word", ["CET236", "WHERE"])
def test_a_landline_that_gets_no_sms_is_texted_again_once_it_writes_by_whatsapp(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int], word: str
) -> None:
    def gets_no_sms(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
        customer.unreachable_at = NOON

    transaction(gets_no_sms)
    assert carrier.texts(word, **WHATSAPP) is not None
    with reading() as session:
        customer = session.scalars(select(Customer)).one()
        assert customer.can_be_texted(session, numbers[Channel.WHATSAPP])


# STOP and START ------------------------------------------------------------------------------------------


def test_stop_on_whatsapp_is_answered_by_us_and_is_whatsapps_alone(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    carrier.texts("CET236", **WHATSAPP)
    assert "won't get any more texts" in (carrier.texts("STOP", **WHATSAPP) or "")
    assert carrier.texts("STATUS", **WHATSAPP) is None
    assert opted_out(numbers) == {"whatsapp"}
    assert "number 1" in (carrier.texts("STATUS") or ""), "SMS was not meant"
    assert "you'll get our texts again" in (carrier.texts("START", **WHATSAPP) or "")
    assert opted_out(numbers) == set()


def test_stop_by_sms_or_rcs_is_for_both_and_the_carrier_answers(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    for address in ({}, RCS):
        assert carrier.texts("STOP", **address) is None
        assert opted_out(numbers) == {"sms", "rcs"}
        assert carrier.texts("START", **address) is None
        assert opted_out(numbers) == set()


def test_start_on_whatsapp_is_answered_by_us(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    """Also to who had blocked us there, and to who just begins a chat with it."""
    assert "Text CET236 to take a number" in (carrier.texts("START", **WHATSAPP) or "")
    assert carrier.texts("YES", **WHATSAPP) is None, "nothing was asked"
    assert carrier.texts("START", **RCS) is None, "the carrier answers there"

    def blocked(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
        apply_to_phone(session, customer, numbers[Channel.WHATSAPP], RejectionKind.BLOCKED, NOON)

    transaction(blocked)
    assert "you'll get our texts again" in (carrier.texts("START", **WHATSAPP) or "")
    assert opted_out(numbers) == set()


def block(queue: Queue, our_number_id: int) -> None:
    """The carrier reports 63014 of a text to her."""

    def work(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
        apply_to_phone(session, customer, our_number_id, kind_of_error(63014), NOON)

    transaction(work)


@pytest.mark.parametrize("text", ["STATUS", "CET236", "hello?"])
def test_who_had_blocked_us_on_whatsapp_is_texted_again_once_they_write_there(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int], text: str
) -> None:
    carrier.texts("CET236", **WHATSAPP)
    block(queue, numbers[Channel.WHATSAPP])
    carrier.texts("STATUS")
    assert opted_out(numbers) == {"whatsapp"}, "a text by SMS says nothing of WhatsApp"
    assert carrier.texts(text, **WHATSAPP) is not None
    assert opted_out(numbers) == set()


def test_a_first_text_after_a_block_is_answered_too(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    block(queue, numbers[Channel.WHATSAPP])
    assert "number 1" in (carrier.texts("CET236 Ana", **WHATSAPP) or "")


def test_a_block_ends_no_stop_and_stop_outlasts_a_block(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    carrier.texts("STOP", **WHATSAPP)
    block(queue, numbers[Channel.WHATSAPP])
    assert carrier.texts("STATUS", **WHATSAPP) is None
    carrier.texts("START", **WHATSAPP)
    block(queue, numbers[Channel.WHATSAPP])
    assert "won't get any more texts" in (carrier.texts("STOP", **WHATSAPP) or "")
    assert carrier.texts("STATUS", **WHATSAPP) is None


def test_help_on_whatsapp_is_answered_by_us(carrier: Carrier, queue: Queue) -> None:
    assert carrier.texts("HELP") is None
    assert "STATUS" in (carrier.texts("HELP", **WHATSAPP) or "")


# Which channels may join ---------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with another"])
def test_who_texts_by_a_channel_that_may_not_join_is_told_how_to(
    carrier: Carrier, queue: Queue, others: int
) -> None:
    change_queue(queue, channels="sms rcs")
    reply = carrier.texts("CET236" if others else "JOIN", **WHATSAPP) or ""
    assert "by WhatsApp" in reply
    assert f"Text CET236 to {SHOP_PHONE} instead" in reply
    assert reply.endswith("/q/CET236")
    assert "number 1" in (carrier.texts("CET236") or "")
    assert "number 1" in (carrier.texts("CET236", **WHATSAPP) or ""), "whoever waits may ask by any channel"


def test_the_page_it_leads_to_is_this_businesss(carrier: Carrier, queue: Queue) -> None:
    """Another business had the keyword first."""
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "namesake", 2))
    change_queue(queue, channels="sms rcs")
    assert (carrier.texts("CET236", **WHATSAPP) or "").endswith("/q/CET236-2")


def test_a_queue_without_sms_leads_to_the_web(carrier: Carrier, queue: Queue) -> None:
    change_queue(queue, channels="whatsapp")
    reply = carrier.texts("CET236") or ""
    assert "you can't take a number for Haircuts by SMS. You can also take one here: " in reply
    assert "number 1" in (carrier.texts("CET236", **WHATSAPP) or "")


def test_phones_of_other_countries_are_refused_on_every_channel(carrier: Carrier, queue: Queue) -> None:
    abroad = "+447700900456"
    for prefix, ours in (("whatsapp:", SHOP_PHONE), ("rcs:", AGENT)):
        assert carrier.texts("CET236", From=f"{prefix}{abroad}", To=f"{prefix}{ours}") is None


HIDDEN = {"From": "whatsapp:US.13491208655302741918", "To": f"whatsapp:{SHOP_PHONE}"}


def test_somebody_whose_phone_whatsapp_hides_is_told_where_to_take_a_number(
    carrier: Carrier, queue: Queue
) -> None:
    reply = carrier.texts("cet236 Ana", **HIDDEN)
    assert reply is not None
    assert reply.startswith("Sorry, WhatsApp hides your phone number from us")
    assert f"Text CET236 to {SHOP_PHONE} instead." in reply
    assert reply.endswith("/q/CET236")
    with reading() as session:
        assert session.scalars(select(Ticket)).all() == []
        assert session.scalars(select(Customer)).all() == []


@pytest.mark.parametrize("body", ["STOP", "STATUS", "hello", "", "NOWHERE"])
def test_anything_else_from_a_hidden_phone_is_met_with_silence(
    carrier: Carrier, queue: Queue, body: str
) -> None:
    assert carrier.texts(body, **HIDDEN) is None


def test_a_hidden_phone_that_asks_again_and_again_is_left_alone(carrier: Carrier, queue: Queue) -> None:
    answers = [carrier.texts("CET236", **HIDDEN) for _ in range(8)]
    assert [answer is not None for answer in answers] == [True] * 5 + [False] * 3
    other = HIDDEN | {"From": "whatsapp:US.99991208655302741918"}
    assert carrier.texts("CET236", **other) is not None


def test_a_hidden_phone_that_writes_to_a_number_that_is_not_ours_is_refused(
    carrier: Carrier, queue: Queue
) -> None:
    fields = HIDDEN | {"To": "whatsapp:+15550109999"}
    assert carrier.post("/webhooks/sms", carrier.form("CET236", **fields)).status_code == 403


def test_an_rcs_sender_is_of_the_country_of_any_number_that_the_business_still_has(
    carrier: Carrier, queue: Queue, numbers: dict[Channel, int]
) -> None:
    transaction(lambda s: setattr(s.get_one(OurNumber, numbers[Channel.SMS]), "retired_at", NOON))
    assert "number 1" in (carrier.texts("CET236", **RCS) or "")
    assert carrier.texts("CET236", From="rcs:+447700900456", To=f"rcs:{AGENT}") is None
