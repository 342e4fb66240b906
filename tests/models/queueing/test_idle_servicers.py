"""A text to a servicer with nothing to do, when somebody joins a queue in which nobody waited."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.queries import waiting_tickets
from models.queueing.numbers import take_number
from models.queueing.opening import pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from tests.one_database import on_both
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    join,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    press,
)

LUIS_PHONE = "+15550107001"


def wants_texts(servicer: Servicer, phone: str | None = LUIS_PHONE) -> None:
    def work(session: Session) -> None:
        row = session.get_one(Servicer, servicer.id)
        row.set_phone(phone)
        row.wants_join_texts = True

    transaction(work)


def come(queue: Queue, servicer: Servicer) -> None:
    press(queue, servicer, lambda s, q, by: None)


def texted() -> list[tuple[str | None, int]]:
    """Who was told of which number."""
    joined = OutboundMessage.kind == TextKind.SOMEBODY_JOINED
    with reading() as session:
        found = session.scalars(select(OutboundMessage).where(joined).order_by(OutboundMessage.id))
        return [(text.recipient.phone, text.facts["number"]) for text in found]


@pytest.fixture
def idle_luis(db: Database, queue: Queue, luis: Servicer) -> Servicer:
    wants_texts(luis)
    come(queue, luis)
    return luis


def test_an_idle_servicer_is_texted_once_when_somebody_joins_an_empty_queue(
    queue: Queue, idle_luis: Servicer
) -> None:
    join(queue, ANA), join(queue, ANA), join(queue, BEN)
    assert texted() == [(LUIS_PHONE, 1)]


def test_each_time_the_queue_was_empty_it_is_told_again(queue: Queue, idle_luis: Servicer) -> None:
    join(queue, ANA)
    press(queue, idle_luis, lambda s, q, by: ending.remove(s, waiting_tickets(s, q)[0], by=by, now=NOON))
    join(queue, BEN)
    assert texted() == [(LUIS_PHONE, 1), (LUIS_PHONE, 2)]


def test_every_idle_servicer_who_wants_it_is_texted(
    queue: Queue, idle_luis: Servicer, rosa: Servicer, business: Business
) -> None:
    mia = make_servicer(business, "Mia")
    wants_texts(mia, "+15550107002")
    come(queue, rosa), come(queue, mia)
    join(queue, ANA)
    assert texted() == [(LUIS_PHONE, 1), ("+15550107002", 1)]


def test_who_serves_somebody_is_not_texted(queue: Queue, idle_luis: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, idle_luis)
    join(queue, BEN)
    assert texted() == [(LUIS_PHONE, 1)]


def test_who_serves_somebody_in_another_queue_is_not_texted(
    queue: Queue, idle_luis: Servicer, business: Business
) -> None:
    beards = make_queue(business, "BEARDS")
    join(beards, CAI)
    call_next(beards, idle_luis)
    join(queue, ANA)
    assert texted() == []


def no_phone(luis: Servicer, queue: Queue) -> None:
    wants_texts(luis, None)


def no_wish(luis: Servicer, queue: Queue) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, luis.id), "wants_join_texts", False))


def unreachable(luis: Servicer, queue: Queue) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, luis.id), "unreachable_at", NOON))


def paused(luis: Servicer, queue: Queue) -> None:
    press(queue, luis, lambda s, q, by: pause_queue(s, q, by=by, now=NOON))


def opted_out(luis: Servicer, queue: Queue) -> None:
    """By a text from that phone, as any customer."""

    def work(session: Session) -> None:
        business = session.get_one(Queue, queue.id).business
        customer = Customer.with_phone(session, business.id, LUIS_PHONE, NOON)
        customer.opt_out(session, business.numbers[0].id, NOON)

    transaction(work)


@on_both
@pytest.mark.parametrize("why", [no_phone, no_wish, unreachable, paused, opted_out])
def test_who_can_not_or_will_not_be_texted_is_not(
    queue: Queue, idle_luis: Servicer, why: Callable[[Servicer, Queue], None]
) -> None:
    why(idle_luis, queue)
    join(queue, ANA)
    assert texted() == []


def test_who_is_not_on_duty_is_not_texted(db: Database, queue: Queue, luis: Servicer) -> None:
    wants_texts(luis)
    join(queue, ANA)
    assert texted() == []


def test_who_adds_the_walk_in_knows_already(queue: Queue, idle_luis: Servicer) -> None:
    def add(session: Session, locked: Queue, by: By) -> None:
        business = locked.business
        customer = Customer.without_phone(session, business.id, NOON)
        ours = business.numbers[0].id
        take_number(session, locked, customer, source=Source.DESK, by=by, now=NOON, our_number_id=ours)

    press(queue, idle_luis, add)
    assert texted() == []


@on_both
def test_somebody_sent_on_to_an_empty_queue_has_joined_it(
    queue: Queue, idle_luis: Servicer, rosa: Servicer, business: Business
) -> None:
    beards = make_queue(business, "BEARDS")
    join(beards, ANA), join(beards, BEN)

    def send_on(session: Session) -> None:
        here, there = lock_both(session, beards.id, queue.id)
        by = By.servicer(rosa.id)
        for waiting in waiting_tickets(session, here):
            transfer(session, waiting, there, by=by, now=NOON + minutes(1))

    transaction(send_on)
    assert texted() == [(LUIS_PHONE, 1)]


def test_the_text_names_no_customer_and_belongs_to_no_ticket(queue: Queue, idle_luis: Servicer) -> None:
    join(queue, ANA, name="Ana Lopes")
    with reading() as session:
        text = session.scalars(select(OutboundMessage)).one()
        assert (text.ticket_id, text.customer_id, text.servicer_id) == (None, None, idle_luis.id)
        assert text.facts == {"number": 1, "queue": "Haircuts"}
        assert text.expires_at == NOON + minutes(10)


def test_a_business_without_a_number_texts_nobody(db: Database) -> None:
    shop = make_business(name="Silent", number="+15550108888")
    queue, sam = make_queue(shop, "QUIET"), make_servicer(shop, "Sam")
    wants_texts(sam), come(queue, sam)

    def take(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        nobody = Customer.without_phone(session, shop.id, NOON)
        take_number(session, locked, nobody, source=Source.WEB, by=By.customer(), now=NOON)

    transaction(take)
    assert texted() == []
