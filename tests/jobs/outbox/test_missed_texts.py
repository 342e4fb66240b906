"""Texts that the webhook missed are handled late, old ones never; lost answers are sent again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import jobs.outbox.missed_texts
from bot.inbound import handle_missed_text, handle_text
from bot.incoming import IncomingText
from jobs.outbox.missed_texts import MissedTexts
from jobs.outbox.reconcile import LostReplies
from models.delivery.delivery_reports import Report, ReportResult
from models.delivery.reply_delivery import apply_reply_report
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.queueing import ending, reminders
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.jobs.outbox.test_send_texts import customer
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, BEN, NOON, SHOP_PHONE, call_next, change, join, line, make_queue

SETTLE = 45.0
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def day(db: Database) -> Day:
    return Day(NOON + timedelta(hours=1))


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture
def missed(carrier: ScriptedCarrier, day: Day, queue: Queue) -> MissedTexts:
    return MissedTexts(
        carrier, public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=SETTLE, now=day
    )


@pytest.fixture
def lost(carrier: ScriptedCarrier, day: Day) -> LostReplies:
    return LostReplies(carrier, settle_seconds=SETTLE, now=day)


def customer_texts(
    carrier: ScriptedCarrier, body: str, day: Day, *, phone: str = ANA, ago: float = 60, sid: str = "SMin1"
) -> IncomingText:
    """A text that is in the carrier's list but never reached the webhook."""
    at = day.now - timedelta(seconds=ago)
    carrier.has(SHOP_PHONE, body, at, sid=sid, direction="inbound", sender=phone, status="received")
    with reading() as session:
        number = session.scalars(select(OurNumber)).first()
    assert number is not None
    return IncomingText(sid, number.id, phone, body)


def at_webhook(text: IncomingText, now: object) -> str | None:
    def work(session: Session) -> str | None:
        settle_after = timedelta(seconds=SETTLE)
        return handle_text(session, text, now=now, public_url=PUBLIC_URL, settle_after=settle_after).reply  # type: ignore[arg-type]

    return transaction(work)


