"""Pretend phones of each channel: told apart at a glance, in all letters, and whether a text was read."""

import json

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.pretend_phones import store_pretend_text
from models.texts.text_states import TextState
from tests.web.phones.test_phones import browser, phone_of, send, served_app, texts_on
from tests.web.visitor import Visitor
from tests.world import BEN, NOON, SHOP_PHONE, call_next, join, line

__all__ = ["browser", "served_app"]  # fixtures


@pytest.fixture
def three_channels(business: Business) -> None:
    def work(session: Session) -> None:
        for channel, phone in ((Channel.WHATSAPP, SHOP_PHONE), (Channel.RCS, "barber_lopes")):
            ours = OurNumber(business_id=business.id, channel=channel, phone=phone, created_at=NOON)
            session.add(ours)

    transaction(work)


@pytest.mark.usefixtures("three_channels")
def test_each_channel_has_a_phone_that_says_so(queue: Queue, browser: Visitor) -> None:
    page = browser.open("/phones")
    named = {name: phone_of(page, name) for name in ("Ana", "Ben", "Cai", "Dee")}
    for name, channel in {"Ana": "SMS", "Ben": "WhatsApp", "Cai": "RCS", "Dee": "SMS"}.items():
        (shown,) = named[name].all("p", **{"class": "phone-channel"})
        assert shown.text == channel
        assert f"by-{channel.lower()}" in named[name].attributes["class"]
    options = [option.attributes["value"] for option in named["Ben"].all("option")]
    assert options == [SHOP_PHONE, f"whatsapp:{SHOP_PHONE}", "rcs:barber_lopes"]


def test_with_sms_alone_no_channel_is_named(queue: Queue, browser: Visitor) -> None:
    assert browser.open("/phones").root.all("p", **{"class": "phone-channel"}) == []


@pytest.mark.usefixtures("three_channels")
def test_a_message_by_whatsapp_takes_a_number_and_is_answered_with_all_letters(
    queue: Queue, browser: Visitor
) -> None:
    browser.open("/phones")
    page = send(browser, "Ben", "CET236 Zoë 🦊")
    typed, answered = texts_on(page, "Ben")
    assert typed == "> CET236 Zoë 🦊"
    assert answered.startswith("< You are number 1 for Haircuts, Zoë 🦊.")
    assert line(queue) == [1]
    for bubble in phone_of(page, "Ben").all("li"):
        assert "by-whatsapp" in bubble.attributes["class"]


@pytest.mark.usefixtures("three_channels")
def test_one_phone_has_one_ticket_whatever_it_texts_by(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    send(browser, "Ben", "CET236 Ben")
    token = browser.client.get("/phones/texts").json["csrf_token"]
    fields = {"csrf_token": token, "phone": BEN, "to": SHOP_PHONE, "body": "STATUS"}
    browser.client.post("/phones/send", data=fields)
    page = browser.open("/phones")
    assert texts_on(page, "Ben")[3].startswith("< You are number 1")
    assert [bubble.attributes["class"].split()[-1] for bubble in phone_of(page, "Ben").all("li")] == [
        *("by-whatsapp", "by-whatsapp", "by-sms", "by-sms")
    ]
    assert line(queue) == [1]


@pytest.mark.usefixtures("three_channels")
def test_a_text_that_was_read_says_so_also_without_a_reload(
    queue: Queue, rosa: Servicer, browser: Visitor
) -> None:
    join(queue, BEN)
    call_next(queue, rosa)

    def sent_and_read(session: Session) -> None:
        store_pretend_text(
            session, BEN, SHOP_PHONE, "Turn", from_phone=False, now=NOON, sid="SM1", channel=Channel.WHATSAPP
        )
        was_read = {"carrier_sid": "SM1", "state": TextState.DELIVERED, "read_at": NOON}
        session.execute(update(OutboundMessage).values(was_read))

    transaction(sent_and_read)
    (bubble,) = phone_of(browser.open("/phones"), "Ben").all("li")
    assert bubble.text.endswith("read")
    assert "data-read" in bubble.attributes
    (news,) = json.loads(browser.client.get("/phones/texts?phones=4&after=0").text)["texts"]
    assert "data-read" in news["html"]


@pytest.mark.usefixtures("three_channels")
@pytest.mark.parametrize("to", ["whatsapp:+15550109999", "rcs:somebody_else", "telegram:+15550100000"])
def test_only_a_number_of_ours_on_its_channel_is_texted(queue: Queue, browser: Visitor, to: str) -> None:
    browser.open("/phones")
    token = browser.client.get("/phones/texts").json["csrf_token"]
    fields = {"csrf_token": token, "phone": BEN, "to": to, "body": "CET236"}
    assert browser.client.post("/phones/send", data=fields).status_code == 400
