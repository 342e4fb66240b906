"""What texts cost: prices that a manager gives, and the money that statistics tell by them."""

import pytest

from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.bot.transcript import text_in
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, make_number

PAGE, STATISTICS = "/manage/settings/prices", "/manage/statistics?on=2026-03-10"


@pytest.fixture
def used(business: Business, queue: Queue) -> None:
    """One customer by SMS, one by WhatsApp; each was answered."""
    make_number(business)
    text_in("CET236 Ana", ANA)
    text_in("CET236 Ben", BEN, channel=Channel.WHATSAPP)


def stored(business: Business) -> dict[str, str] | None:
    with reading() as session:
        return session.get_one(Business, business.id).text_prices


def test_with_prices_the_statistics_tell_money(used: None, business: Business, rosas: Visitor) -> None:
    assert "Cost" not in rosas.open(STATISTICS).text
    rosas.open("/manage/settings")
    assert PAGE in rosas.page.html
    rosas.open(PAGE)
    page = rosas.press("Save", currency="eur", sms="0,10", whatsapp="0.005")
    assert page.notices == ["Prices saved."]
    assert stored(business) == {"currency": "EUR", "sms": "0.10", "whatsapp": "0.005"}
    page = rosas.open(STATISTICS)
    assert "Cost at your prices €0.20 €0.005" in page.text, "two segments, and one message"
    assert "What they cost €0.205" in page.text, page.text
    assert "Cost at your prices" in rosas.open("/manage/statistics?span=year&on=2026-03-10").text


def test_a_channel_without_a_price_is_told_in_messages_alone(used: None, rosas: Visitor) -> None:
    rosas.open(PAGE)
    rosas.press("Save", currency="EUR", sms="0.10")
    page = rosas.open(STATISTICS)
    assert "Cost at your prices €0.20 –" in page.text
    assert "Billed 2 1" in page.text


def test_with_sms_alone_there_is_one_sum(queue: Queue, rosas: Visitor) -> None:
    text_in("CET236 Ana", ANA)
    rosas.open(PAGE)
    assert "Per WhatsApp message" not in rosas.page.text
    rosas.press("Save", currency="USD", sms="0.10")
    assert "What they cost $0.20" in rosas.open(STATISTICS).text


def test_prices_are_taken_away_and_the_units_are_back(used: None, business: Business, rosas: Visitor) -> None:
    rosas.open(PAGE)
    rosas.press("Save", currency="EUR", sms="0.10", whatsapp="1")
    assert rosas.open(PAGE).form_of("Save")[1]["sms"] == "0.10"
    rosas.press("Save", currency="", sms="", whatsapp="")
    assert stored(business) is None
    assert "Cost" not in rosas.open(STATISTICS).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"currency": "EUR", "sms": "cheap"}, "Enter a price such as 0.0083"),
        ({"currency": "", "sms": "cheap"}, "Enter a price such as 0.0083"),
        ({"currency": "EUR", "sms": "-1"}, "Enter a price such as 0.0083"),
        ({"currency": "", "sms": "0.1"}, "Enter the currency in three letters"),
        ({"currency": "E", "sms": "0.1"}, "Enter the currency in three letters"),
    ],
)
def test_what_can_not_be_is_refused_in_words_and_nothing_is_saved(
    business: Business, rosas: Visitor, fields: dict[str, str], words: str
) -> None:
    rosas.open(PAGE)
    page = rosas.press("Save", **fields)
    assert page.status == 422
    assert words in page.text
    assert stored(business) is None


def test_the_price_of_a_channel_that_was_taken_away_stays(business: Business, rosas: Visitor) -> None:
    transaction(
        lambda s: setattr(s.get_one(Business, business.id), "text_prices", {"currency": "EUR", "rcs": "0.01"})
    )
    rosas.open(PAGE)
    rosas.press("Save", currency="EUR", sms="0.10")
    assert stored(business) == {"currency": "EUR", "sms": "0.10", "rcs": "0.01"}
