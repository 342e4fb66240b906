"""An answer that the carrier never got is sent once by the outbox, if it is still news."""

import pytest
from sqlalchemy.orm import Session

from bot.incoming import IncomingText
from bot.reply_kinds import ReplyKind
from jobs.outbox.reconcile import LostReplies
from models.delivery.reply_delivery import TELLS_NUMBER, TO_REMARKS
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, reminders
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.jobs.outbox.missed.incoming import SETTLE, at_webhook, customer_texts, inbound, report_on
from tests.jobs.outbox.rows import customer
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import on_both
from tests.world import ANA, call_next, change


def late_answers() -> list[OutboundMessage]:
    return [text for text in texts() if text.kind == TextKind.LATE_ANSWER]


def test_an_answer_that_the_carrier_never_got_is_given_by_the_outbox(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    text = customer_texts(carrier, "CET236", day)
    reply = at_webhook(text, day.now)
    day.pass_(SETTLE)
    lost.run(day.now)
    assert late_answers() == []
    day.pass_(SETTLE / 3)
    lost.run(day.now)
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
        lost.run(day.now)
    assert late_answers() == []
    assert at_webhook(text, day.now) == reply


def test_of_an_answer_that_was_reported_nothing_is_asked(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    day.pass_(SETTLE * 2)
    lost.run(day.now)
    assert carrier.lists_asked == 0


def test_a_carrier_that_lists_no_answers_proves_nothing_by_not_having_one(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    carrier.listed = [one for one in carrier.listed if one.direction != "outbound-reply"]
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    for _ in range(30):
        day.pass_(SETTLE)
        lost.run(day.now)
    assert late_answers() == []
    assert all(text.reply_settle_after is None for text in inbound())


def test_a_carrier_that_never_reports_on_answers_is_not_even_asked(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, queue: Queue
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    for _ in range(30):
        day.pass_(SETTLE)
        lost.run(day.now)
    assert (carrier.lists_asked, late_answers()) == (0, [])


@on_both
def test_a_list_that_fails_leaves_the_answer_open(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    day.pass_(SETTLE)
    lost.run(day.now)
    carrier.list_fails = True
    for _ in range(3):
        day.pass_(SETTLE)
        lost.run(day.now)
    assert late_answers() == []
    carrier.list_fails = False
    day.pass_(60)
    lost.run(day.now)
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
        lost.run(day.now)
    assert late_answers() == []


@on_both
def test_who_asked_the_counter_something_since_is_still_told_their_number(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText
) -> None:
    joined = at_webhook(customer_texts(carrier, "CET236", day), day.now)
    later = customer_texts(carrier, "which door do I take?", day, sid="SMin2")
    carrier.has(ANA, at_webhook(later, day.now) or "", day.now, direction="outbound-reply")
    report_on(later, TextState.DELIVERED, day.now)
    for _ in range(4):
        day.pass_(SETTLE)
        lost.run(day.now)
    assert [text.facts["note"] for text in late_answers()] == [joined]


def test_who_has_left_is_not_told_the_number_that_was_theirs(
    day: Day, carrier: ScriptedCarrier, lost: LostReplies, known: IncomingText, queue: Queue
) -> None:
    at_webhook(customer_texts(carrier, "CET236", day), day.now)
    later = customer_texts(carrier, "which door do I take?", day, sid="SMin2")
    carrier.has(ANA, at_webhook(later, day.now) or "", day.now, direction="outbound-reply")
    report_on(later, TextState.DELIVERED, day.now)
    change(2, queue, lambda session, ticket: ending.leave(session, ticket, by=By.customer(), now=day.now))
    for _ in range(4):
        day.pass_(SETTLE)
        lost.run(day.now)
    assert late_answers() == []


def test_the_kinds_of_answers_bear_their_names_here_too() -> None:
    assert (TELLS_NUMBER, TO_REMARKS) == (ReplyKind.JOINED, (ReplyKind.PASSED_ON, ReplyKind.NOBODY_READS))


@on_both
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
        lost.run(day.now)
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
        lost.run(day.now)
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
