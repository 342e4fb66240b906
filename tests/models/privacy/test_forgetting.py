"""FORGET: the phone and the name are gone, the counts stay, and opting out still holds."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.upkeep.clearing import Clearing
from models.people.actors import By
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.pretend_phones import PretendText, store_pretend_text
from tests.world import ANA, BEN, NOON, SHOP_PHONE, call_next, join, line, minutes, ticket


def forget_ana(queue: Queue) -> list[int]:
    def work(session: Session) -> list[int]:
        ana = Customer.with_phone(session, queue.business_id, ANA, NOON)
        return forget(session, ana, by=By.customer(), now=NOON)

    return transaction(work)


def test_forgetting_leaves_the_line_and_erases_the_phone_and_the_name(db: Database, queue: Queue) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN)
    assert forget_ana(queue) == [1]
    assert line(queue) == [2]
    gone = ticket(queue, 1)
    assert (gone.state, gone.name) == (TicketState.LEFT, None)
    with reading() as session:
        customer = session.get_one(Customer, gone.customer_id)
        assert (customer.phone_ciphertext, customer.phone_hash) == (None, None)


def test_nothing_more_is_sent_to_somebody_forgotten(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    forget_ana(queue)
    with reading() as session:
        assert [m.state.value for m in session.scalars(select(OutboundMessage))] == ["expired"]


def test_opting_out_survives_being_forgotten(db: Database, queue: Queue) -> None:
    join(queue, ANA)
    number_id = ticket(queue, 1).our_number_id
    assert number_id is not None

    def opt_out(session: Session) -> None:
        Customer.with_phone(session, queue.business_id, ANA, NOON).opt_out(session, number_id, NOON)

    transaction(opt_out)
    forget_ana(queue)
    join(queue, ANA)

    def can_be_texted(session: Session) -> bool:
        ana = Customer.with_phone(session, queue.business_id, ANA, NOON)
        return ana.can_be_texted(session, number_id)

    assert transaction(can_be_texted) is False


def test_names_given_earlier_and_the_answers_that_said_them_are_erased_too(
    db: Database, queue: Queue
) -> None:
    join(queue, ANA, name="Ana"), join(queue, ANA, name="Anita"), join(queue, BEN, name="Ben")
    number_id = ticket(queue, 1).our_number_id

    def an_answer(session: Session) -> None:
        ours = session.get_one(OurNumber, number_id)
        text, _ = InboundMessage.record(session, sid="SM1", our_number=ours, body="CET236 Ana", now=NOON)
        text.customer_id = ticket(queue, 1).customer_id
        text.reply = "You are number 1 for Haircuts, Ana."

    transaction(an_answer)
    forget_ana(queue)
    with reading() as session:
        text = session.scalars(select(InboundMessage)).one()
        assert (text.body, text.reply) == ("(erased)", None)
        assert not [e for e in session.scalars(select(Event)) if "Ana" in f"{e.before}{e.facts}"]
    assert ticket(queue, 2).name == "Ben"


def test_of_a_pretend_phone_nothing_is_left_but_for_an_hour_the_answer(db: Database, queue: Queue) -> None:
    join(queue, ANA), join(queue, BEN)
    for phone in (ANA, BEN):
        store(phone, "CET236")
    forget_ana(queue)
    assert pretend_phones() == [BEN]
    store(ANA, "Done: your number is erased.")
    Clearing().run(NOON + minutes(30))
    assert pretend_phones() == [ANA, BEN], "the answer can be read"
    Clearing().run(NOON + minutes(90))
    assert pretend_phones() == [BEN]


def store(phone: str, body: str) -> None:
    def work(session: Session) -> None:
        store_pretend_text(session, phone, SHOP_PHONE, body, from_phone=False, now=NOON)

    transaction(work)


def pretend_phones() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(PretendText.phone).distinct().order_by(PretendText.phone)))
