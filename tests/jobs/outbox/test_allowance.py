"""The daily allowance of texts: managers are warned, then texts are held and shown as such, not lost."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.people.account_mails import AccountMail
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.messages.announcements import announce
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import reading, transaction
from models.texts.daily_allowance import TO_ONE_PHONE, allowance
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, join, phone
from web.control.text_trouble import texting_down


def allow(business: Business, most: int) -> None:
    transaction(lambda s: setattr(s.get_one(Business, business.id), "texts_per_day", most))


def letters() -> list[str]:
    with reading() as session:
        return [kind.value for kind in session.scalars(select(AccountMail.kind).order_by(AccountMail.id))]


@pytest.fixture
def crowd(business: Business, queue: Queue, rosa: Servicer) -> None:
    """Ten people who joined on the web with a phone: each gets a text."""
    allow(business, 5)
    for index in range(10):
        join(queue, phone(index), source=Source.DESK)


def test_what_is_over_the_allowance_is_held_and_leaves_when_more_is_allowed(
    crowd: None, business: Business, queue: Queue
) -> None:
    carrier, day = ScriptedCarrier(), Day()
    sender = sender_with(carrier, day)
    send_all(sender, day, rounds=12)
    assert len(carrier.got) == 5
    assert letters() == ["few_texts_left", "no_texts_left"]
    with reading() as session, time_machine.travel(day.now):
        (words,) = texting_down([], allowance(session, session.get_one(Business, business.id), day.now))
    assert words == "Texting has stopped: today's 5 texts are used up. A manager can allow more."
    allow(business, 8)
    send_all(sender, day, rounds=12)
    assert len(carrier.got) == 8
    allow(business, 100)
    send_all(sender, day, rounds=12)
    assert len(carrier.got) == 10
    assert {text.state.value for text in texts()} == {"accepted"}


def test_the_next_day_begins_anew(crowd: None, queue: Queue) -> None:
    carrier, day = ScriptedCarrier(), Day()
    sender = sender_with(carrier, day)
    send_all(sender, day, rounds=12)
    assert len(carrier.got) == 5
    day.now += timedelta(days=1)
    join(queue, phone(50), day.now, source=Source.DESK)  # those of yesterday are told that their day is over
    send_all(sender, day, rounds=12)
    assert len(carrier.got) == 10


def test_one_phone_gets_only_so_many_texts_in_a_day(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "models.delivery.claiming.TO_ONE_PHONE", TO_ONE_PHONE.__class__("few", 2, TO_ONE_PHONE.per)
    )
    carrier, day = ScriptedCarrier(), Day()
    join(queue, ANA, source=Source.DESK)
    for note in ("One.", "Two.", "Three."):
        transaction(lambda s, note=note: _announce(s, queue, rosa, note))
    send_all(sender_with(carrier, day), day, rounds=6)
    assert len(carrier.got) == 2
    assert (
        sorted(text.error or "" for text in texts()) == ["", ""] + ["too many texts to this phone today"] * 2
    )


def _announce(session, queue: Queue, rosa: Servicer, note: str) -> None:  # type: ignore[no-untyped-def]
    announce(session, Queue.lock(session, queue.id), note, by=By.servicer(rosa.id), now=Day().now)