def inbound() -> list[InboundMessage]:
    with reading() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def test_a_missed_joining_is_taken_in_and_answered_once(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236 Ana", day)
    for _ in range(3):
        missed.sweep(day.now)
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
    missed.sweep(day.now)
    assert inbound() == []
    day.pass_(1)
    missed.sweep(day.now)
    assert len(inbound()) == 1


def test_what_the_webhook_took_in_is_not_taken_in_again(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    text = customer_texts(carrier, "CET236", day)
    at_webhook(text, day.now - A_MINUTE)
    missed.sweep(day.now)
    assert (len(inbound()), texts()) == (1, [])


def test_a_webhook_that_comes_after_all_does_not_answer_a_second_time(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    text = customer_texts(carrier, "CET236", day)
    missed.sweep(day.now)
    assert at_webhook(text, day.now) is None
    send_all(sender_with(carrier, day), day)
    assert len(carrier.got) == 1


@pytest.mark.parametrize("age", [timedelta(minutes=15, seconds=1), timedelta(days=7)])
def test_an_old_text_never_becomes_a_ticket(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, age: timedelta
) -> None:
    customer_texts(carrier, "CET236", day, ago=age.total_seconds())
    missed.sweep(day.now)
    assert (inbound(), line(queue)) == ([], [])


def test_nothing_from_before_the_number_was_ours_is_taken_in(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=120)
    customer_texts(carrier, "CET236", day, ago=50, phone=BEN, sid="SMin2")

    def set_up_only_now(session: Session) -> None:
        session.scalars(select(OurNumber)).one().created_at = day.now - A_MINUTE

    transaction(set_up_only_now)
    missed.sweep(day.now)
    assert [text.sid for text in inbound()] == ["SMin2"]


def test_a_list_that_fails_is_asked_for_again_from_where_it_was(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    missed.sweep(day.now)
    customer_texts(carrier, "CET236", day, ago=0)
    carrier.list_fails = True
    for _ in range(20):
        day.pass_(30)
        missed.sweep(day.now)
    carrier.list_fails = False
    missed.sweep(day.now)
    assert line(queue) == [1]


def test_what_was_read_before_is_read_again_for_a_while_only(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(carrier, "messages_from_customers", lambda _, since: asked.append(since) or [])
    missed.sweep(day.now)
    first = day.now
    day.pass_(600)
    missed.sweep(day.now)
    assert asked == [first - timedelta(minutes=15), first - timedelta(seconds=30) - timedelta(minutes=2)]


def test_a_clock_that_was_an_hour_ahead_leaves_no_hour_unread(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    missed.sweep(day.now + timedelta(hours=1))
    customer_texts(carrier, "CET236", day)
    missed.sweep(day.now)
    assert line(queue) == [1]


def test_missed_texts_are_done_in_the_order_they_were_sent(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "LEAVE", day, ago=50, sid="SMin2")
    customer_texts(carrier, "CET236", day, ago=60, sid="SMin1")
    missed.sweep(day.now)
    assert [text.reply_kind for text in inbound()] == ["joined", "left"]
    assert line(queue) == []


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
    missed.sweep(day.now)
    assert (line(queue), texts()) == (in_line, [])
    assert sorted((text.sid, text.late, text.body) for text in inbound()) == [
        ("SMin1", True, ""),
        ("SMin2", False, later),
    ]


@pytest.mark.parametrize("later", ["STATUS", "thanks", "MENU", "what?"])
def test_a_missed_joining_is_done_though_they_have_asked_something_since(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, later: str
) -> None:
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, later, day, ago=40, sid="SMin2"), day.now)
    missed.sweep(day.now)
    assert line(queue) == [1]


def test_a_missed_joining_of_one_queue_is_done_though_they_have_joined_another(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, business: Business
) -> None:
    beards = make_queue(business, "BEARDS", name="Beards")
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, "BEARDS", day, ago=40, sid="SMin2"), day.now)
    missed.sweep(day.now)
    assert (line(queue), line(beards)) == ([1], [1])


def test_who_missed_a_cancel_and_joined_since_stays_in_line_and_gets_no_texts(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CANCEL", day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, sid="SMin2"), day.now)
    missed.sweep(day.now)
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
    missed.sweep(day.now)
    with reading() as session:
        assert list(session.scalars(select(Ticket.number).order_by(Ticket.number))) == numbers


def test_somebody_elses_later_text_overtakes_nothing(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, phone=BEN, sid="SMin2"), day.now)
    missed.sweep(day.now)
    assert len(line(queue)) == 2


@pytest.mark.parametrize("word", ["STOP", "stop texting me", "CANCEL", "opt out"])
def test_a_missed_stop_is_obeyed_without_an_answer_also_when_they_have_texted_since(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, word: str
) -> None:
    customer_texts(carrier, word, day, ago=60)
    at_webhook(customer_texts(carrier, "CET236", day, ago=40, sid="SMin2"), day.now)
    missed.sweep(day.now)
    (text,) = (text for text in inbound() if text.late)
    assert text.reply is None
    assert transaction(lambda s: customer(s, ANA).has_opted_out(s, text.our_number_id))
    send_all(sender_with(carrier, day), day, rounds=2)
    assert carrier.got == []


def test_a_missed_stop_before_a_start_is_not_obeyed(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "STOP", day, ago=60)
    at_webhook(customer_texts(carrier, "START", day, ago=40, sid="SMin2"), day.now)
    missed.sweep(day.now)
    number_id = inbound()[0].our_number_id
    assert not transaction(lambda s: customer(s, ANA).has_opted_out(s, number_id))


@pytest.mark.parametrize("sender", ["PIZZA", "40404", "+4915112345678"])
def test_nobody_who_may_not_be_answered_is_taken_in(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, sender: str
) -> None:
    customer_texts(carrier, "CET236", day, phone=sender)
    missed.sweep(day.now)
    assert inbound() == []


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
    missed.sweep(day.now)
    assert [text.sid for text in inbound()] == ["SMin2"]
    with reading() as session:
        assert session.scalars(select(OurNumber)).one().read_until is None  # so it is tried again


def test_a_late_answer_is_not_sent_once_newer_news_has_left(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue, rosa: Servicer
) -> None:
    customer_texts(carrier, "CET236", day)
    missed.sweep(day.now)
    call_next(queue, rosa, day.now)
    send_all(sender_with(carrier, day), day, rounds=3)
    (sent,) = carrier.got
    assert sent.body.startswith("It's your turn")


# Answers that were lost ---------------------------------------------------------------------------------


def report_on(
    text: IncomingText, state: TextState, now: object, code: int | None = None
) -> ReportResult | None:
    said = Report(state, "SMreply", code)
    return transaction(lambda s: apply_reply_report(s, text.sid, said, now))  # type: ignore[arg-type]


@pytest.fixture
def known(day: Day, carrier: ScriptedCarrier, queue: Queue) -> IncomingText:
    """Ben's answer was reported, and is in the carrier's list."""
    text = customer_texts(carrier, "CET236", day, phone=BEN, sid="SMben")
    reply = at_webhook(text, day.now)
    carrier.has(BEN, reply or "", day.now, sid="SMreply-ben", direction="outbound-reply")
    report_on(text, TextState.DELIVERED, day.now)
    return text


def late_answers() -> list[OutboundMessage]:
    return [text for text in texts() if text.kind == TextKind.LATE_ANSWER]


def test_an_answer_that_the_carrier_never_got_is_given_by_the_outbox(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    text = customer_texts(carrier, "CET236", day)
    reply = at_webhook(text, day.now)
    day.pass_(SETTLE)
    lost.sweep(day.now)
    assert late_answers() == []
    day.pass_(SETTLE / 3)
    lost.sweep(day.now)
    send_all(sender_with(carrier, day), day, rounds=2)
    assert [(sent.to, sent.body) for sent in carrier.got] == [(ANA, reply)]
    assert at_webhook(text, day.now) is None  # were it repeated now, they would have it twice


@pytest.mark.parametrize("status", ["queued", "sent", "delivered"])
def test_an_answer_that_the_carrier_has_is_not_given_again(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText, status: str
) -> None:
    text = customer_texts(carrier, "CET236", day)
    reply = at_webhook(text, day.now)
    carrier.has(ANA, reply or "", day.now, direction="outbound-reply", status=status)
    for _ in range(4):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert late_answers() == []
    assert at_webhook(text, day.now) == reply


def test_of_an_answer_that_was_reported_nothing_is_asked(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    day.pass_(SETTLE * 2)
    lost.sweep(day.now)
    assert carrier.lists_asked == 0


def test_a_carrier_that_lists_no_answers_proves_nothing_by_not_having_one(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    carrier.listed = [one for one in carrier.listed if one.direction != "outbound-reply"]
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    for _ in range(30):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert late_answers() == []
    assert all(text.reply_settle_after is None for text in inbound())


def test_a_carrier_that_never_reports_on_answers_is_not_even_asked(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, queue: Queue
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    for _ in range(30):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert (carrier.lists_asked, late_answers()) == (0, [])


def test_a_list_that_fails_leaves_the_answer_open(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    day.pass_(SETTLE)
    lost.sweep(day.now)
    carrier.list_fails = True
    for _ in range(3):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert late_answers() == []
    carrier.list_fails = False
    day.pass_(60)
    lost.sweep(day.now)
    assert len(late_answers()) == 1


def test_who_has_texted_again_since_gets_no_lost_answer(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    later = customer_texts(carrier, "STATUS", day, sid="SMin2")
    carrier.has(ANA, at_webhook(later, day.now) or "", day.now, direction="outbound-reply")
    report_on(later, TextState.DELIVERED, day.now)
    for _ in range(4):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert late_answers() == []


def test_who_was_told_more_since_gets_no_lost_answer(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText, queue: Queue, rosa: Servicer
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    call_next(queue, rosa, day.now)  # Ben

    def alert(session: Session, ticket: Ticket) -> None:
        ticket.alerted_at = None
        reminders.alert(session, ticket, by=By.clock(), now=day.now)

    change(2, queue, alert)
    send_all(sender_with(carrier, day), day, rounds=3)
    for _ in range(4):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert late_answers() == []


def test_two_answers_alike_are_counted(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    first, second = (customer_texts(carrier, "MENU", day, sid=sid) for sid in ("SMin1", "SMin2"))
    reply = at_webhook(first, day.now)
    carrier.has(ANA, reply or "", day.now, direction="outbound-reply")
    report_on(first, TextState.DELIVERED, day.now)
    day.pass_(2)
    assert at_webhook(second, day.now) == reply
    for _ in range(4):
        day.pass_(SETTLE)
        lost.sweep(day.now)
    assert len(late_answers()) == 1


def test_an_answer_that_failed_is_no_welcome_and_marks_the_customer(
    day: Day, carrier: ScriptedCarrier, queue: Queue, business: Business
) -> None:
    text = customer_texts(carrier, "CET236", day)
    at_webhook(text, day.now)
    assert transaction(lambda s: customer(s, ANA).welcomed_at) == day.now
    found = report_on(text, TextState.FAILED, day.now, 30008)
    assert found is not None
    assert (found.message_id, found.news) == (inbound()[0].id, {queue.id})
    ana = transaction(lambda s: customer(s, ANA))
    assert (ana.welcomed_at, ana.text_failed_at) == (None, day.now)
    report_on(text, TextState.SENT, day.now)
    assert inbound()[0].reply_state == TextState.FAILED


@pytest.mark.parametrize("code", [21610, 30006])
def test_an_answer_that_failed_tells_of_the_phone(
    day: Day, carrier: ScriptedCarrier, queue: Queue, code: int
) -> None:
    text = customer_texts(carrier, "CET236", day)
    at_webhook(text, day.now)
    report_on(text, TextState.FAILED, day.now, code)
    number_id = inbound()[0].our_number_id
    assert not transaction(lambda s: customer(s, ANA).can_be_texted(s, number_id))
