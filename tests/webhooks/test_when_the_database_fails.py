"""While the database is full, read-only or unreachable, nobody is told a number that was not stored."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO

import pytest
from sqlalchemy import select

from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from tests import failing_database
from tests.one_database import on_both
from tests.webhooks.conftest import Carrier
from tests.world import ANA, make_number, phone

pytestmark = on_both  # the database fails in other ways

Trouble = Callable[[Database], AbstractContextManager[None]]
TROUBLES = [failing_database.read_only, failing_database.full, failing_database.away]
SORRY = "Sorry, something went wrong on our end. Please text that again in a minute."


def numbers_kept() -> set[int]:
    with reading() as session:
        return set(session.scalars(select(Ticket.number)))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_who_texts_meanwhile_is_told_to_text_again_and_then_it_goes_on(
    db: Database, queue: Queue, carrier: Carrier, trouble: Trouble
) -> None:
    assert "number 1" in (carrier.texts("CET236", ANA) or "")
    told: set[int] = {1}
    sorry = 0
    with trouble(db):
        for index in range(300):
            answer = carrier.texts("CET236", phone(index)) or ""
            if answer == SORRY:
                sorry += 1
                break
            told.add(int(re.findall(r"number (\d+)", answer)[0]))  # a full disk may still have room for a few
    assert sorry == 1
    assert numbers_kept() == told, "whoever was told a number has it, and nobody else"
    assert f"number {max(told) + 1}" in (carrier.texts("CET236", phone(999)) or "")


def test_an_rcs_text_is_answered_as_one_by_sms_is(
    db: Database, business: Business, queue: Queue, carrier: Carrier
) -> None:
    """Its sender has no phone: that too must be looked up to know the country."""
    make_number(business, Channel.RCS, "shop_agent")
    with failing_database.away(db):
        assert carrier.texts("CET236", From=f"rcs:{ANA}", To="rcs:shop_agent") == SORRY


def test_who_can_not_be_answered_anyhow_costs_one_line_and_the_carrier_may_come_again(
    db: Database, queue: Queue, carrier: Carrier, written: StringIO
) -> None:
    form = carrier.form("CET236", sid="!")
    with failing_database.away(db):
        answer = carrier.post("/webhooks/sms", form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    failed, request = written.getvalue().splitlines()
    assert "database failed" in failed
    assert "endpoint=webhooks.sms" in failed
    assert "status=503" in request


def test_the_same_text_again_after_the_trouble_is_handled(
    db: Database, queue: Queue, carrier: Carrier
) -> None:
    with failing_database.read_only(db):
        assert carrier.texts("CET236", ANA, sid="SM" + "7" * 32) == SORRY
    assert "number 1" in (carrier.texts("CET236", ANA, sid="SM" + "7" * 32) or "")
