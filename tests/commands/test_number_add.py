"""`flask number add`, `list` and `remove`: a business gets its numbers, each on one channel."""

import pytest
from sqlalchemy import select

from models.people.addresses import read_address
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.storage.database import Database, reading, transaction
from tests.commands.conftest import Run, refusal
from tests.world import ANA, NOON, SHOP_PHONE, join, make_business, make_queue


def numbers(business: Business) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(OurNumber.phone).where(OurNumber.business_id == business.id)))


def test_a_business_without_a_number_gets_one(run: Run, db: Database) -> None:
    made = transaction(lambda s: s.merge(Business(name="Corner", timezone="UTC", created_at=NOON)))
    for words in (
        "Customers can text +15550100009 now",
        "has +15550100009 already: nothing to do",
    ):
        result = run("number", "add", "+1 555 010 0009")
        assert (result.exit_code, words in result.output) == (0, True)
    assert numbers(made) == ["+15550100009"]


def test_a_number_of_another_business_is_refused(run: Run, business: Business) -> None:
    make_business(name="Another", number="+15550109999")
    line = refusal(run("number", "add", SHOP_PHONE, "--business", "Another"), 1)
    assert "already belongs to another business. Nothing was changed." in line


@pytest.mark.parametrize(("first", "second"), [("", "whatsapp:"), ("whatsapp:", "")], ids=["WhatsApp", "SMS"])
def test_no_business_gets_the_phone_of_another_by_another_channel(
    run: Run, business: Business, first: str, second: str
) -> None:
    another = make_business(name="Another", number="+15550109999")
    run("number", "add", f"{first}+15550100009", "--business", "Barber Lopes")
    line = refusal(run("number", "add", f"{second}+15550100009", "--business", "Another"), 1)
    assert "+15550100009 already belongs to another business. Nothing was changed." in line
    assert numbers(another) == ["+15550109999"]


def test_our_own_number_is_read_as_it_is_written_and_a_part_of_one_is_refused(run: Run, db: Database) -> None:
    made = transaction(lambda s: s.merge(Business(name="Corner", timezone="UTC", created_at=NOON)))
    assert run("number", "add", "+44 (0)7700 900456").exit_code == 0
    assert numbers(made) == ["+447700900456"]
    assert "Write it with the country code" in refusal(run("number", "add", "07700 900456"), 2)
    assert "is not complete" in refusal(run("number", "add", "+1 555-2671"), 2)


def test_a_number_is_added_listed_and_removed_by_the_same_word(run: Run, business: Business) -> None:
    for address in (f"whatsapp:{SHOP_PHONE}", "rcs:lopes_agent"):
        assert f"Customers can text {address} now" in run("number", "add", address).output
        assert "already: nothing to do" in run("number", "add", address).output
        assert address in run("number", "list").output
        assert f"Texts to {address} are refused" in run("number", "remove", address).output
        assert address not in run("number", "list").output
        assert "There is no number" in refusal(run("number", "remove", address), 1)
    assert run("number", "add", f"whatsapp:{SHOP_PHONE}").exit_code == 0, "it comes back"
    assert SHOP_PHONE in run("number", "list").output.splitlines()[0]


def test_a_word_of_no_channel_is_refused_with_those_there_are(run: Run, business: Business) -> None:
    assert "whatsapp:+15550100000" in refusal(run("number", "add", "messenger:123"), 2)
    assert "country code" in refusal(run("number", "add", "whatsapp:barber"), 2)
    assert "is not an RCS sender" in refusal(run("number", "add", "rcs:two words"), 2)


def test_a_number_is_not_removed_while_somebody_waits_who_joined_by_it(run: Run, business: Business) -> None:
    join(make_queue(business))
    assert "1 in line joined by" in refusal(run("number", "remove", SHOP_PHONE), 1)


def test_who_opted_out_by_text_gets_nothing_from_a_new_rcs_sender(run: Run, business: Business) -> None:
    ana = transaction(lambda s: Customer.with_phone(s, business.id, ANA, NOON))
    transaction(lambda s: s.get_one(Customer, ana.id).opt_out(s, business.numbers[0].id, NOON))
    assert run("number", "add", "rcs:lopes_agent").exit_code == 0
    assert run("number", "add", f"whatsapp:{SHOP_PHONE}").exit_code == 0
    with reading() as session:
        rcs, whatsapp = (
            OurNumber.at(session, read_address(word))
            for word in ("rcs:lopes_agent", f"whatsapp:{SHOP_PHONE}")
        )
        assert rcs is not None
        assert whatsapp is not None
        assert session.get_one(Customer, ana.id).has_opted_out(session, rcs.id)
        assert not session.get_one(Customer, ana.id).has_opted_out(session, whatsapp.id)
