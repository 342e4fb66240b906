"""Customers are forgotten by the clock, so many days after their last visit; the counts stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from jobs.upkeep.forgetting import Forgetting
from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import Base, reading, transaction
from models.texts.pretend_phones import store_pretend_text
from tests.bot.stage import serve
from tests.bot.transcript import text_in
from tests.world import ANA, BEN, CAI, NOON, SHOP_PHONE, change, join, make_business, make_queue, ticket

DAYS = timedelta(days=90)


def job(after: timedelta) -> None:
    Forgetting().run(NOON + after)


def known() -> list[str | None]:
    with reading() as session:
        return [customer.phone for customer in session.scalars(select(Customer).order_by(Customer.id))]


def counts() -> tuple[int, int]:
    with reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Ticket)) or 0,
            session.scalar(select(func.count()).select_from(Event)) or 0,
        )


def everything() -> str:
    with reading() as session:
        return " ".join(str(row) for t in Base.metadata.sorted_tables for row in session.execute(t.select()))


def test_ninety_days_after_the_last_visit_phone_and_name_are_gone(queue: Queue, rosa: Servicer) -> None:
    text_in("CET236 Ana", ANA)
    serve(1, queue, rosa, NOON)
    before = counts()
    job(DAYS - timedelta(minutes=1))
    assert known() == [ANA]
    job(DAYS + timedelta(minutes=1))
    assert known() == [None]
    assert "Ana" not in everything()
    assert counts() == before
    assert ticket(queue, 1).state == TicketState.SERVED


def test_whoever_came_again_or_still_waits_is_not_forgotten(queue: Queue, rosa: Servicer) -> None:
    text_in("CET236", ANA)
    serve(1, queue, rosa, NOON)
    text_in("CET236", BEN)
    text_in("STATUS", ANA, NOON + timedelta(days=60))
    text_in("CET236", CAI)
    change(3, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    job(DAYS + timedelta(days=1))
    assert known() == [ANA, BEN, None]


def test_names_given_on_the_web_are_forgotten_too(queue: Queue) -> None:
    join(queue, None, name="Webster", source=Source.WEB)
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    job(DAYS + timedelta(days=1))
    assert ticket(queue, 1).name is None
    assert "Webster" not in everything()


@pytest.mark.parametrize("days", [1, 400])
def test_each_business_has_its_own_days(queue: Queue, days: int) -> None:
    other = make_queue(make_business(name="Another", number="+15550109999"), "OTHER")
    transaction(lambda s: setattr(s.get_one(Business, other.business_id), "forget_after_days", days))
    for place in (queue, other):
        join(place, ANA)
        change(1, place, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    job(timedelta(days=2) if days == 1 else timedelta(days=91))
    assert known() == ([ANA, None] if days == 1 else [None, ANA])


def test_the_pretend_phone_forgets_as_well(queue: Queue) -> None:
    join(queue, ANA)
    transaction(lambda s: store_pretend_text(s, ANA, SHOP_PHONE, "I am Ana", from_phone=True, now=NOON))
    text_in("FORGET", ANA, NOON)
    text_in("FORGET", ANA, NOON + timedelta(minutes=1))
    assert "I am Ana" not in everything()


def test_no_phone_stands_anywhere_in_the_clear(queue: Queue, rosa: Servicer) -> None:
    text_in("CET236", ANA)
    text_in("my number is +1 (555) 010-1001, call me", BEN)
    text_in("CET236", CAI)
    serve(1, queue, rosa, NOON)
    kept = everything().replace(SHOP_PHONE, "")
    for phone in (ANA, BEN, CAI):
        assert phone not in kept
        assert phone[2:] not in kept
    assert "010-1001" not in kept
