"""Texts that the webhook missed are taken in once, in order, and old ones never."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import jobs.outbox.missed_texts
from bot.handle_texts import handle_missed_text
from bot.incoming import IncomingText
from jobs.outbox.missed_texts import MissedTexts
from models.people.business import OurNumber
from models.people.refused_countries import RefusedCountry
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.jobs.outbox.missed.incoming import A_MINUTE, at_webhook, customer_texts, inbound
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, BEN, call_next, line


def test_a_missed_joining_is_taken_in_and_answered_once(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236 Ana", day)
    for _ in range(3):
        missed.run(day.now)
        day.pass_(10)
    assert line(queue) == [1]
    (text,) = inbound()
    assert (text.late, text.reply_kind) == (True, "joined")
    send_all(sender_with(carrier, day), day, rounds=3)
    (sent,) = carrier.got
    assert sent.to == ANA
    assert sent.body == text.reply
    assert sent.body.startswith("You are number 1")


def test_a_young_text_is_left_to_the_webhook(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=29)
    missed.run(day.now)
    assert inbound() == []
    day.pass_(1)
    missed.run(day.now)
    assert len(inbound()) == 1


def test_what_the_webhook_took_in_is_not_taken_in_again(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    text = customer_texts(carrier, "CET236", day)
    at_webhook(text, day.now - A_MINUTE)
    missed.run(day.now)
    assert (len(inbound()), texts()) == (1, [])


def test_a_webhook_that_comes_after_all_does_not_answer_a_second_time(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    text = customer_texts(carrier, "CET236", day)
    missed.run(day.now)
    assert at_webhook(text, day.now) is None
    send_all(sender_with(carrier, day), day)
    assert len(carrier.got) == 1


@pytest.mark.parametrize("age", [timedelta(minutes=15, seconds=1), timedelta(days=7)])
def test_an_old_text_never_becomes_a_ticket(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, age: timedelta
) -> None:
    customer_texts(carrier, "CET236", day, ago=age.total_seconds())
    missed.run(day.now)
    assert (inbound(), line(queue)) == ([], [])


def test_nothing_from_before_the_number_was_ours_is_taken_in(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=120)
    customer_texts(carrier, "CET236", day, ago=50, phone=BEN, sid="SMin2")

    def set_up_only_now(session: Session) -> None:
        session.scalars(select(OurNumber)).one().created_at = day.now - A_MINUTE

    transaction(set_up_only_now)
    missed.run(day.now)
    assert [text.sid for text in inbound()] == ["SMin2"]


def test_a_list_that_fails_is_asked_for_again_from_where_it_was(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    missed.run(day.now)
    customer_texts(carrier, "CET236", day, ago=0)
    carrier.list_fails = True
    for _ in range(20):
        day.pass_(30)
        missed.run(day.now)
    carrier.list_fails = False
    missed.run(day.now)
    assert line(queue) == [1]


def test_what_was_read_before_is_read_again_for_a_while_only(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        carrier, "messages_from_customers", lambda _, since, channel: asked.append(since) or []
    )
    missed.run(day.now)
    first = day.now
    day.pass_(600)
    missed.run(day.now)
    assert asked == [first - timedelta(minutes=15), first - timedelta(seconds=30) - timedelta(minutes=2)]


def test_a_clock_that_was_an_hour_ahead_leaves_no_hour_unread(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    missed.run(day.now + timedelta(hours=1))
    customer_texts(carrier, "CET236", day)
    missed.run(day.now)
    assert line(queue) == [1]


def test_missed_texts_are_done_in_the_order_they_were_sent(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "LEAVE", day, ago=50, sid="SMin2")
    customer_texts(carrier, "CET236", day, ago=60, sid="SMin1")
    missed.run(day.now)
    assert [text.reply_kind for text in inbound()] == ["joined", "left"]
    assert line(queue) == []


@pytest.mark.parametrize("sender", ["PIZZA", "40404", "+4915112345678"])
def test_nobody_who_may_not_be_answered_is_taken_in(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, sender: str
) -> None:
    customer_texts(carrier, "CET236", day, phone=sender)
    missed.run(day.now)
    assert inbound() == []


def test_the_country_of_who_is_refused_is_kept_for_the_manager(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, phone="+4915112345678")
    missed.run(day.now)
    with reading() as session:
        assert [one.country for one in session.scalars(select(RefusedCountry))] == ["DE"]


def test_one_that_can_not_be_taken_in_holds_up_no_other(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_texts(carrier, "CET236", day, ago=60, sid="SM" + "x" * 100)  # longer than any sid
    customer_texts(carrier, "CET236", day, ago=50, phone=BEN, sid="SMin2")

    def take_in(session: Session, text: IncomingText, **given: Any) -> object:
        if len(text.sid) > 64:
            raise ValueError(text.sid)
        return handle_missed_text(session, text, **given)

    monkeypatch.setattr(jobs.outbox.missed_texts, "handle_missed_text", take_in)
    missed.run(day.now)
    assert [text.sid for text in inbound()] == ["SMin2"]
    with reading() as session:
        assert session.scalars(select(OurNumber)).one().read_until is None  # so it is tried again


def test_a_late_answer_is_not_sent_once_newer_news_has_left(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, rosa: Servicer
) -> None:
    customer_texts(carrier, "CET236", day)
    missed.run(day.now)
    call_next(queue, rosa, day.now)
    send_all(sender_with(carrier, day), day, rounds=3)
    (sent,) = carrier.got
    assert sent.body.startswith("It's your turn")
