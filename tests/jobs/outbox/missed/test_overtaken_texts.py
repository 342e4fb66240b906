"""What a customer has texted since decides whether a missed text is still done."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

import jobs.outbox.missed_texts
from jobs.outbox.missed_texts import MissedTexts
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.texts.daily_allowance import allowance
from tests.bot.transcript import text_in
from tests.jobs.outbox.missed.incoming import A_MINUTE, at_webhook, customer_texts, inbound
from tests.jobs.outbox.rows import customer
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import in_turn
from tests.world import ANA, BEN, CAI, call_next, change, join, line, make_queue


@in_turn
@pytest.mark.parametrize("ago_of_later", [40, 5], ids=["ripe", "young"])
@pytest.mark.parametrize(
    ("earlier", "later"),
    [("CET236", "LEAVE"), ("LEAVE", "CET236"), ("CET236 Ana", "cet236"), ("AGAIN", "OUT")],
)
def test_a_missed_text_that_a_later_one_has_overtaken_is_neither_done_nor_answered(
    day: Day,
    carrier: ScriptedCarrier,
    missed: MissedTexts,
    queue: Queue,
    ago_of_later: float,
    earlier: str,
    later: str,
) -> None:
    customer_texts(carrier, earlier, day, ago=60)
    at_webhook(customer_texts(carrier, later, day, ago=ago_of_later, sid="SMin2"), day.now)
    in_line = line(queue)
    missed.run(day.now)
    assert (line(queue), texts()) == (in_line, [])
    assert sorted((text.sid, text.late, text.body) for text in inbound()) == [
        ("SMin1", True, ""),
        ("SMin2", False, later),
    ]


@pytest.mark.parametrize("is_listed", [True, False])
def test_one_that_is_overtaken_while_the_missed_ones_before_it_are_handled_is_not_done(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, is_listed: bool
) -> None:
    customer_texts(carrier, "CET236 Ben", day, phone=BEN, ago=70, sid="SMben")
    customer_texts(carrier, "CET236", day, ago=60)
    leaving = customer_texts(carrier, "LEAVE", day, ago=2, sid="SMleave")
    if not is_listed:
        carrier.listed.pop()

    def time_when_bens_is_handled() -> datetime:
        missed._now = day
        at_webhook(leaving, day.now)
        return day.now

    missed._now = time_when_bens_is_handled
    missed.run(day.now)
    assert [text.sid for text in inbound()] == ["SMleave", "SMben", "SMin1"]
    assert line(queue) == [1], "Ben's alone"


@pytest.mark.parametrize("later", ["STATUS", "thanks", "MENU", "what?"])
def test_a_missed_joining_is_done_though_they_have_asked_something_since(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, later: str
) -> None:
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, later, day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    assert line(queue) == [1]


def test_a_missed_joining_of_one_queue_is_done_though_they_have_joined_another(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, business: Business
) -> None:
    beards = make_queue(business, "BEARDS", name="Beards")
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, "BEARDS", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    assert (line(queue), line(beards)) == ([1], [1])


def test_who_missed_a_cancel_and_joined_since_stays_in_line_and_gets_no_texts(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CANCEL", day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    assert line(queue) == [1]
    number_id = inbound()[0].our_number_id
    assert transaction(lambda s: customer(s, ANA).has_opted_out(s, number_id))


@pytest.mark.parametrize(("ago", "numbers"), [(60, [1]), (2, [1, 2])], ids=["before", "after"])
def test_a_second_joining_counts_only_if_it_was_sent_once_they_had_been_served(
    day: Day,
    carrier: ScriptedCarrier,
    missed: MissedTexts,
    queue: Queue,
    rosa: Servicer,
    ago: float,
    numbers: list[int],
) -> None:
    join(queue, ANA, day.now - A_MINUTE)
    call_next(queue, rosa, day.now - A_MINUTE)
    served_at = day.now - timedelta(seconds=30)
    change(1, queue, lambda s, ticket: ending.finish(s, ticket, by=By.servicer(rosa.id), now=served_at))
    customer_texts(carrier, "CET236", day, ago=ago)
    day.pass_(jobs.outbox.missed_texts.LONGEST_LEFT_TO_WEBHOOK)
    missed.run(day.now)
    with reading() as session:
        assert list(session.scalars(select(Ticket.number).order_by(Ticket.number))) == numbers


def test_somebody_elses_later_text_overtakes_nothing(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, phone=BEN, sid="SMin2"), day.now)
    missed.run(day.now)
    assert len(line(queue)) == 2


@pytest.mark.parametrize("word", ["STOP", "CANCEL", "unsubscribe"])
def test_a_missed_stop_is_obeyed_without_an_answer_also_when_they_have_texted_since(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, word: str
) -> None:
    customer_texts(carrier, word, day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    (text,) = (text for text in inbound() if text.late)
    assert text.reply is None
    assert transaction(lambda s: customer(s, ANA).has_opted_out(s, text.our_number_id))
    send_all(sender_with(carrier, day), day, rounds=2)
    assert carrier.got == []


@pytest.mark.parametrize("words", ["stop texting me", "ARRET", "CANCEL!"])
def test_a_missed_stop_in_own_words_is_obeyed_and_the_one_last_text_leaves_late(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, words: str
) -> None:
    customer_texts(carrier, words, day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    (text,) = (text for text in inbound() if text.late)
    assert transaction(lambda s: customer(s, ANA).opted_out_at_carrier(s, text.our_number_id)) is False
    assert line(queue) == [1]
    send_all(sender_with(carrier, day), day, rounds=2)
    assert [call.body for call in carrier.got] == [text.reply]
    assert "START" in (text.reply or "")
    with reading() as session:
        business = session.get_one(Business, queue.business_id)
        assert allowance(session, business, day.now).sent == 1


def test_the_late_last_text_does_not_leave_once_the_carrier_has_opted_them_out(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "stop texting me", day, ago=60)
    missed.run(day.now)
    at_webhook(customer_texts(carrier, "STOP", day, ago=0, sid="SMin2"), day.now)
    send_all(sender_with(carrier, day), day, rounds=2)
    assert carrier.got == []


def test_a_missed_stop_before_a_start_is_not_obeyed(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "STOP", day, ago=60)
    at_webhook(customer_texts(carrier, "START", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    number_id = inbound()[0].our_number_id
    assert not transaction(lambda s: customer(s, ANA).has_opted_out(s, number_id))


def offered_later(queue: Queue, day: Day) -> None:
    """Ana is the first of three and was told a minute ago what LATER would do."""
    for phone in (ANA, BEN, CAI):
        join(queue, phone, day.now - A_MINUTE * 5)
    text_in("LATER", ANA, day.now - A_MINUTE * 3)


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "missed too"])
def test_a_word_to_be_said_twice_counts_once_however_often_it_was_missed(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, is_answered: bool
) -> None:
    for phone in (ANA, BEN):
        join(queue, phone, day.now - A_MINUTE * 5)
    customer_texts(carrier, "LATER", day, ago=60)
    second = customer_texts(carrier, "later please", day, ago=40, sid="SMin2")
    if is_answered:
        at_webhook(second, day.now)
    missed.run(day.now)
    assert line(queue) == [1, 2]
    assert [text.reply_kind for text in inbound()].count("later_offered") == 1


def test_a_missed_word_that_is_said_again_in_time_is_done(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    offered_later(queue, day)
    customer_texts(carrier, "LATER", day, ago=60)
    missed.run(day.now)
    assert line(queue) == [2, 3, 1]


def test_a_missed_yes_is_no_answer_to_what_was_asked_after_it(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "yes please", day, ago=60)
    at_webhook(customer_texts(carrier, "CET263", day, ago=40, sid="SMin2"), day.now)
    missed.run(day.now)
    assert line(queue) == []
