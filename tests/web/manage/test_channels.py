"""The manager's channels: by which a queue is joined, whether SMS steps in, and WhatsApp for a number."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.people.our_numbers import add_number
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.web.visitor import Page, Visitor
from tests.world import NOON, SHOP_PHONE, join, make_business

PAGE = "/manage/queues/CET236/channels"
ON_WHATSAPP = Address(Channel.WHATSAPP, SHOP_PHONE)


@pytest.fixture
def with_whatsapp(business: Business) -> None:
    def work(session: Session) -> None:
        add_number(session, session.get_one(Business, business.id), ON_WHATSAPP, NOON)

    transaction(work)


def kept(queue: Queue) -> tuple[str, bool]:
    with reading() as session:
        now = session.get_one(Queue, queue.id)
        return now.channels, now.falls_back_to_sms


def numbers(business: Business) -> list[str]:
    with reading() as session:
        return [str(each.address) for each in session.get_one(Business, business.id).numbers]


def save(visitor: Visitor, *ticked: str) -> Page:
    """Saves with exactly these boxes ticked."""
    token = visitor.open(PAGE).form_of("Save")[1]["csrf_token"]
    fields = {"csrf_token": token, **dict.fromkeys(ticked, "y")}
    assert visitor.client.post(PAGE, data=fields).status_code == 303
    return visitor.open("/manage/queues/CET236")


def test_where_there_is_only_sms_nothing_is_asked(queue: Queue, rosas: Visitor) -> None:
    assert "Channels" not in rosas.open("/manage/queues/CET236").text


@pytest.mark.usefixtures("with_whatsapp")
def test_a_queue_says_by_what_it_is_joined(queue: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage/queues/CET236")
    assert "Join by SMS, WhatsApp" in page.text
    assert "If it can’t be delivered “call aloud”" in page.text


@pytest.mark.usefixtures("with_whatsapp")
def test_a_channel_is_closed_and_the_one_without_a_number_stays_as_it_is(
    queue: Queue, rosas: Visitor
) -> None:
    page = save(rosas, "whatsapp", "falls_back_to_sms")
    assert page.notices == ["Channels saved."]
    assert kept(queue) == ("whatsapp rcs", True)
    assert "Join by WhatsApp" in page.text
    assert "send an SMS" in page.text


@pytest.mark.usefixtures("with_whatsapp")
def test_the_form_shows_what_is_set(queue: Queue, rosas: Visitor) -> None:
    save(rosas, "whatsapp")
    ticked = {
        box.attributes["name"]
        for box in rosas.open(PAGE).root.all("input", type="checkbox")
        if "checked" in box.attributes
    }
    assert ticked == {"whatsapp"}
    assert not rosas.page.root.all("input", name="rcs")


@pytest.mark.usefixtures("with_whatsapp")
def test_with_no_channel_only_the_web_and_the_desk_are_left(queue: Queue, rosas: Visitor) -> None:
    assert "web and desk only" in save(rosas).text
    assert kept(queue) == ("rcs", False)


def test_whatsapp_is_added_to_an_own_number_and_taken_away(business: Business, rosas: Visitor) -> None:
    rosas.open("/manage/settings")
    page = rosas.press("Add WhatsApp")
    assert page.notices == ["Customers can now write to WhatsApp +1 555-010-0000 on WhatsApp."]
    assert numbers(business) == [SHOP_PHONE, f"whatsapp:{SHOP_PHONE}"]
    assert "Add WhatsApp" not in page.buttons
    page = rosas.press("Remove")
    assert page.notices == ["We no longer answer texts to WhatsApp +1 555-010-0000."]
    assert numbers(business) == [SHOP_PHONE]
    rosas.press("Add WhatsApp")
    assert numbers(business) == [SHOP_PHONE, f"whatsapp:{SHOP_PHONE}"]


def test_it_is_not_taken_away_from_somebody_in_line(queue: Queue, business: Business, rosas: Visitor) -> None:
    join(queue)
    by_rcs = update(OurNumber).values(channel=Channel.RCS, phone="barber_lopes")
    transaction(lambda session: session.execute(by_rcs))
    rosas.open("/manage/settings")
    assert rosas.press("Remove").notices == [
        "Nothing was changed: 1 person in line joined through it. Serve them first."
    ]
    assert numbers(business) == ["rcs:barber_lopes"]


@pytest.mark.parametrize("phone", ["+15550101002", "+15550109999", "", "whatsapp:+15550100000"])
def test_a_number_that_is_not_ours_gets_no_whatsapp(business: Business, rosas: Visitor, phone: str) -> None:
    clinic = make_business(name="Clinic", number="+15550101002")
    rosas.open("/manage/settings")
    page = rosas.press("Add WhatsApp", phone=phone)
    assert page.notices[0].startswith("Nothing was changed")
    assert numbers(business) == [SHOP_PHONE]
    assert numbers(clinic) == ["+15550101002"]


def test_another_business_s_number_is_not_taken_away(business: Business, rosas: Visitor) -> None:
    clinic = make_business(name="Clinic", number="+15550101002")
    theirs = Address(Channel.WHATSAPP, "+15550101002")

    def work(session: Session) -> None:
        add_number(session, session.get_one(Business, clinic.id), theirs, NOON)

    transaction(work)
    rosas.open("/manage/settings")
    token = rosas.page.form_of("Add WhatsApp")[1]["csrf_token"]
    for address, status in ((str(theirs), 404), (SHOP_PHONE, 400), ("", 400)):
        fields = {"csrf_token": token, "address": address}
        assert rosas.client.post("/manage/settings/numbers/remove", data=fields).status_code == status
    assert len(numbers(clinic)) == 2
