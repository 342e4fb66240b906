"""Texts that fail on their way are followed by one more at most, and only by what is still true."""

import pytest

from jobs.outbox.carrier import Busy, Unknown
from jobs.queues.no_shows import NoShows
from models.delivery.delivery_reports import Report, apply_report
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending, reminders
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from models.texts.text_states import TextState
from tests.jobs.outbox.rows import customer
from tests.jobs.outbox.sending.failures import report
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.one_database import in_turn
from tests.world import ANA, call_next, change, join, make_queue, outbox, phone, ticket


@pytest.fixture
def called(day: Day, queue: Queue, rosa: Servicer) -> ScriptedCarrier:
    """Ana was called, and the carrier has her turn text."""
    carrier = ScriptedCarrier()
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    return carrier


def test_a_passing_failure_is_followed_by_one_more_text(
    day: Day, queue: Queue, called: ScriptedCarrier
) -> None:
    report(texts()[0], TextState.FAILED, day, 30001)
    send_all(sender_with(called, day), day, rounds=30)
    assert outbox(queue) == [(1, "your_turn", "failed"), (1, "your_turn", "accepted")]
    first, again = texts()
    assert again.body == first.body
    report(again, TextState.FAILED, day, 30001)
    send_all(sender_with(called, day), day, rounds=30)
    assert len(called.got) == 2


def test_a_report_that_comes_twice_makes_one_more_text_only(
    day: Day, queue: Queue, called: ScriptedCarrier
) -> None:
    for _ in range(2):
        report(texts()[0], TextState.FAILED, day, 30001)
    assert len(texts()) == 2


def test_it_is_not_sent_once_more_when_it_is_not_true_any_more(
    day: Day, queue: Queue, rosa: Servicer, called: ScriptedCarrier
) -> None:
    change(1, queue, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=day.now))
    report(texts()[0], TextState.FAILED, day, 30001)
    send_all(sender_with(called, day), day, rounds=30)
    assert len(called.got) == 1


def test_it_is_not_sent_once_more_when_they_are_done_before_it_leaves(
    day: Day, queue: Queue, rosa: Servicer, called: ScriptedCarrier
) -> None:
    report(texts()[0], TextState.FAILED, day, 30001)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender_with(called, day), day, rounds=30)
    assert len(called.got) == 1


@in_turn
@pytest.mark.parametrize("code", [30003, 30008, 30007, 30005, 21610, 99999, None])
def test_what_may_have_arrived_or_never_will_is_not_sent_once_more(
    day: Day, queue: Queue, called: ScriptedCarrier, code: int | None
) -> None:
    report(texts()[0], TextState.FAILED, day, code)
    send_all(sender_with(called, day), day, rounds=60)
    assert outbox(queue) == [(1, "your_turn", "failed")]


def test_a_turn_text_that_ran_out_of_time_on_its_way_goes_once_more_to_who_is_still_called(
    day: Day, queue: Queue, called: ScriptedCarrier
) -> None:
    report(texts()[0], TextState.FAILED, day, 30036)
    send_all(sender_with(called, day), day, rounds=30)
    assert len(called.got) == 2


@pytest.mark.parametrize("code", [30001, 30008])
def test_the_no_show_clock_of_a_failed_turn_text_does_not_run(
    day: Day, business: Business, rosa: Servicer, code: int
) -> None:
    strict = make_queue(business, "STRICT", marks_no_shows=True)
    carrier = ScriptedCarrier()
    join(strict, ANA)
    call_next(strict, rosa)
    send_all(sender_with(carrier, day), day)
    report(texts()[0], TextState.FAILED, day, code)
    clock = NoShows()
    for _ in range(20):
        day.pass_(60)
        clock.run(day.now)
    assert ticket(strict, 1).state == "called"
    assert "no_show" not in {kind for _, kind, _ in outbox(strict)}


def test_one_text_that_failed_marks_the_customer_and_one_that_arrived_unmarks(
    day: Day, queue: Queue, called: ScriptedCarrier
) -> None:
    report(texts()[0], TextState.FAILED, day, 30001)
    assert transaction(lambda s: customer(s, ANA).text_failed_at) == day.now
    send_all(sender_with(called, day), day, rounds=30)
    report(texts()[1], TextState.DELIVERED, day)
    assert transaction(lambda s: customer(s, ANA).text_failed_at) is None


def test_a_failure_by_report_is_news_for_the_pages(day: Day, queue: Queue, called: ScriptedCarrier) -> None:
    said = Report(TextState.FAILED, texts()[0].carrier_sid, 30008)
    found = transaction(lambda s: apply_report(s, texts()[0].reference, said, day.now))
    assert found is not None
    assert (found.message_id, found.news) == (texts()[0].id, {queue.id})


# Newest truth only --------------------------------------------------------------------------------------


def test_a_reminder_pressed_while_the_turn_text_waited_is_not_sent_behind_it(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier(Busy(), Busy())
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)
    change(1, queue, lambda s, t: calling.call_again(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender, day, rounds=10)
    assert [(kind, state) for _, kind, state in outbox(queue)] == [
        ("your_turn", "accepted"),
        ("reminder", "expired"),
    ]


def test_a_reminder_after_a_turn_text_of_unknown_outcome_leaves(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier(Unknown("reset"))
    sender = sender_with(carrier, day)
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender, day)
    change(1, queue, lambda s, t: calling.call_again(s, t, by=By.servicer(rosa.id), now=day.now))
    send_all(sender, day)
    assert outbox(queue)[1] == (1, "reminder", "accepted")


def test_who_was_called_meanwhile_is_not_told_a_place_in_line(day: Day, queue: Queue, rosa: Servicer) -> None:
    carrier = ScriptedCarrier(Busy(), Busy(), Busy())
    sender = sender_with(carrier, day)
    join(queue, ANA, source=Source.DESK)
    call_next(queue, rosa)
    send_all(sender, day, rounds=20)
    assert outbox(queue) == [(1, "joined", "expired"), (1, "your_turn", "accepted")]


def test_texts_about_one_ticket_leave_in_the_order_of_what_they_tell(
    day: Day, queue: Queue, rosa: Servicer
) -> None:
    carrier = ScriptedCarrier()
    for index in range(4):
        join(queue, phone(index))
    join(queue, ANA, source=Source.DESK)  # its number first, then that it is nearly up
    change(5, queue, lambda s, t: reminders.alert(s, t, by=By.clock(), now=day.now))
    send_all(sender_with(carrier, day), day, rounds=3)
    assert [state for _, _, state in outbox(queue, 5)] == ["accepted", "accepted"]
    assert carrier.bodies[0].startswith("You are number 5")
