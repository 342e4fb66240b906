"""Texts to servicers leave like any other: by priority, at the number's rate, and never when stale."""

import pytest
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Rejected
from models.people.actors import By
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading, transaction
from models.texts.error_codes import RejectionKind
from models.texts.text_states import TextState
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import on_both
from tests.world import ANA, BEN, call_next, change, join, press

LUIS_PHONE = "+15550107001"
CLOCK = By.clock()


@pytest.fixture
def idle_luis(queue: Queue, luis: Servicer, day: Day) -> Servicer:
    """On duty, with nobody to serve, and with a phone for texts."""

    def work(session: Session) -> None:
        row = session.get_one(Servicer, luis.id)
        row.set_phone(LUIS_PHONE)
        row.wants_join_texts = True

    transaction(work)
    press(queue, luis, lambda s, q, by: None)
    return luis


def luis_now(luis: Servicer) -> Servicer:
    with reading() as session:
        return session.get_one(Servicer, luis.id)


def test_he_is_told_who_joined(day: Day, queue: Queue, idle_luis: Servicer) -> None:
    carrier = ScriptedCarrier()
    join(queue, ANA, name="Ana")
    send_all(sender_with(carrier, day), day, rounds=2)
    assert [(text.to, text.body) for text in carrier.got] == [
        (LUIS_PHONE, "Number 1 just joined Haircuts. Nobody else is waiting.")
    ]
    assert carrier.got[0].validity_seconds == 600
    assert texts()[0].state == TextState.ACCEPTED


def test_it_goes_after_what_customers_wait_for_and_counts_for_the_rate(
    day: Day, queue: Queue, idle_luis: Servicer, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier()
    join(queue, BEN)
    call_next(queue, rosa)
    join(queue, ANA, source=Source.DESK)
    sender = sender_with(carrier, day, texts_per_second=0.5)
    send_all(sender, day)
    assert [text.to for text in carrier.got] == [BEN]
    send_all(sender, day, rounds=8)
    assert [text.to for text in carrier.got] == [BEN, LUIS_PHONE, ANA]


def test_it_does_not_leave_once_nobody_waits_any_more(
    day: Day, queue: Queue, idle_luis: Servicer, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier()
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day, rounds=3)
    assert [text.to for text in carrier.got] == [ANA]
    assert [text.state for text in texts()] == [TextState.EXPIRED, TextState.ACCEPTED]


def test_it_does_not_leave_ten_minutes_late(day: Day, queue: Queue, idle_luis: Servicer) -> None:
    carrier = ScriptedCarrier()
    join(queue, ANA)
    day.pass_(600)
    send_all(sender_with(carrier, day), day)
    assert carrier.got == []


@pytest.mark.parametrize("kind", [RejectionKind.BAD_NUMBER, RejectionKind.OPTED_OUT])
def test_what_the_carrier_says_of_his_phone_is_kept(
    day: Day, queue: Queue, idle_luis: Servicer, kind: RejectionKind
) -> None:
    carrier = ScriptedCarrier(Rejected(21610, kind, "no"))
    join(queue, ANA)
    send_all(sender_with(carrier, day), day)
    assert (luis_now(idle_luis).unreachable_at is not None) == (kind == RejectionKind.BAD_NUMBER)
    with reading() as session:
        opted_out = [row.phone_hash for row in session.query(OptOut)]
    assert opted_out == ([idle_luis_hash(idle_luis)] if kind == RejectionKind.OPTED_OUT else [])
    change(1, queue, lambda s, t: ending.leave(s, t, by=CLOCK, now=day.now))
    join(queue, BEN)
    assert len(texts()) == 1


def idle_luis_hash(luis: Servicer) -> str | None:
    return luis_now(luis).phone_hash


@on_both
def test_a_new_phone_is_tried_again(day: Day, queue: Queue, idle_luis: Servicer) -> None:
    carrier = ScriptedCarrier(Rejected(21614, RejectionKind.BAD_NUMBER, "a landline"))
    join(queue, ANA)
    send_all(sender_with(carrier, day), day)
    transaction(lambda s: s.get_one(Servicer, idle_luis.id).set_phone("+15550107002"))
    assert luis_now(idle_luis).unreachable_at is None
