"""`flask number add`: a business gets a number, once."""

from sqlalchemy import select

from models.people.business import Business, OurNumber
from models.storage.database import Database, reading, transaction
from tests.commands.conftest import Run, refusal
from tests.world import NOON, SHOP_PHONE, make_business


def numbers(business: Business) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(OurNumber.phone).where(OurNumber.business_id == business.id)))


def test_a_business_without_a_number_gets_one(run: Run, db: Database) -> None:
    made = transaction(lambda s: s.merge(Business(name="Corner", timezone="UTC", created_at=NOON)))
    for words in ("Customers text +15550100009 from now on", "is there already: nothing to do"):
        result = run("number", "add", "+1 555 010 0009")
        assert (result.exit_code, words in result.output) == (0, True)
    assert numbers(made) == ["+15550100009"]


def test_a_number_of_another_business_is_refused(run: Run, business: Business) -> None:
    make_business(name="Another", number="+15550109999")
    line = refusal(run("number", "add", SHOP_PHONE, "--business", "Another"), 1)
    assert "belongs to another business already. Nothing was changed." in line


def test_our_own_number_is_read_as_it_is_written_and_a_part_of_one_is_refused(run: Run, db: Database) -> None:
    made = transaction(lambda s: s.merge(Business(name="Corner", timezone="UTC", created_at=NOON)))
    assert run("number", "add", "+44 (0)7700 900456").exit_code == 0
    assert numbers(made) == ["+447700900456"]
    assert "write it with country code" in refusal(run("number", "add", "07700 900456"), 2)
    assert "is not complete" in refusal(run("number", "add", "+1 555-2671"), 2)
