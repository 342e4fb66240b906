"""On a channel that SMS may stand in for, a failure whose report was lost is found out, whatever the text."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Accepted
from jobs.outbox.unreported_texts import UnreportedTexts
from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from models.texts.inbox import InboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.settling.lookups import SETTLE
from tests.jobs.outbox.settling.unreported import asked_at, has_become, look
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, NOON, call_next, change, join, make_number

WINDOW_IS_OVER = 63016
SID = "HX" + "a" * 32


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier(Accepted("SM1"))


@pytest.fixture
def clock(carrier: ScriptedCarrier, day: Day) -> UnreportedTexts:
    return UnreportedTexts(carrier, settle_seconds=SETTLE, now=day)


@pytest.fixture
def joined(business: Business, queue: Queue) -> Queue:
    """Ana has joined by WhatsApp at noon."""
    whatsapp = make_number(business)
    taken = join(queue, ANA)

    def work(session: Session) -> None:
        customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
        of = {"our_number_id": whatsapp.id, "customer_id": customer.id, "received_at": NOON}
        session.add(InboundMessage(sid="SMin", body="CET236", **of))
        session.get_one(Ticket, taken.ticket_id).our_number_id = whatsapp.id

    transaction(work)
    return queue


def set_fallback(queue: Queue, falls_back: bool) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, queue.id), "falls_back_to_sms", falls_back))


def channels(carrier: ScriptedCarrier) -> list[Channel]:
    return [one.channel for one in carrier.got]


@pytest.mark.parametrize("falls_back", [True, False])
def test_a_window_that_is_over_leads_to_sms_once_or_to_calling_aloud(
    day: Day,
    carrier: ScriptedCarrier,
    clock: UnreportedTexts,
    joined: Queue,
    rosa: Servicer,
    falls_back: bool,
) -> None:
    set_fallback(joined, falls_back)
    call_next(joined, rosa)
    send_all(sender_with(carrier, day), day)
    has_become(carrier, "failed", WINDOW_IS_OVER)
    for _ in range(3):
        look(clock, day, 2 * SETTLE)
        send_all(sender_with(carrier, day), day, rounds=3)
    assert channels(carrier) == [Channel.WHATSAPP, Channel.SMS][: 2 if falls_back else 1]
    assert texts()[0].state == TextState.FAILED
    failed_at = transaction(lambda s: Customer.with_phone(s, joined.business_id, ANA, NOON).text_failed_at)
    assert failed_at is not None


def test_there_any_text_is_asked_for(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, joined: Queue, rosa: Servicer
) -> None:
    change(1, joined, lambda s, t: ending.remove(s, t, by=By.servicer(rosa.id), now=day.now))
    day.pass_(10)
    send_all(sender_with(carrier, day), day, apart=0)
    assert [(text.kind, text.state) for text in texts()] == [("removed", "accepted")]
    has_become(carrier, "delivered")
    assert asked_at(carrier, clock, day) == [2 * SETTLE]


def test_a_template_is_asked_for_too_though_the_carriers_list_has_other_words(
    day: Day, carrier: ScriptedCarrier, clock: UnreportedTexts, joined: Queue, rosa: Servicer
) -> None:
    day.pass_(timedelta(days=1).total_seconds())
    call_next(joined, rosa, day.now)
    send_all(sender_with(carrier, day, templates={"your_turn": SID}), day)
    has_become(carrier, "failed", 63024)
    look(clock, day, 2 * SETTLE)
    assert [(text.template_sid, text.state) for text in texts()] == [(SID, TextState.FAILED)]
