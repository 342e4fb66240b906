"""Undo of the rarer presses: put first, remove, walk-in, transfer and messages are taken back by text too."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import ending, moving, reminders
from models.queueing.line.queries import waiting_tickets
from models.queueing.messages.announcements import announce
from models.queueing.numbers import take_number
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.texts.open_questions import OpenQuestion, QuestionKind, ask_question
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState
from tests.models.queueing.undo.presses import (
    change_state,
    everything,
    press_for_present,
    send_on,
    texts_leave,
    texts_of,
    undo,
)
from tests.one_database import on_both
from tests.world import ANA, NOON, call_next, change, join, line, minutes, outbox, press, ticket


def put_first(number: int, queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        (found,) = [t for t in waiting_tickets(session, locked) if t.number == number]
        moving.put_first(session, found, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.PUT_FIRST)


def alert(number: int, queue: Queue, now: datetime) -> None:
    """What the clock does for people who are nearly up."""
    change(number, queue, lambda s, t: reminders.alert(s, t, by=By.clock(), now=now))


def test_who_was_put_first_and_told_so_is_told_that_they_are_not(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert line(three) == [1, 2, 3]
    assert texts_of(three, 3) == [("nearly_up", "accepted"), ("still_waiting", "waiting")]
    assert ticket(three, 3).alerted_at is None  # and will be told in time


def test_who_was_put_first_and_not_yet_told_is_not_told_at_all(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "expired")]
    assert ticket(three, 3).alerted_at is None


def test_who_is_nearly_up_without_being_put_first_hears_nothing(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, three.id), "alert_ahead", 3))
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "accepted")]


@on_both
def test_who_had_been_offered_later_can_be_put_first_and_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    def offer(session: Session, asked: Ticket) -> None:
        later = QuestionKind.LATER
        ask_question(session, asked.customer_id, later, now=NOON, ticket_id=asked.id, facts={"others": 1})

    change(2, three, offer)
    before = everything(three)
    put_first(2, three, rosa, NOON + minutes(1))
    with reading() as session:
        assert not session.scalars(select(OpenQuestion)).all(), "the place that it named is no longer so"
    assert undo(three, rosa, NOON + minutes(2)).numbers == (2,)
    assert everything(three) == before


def test_an_undone_put_back_of_somebody_being_served_is_told_too(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON + minutes(1))
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(2))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(3))
    assert texts_of(three, 1)[-1] == ("still_called", "waiting")


def test_a_confirmation_dropped_by_a_mistake_is_sent_after_all(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA, source=Source.DESK)
    for press_button in (remove_first_in_line, close_it):
        press_button(queue, rosa, NOON)
        assert ("joined", "waiting") not in texts_of(queue, 1)
        undo(queue, rosa, NOON + minutes(1))
        assert texts_of(queue, 1)[-1] == ("joined", "waiting")


def test_a_confirmation_that_has_left_is_not_repeated(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, source=Source.DESK)
    texts_leave(queue)
    remove_first_in_line(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "accepted"), ("removed", "expired")]


def test_a_nearly_up_dropped_by_a_mistake_will_be_told_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    remove_first_in_line(three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "expired"), ("removed", "expired")]
    assert ticket(three, 3).alerted_at is None


def test_who_hears_that_they_are_next_after_all_is_not_told_so_twice(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    call_next(three, rosa, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("your_turn", "accepted"), ("called_too_early", "waiting")]
    assert ticket(three, 3).alerted_at == NOON + minutes(1)


def remove_first_in_line(queue: Queue, servicer: Servicer, now: datetime) -> None:
    press(
        queue,
        servicer,
        lambda s, q, by: ending.remove(s, waiting_tickets(s, q)[0], by=by, now=now),
        now,
        button=Button.REMOVE,
    )


def close_it(queue: Queue, servicer: Servicer, now: datetime) -> None:
    change_state(Button.CLOSE, queue, servicer, now)


def test_a_walk_in_whose_confirmation_has_left_is_told_that_it_was_a_mistake(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    add_ana_at_the_desk(queue, rosa, NOON)
    texts_leave(queue)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "accepted"), ("taken_back", "waiting")]


def test_a_walk_in_whose_confirmation_has_not_left_hears_nothing(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    add_ana_at_the_desk(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "expired")]


def add_ana_at_the_desk(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        business = locked.business
        ana = Customer.with_phone(session, business.id, ANA, now)
        ours = business.numbers[0].id
        take_number(session, locked, ana, source=Source.DESK, by=by, now=now, our_number_id=ours)

    press(queue, servicer, verb, now, button=Button.ADD_WALK_IN)


@pytest.mark.parametrize(
    ("buttons", "repaired_by"),
    [
        ((), "still_waiting"),
        ((Button.CALL_NEXT,), "still_called"),
        ((Button.CALL_NEXT, Button.START), "still_called"),
    ],
)
def test_a_transfer_that_was_told_is_taken_back_by_text(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer, buttons: tuple[Button, ...], repaired_by: str
) -> None:
    if Button.CALL_NEXT in buttons:
        call_next(three, rosa, NOON)
    if Button.START in buttons:
        press_for_present(Button.START, three, rosa, NOON)
    texts_leave(three)
    before = everything(three)
    send_on(1, three, shaves, rosa, NOON + minutes(1))
    assert line(shaves) == [1]
    texts_leave(three)
    assert undo(three, rosa, NOON + minutes(2)).button == Button.TRANSFER
    assert (line(shaves), everything(three)) == ([], before)
    assert texts_of(shaves, 1) == [("transferred", "accepted")]
    assert texts_of(three, 1)[-1] == (repaired_by, "waiting")


def test_a_transfer_that_was_not_told_is_taken_back_in_silence(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    send_on(1, three, shaves, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert texts_of(shaves, 1) == [("transferred", "expired")]
    assert texts_of(three, 1) == [("your_turn", "accepted")]


@on_both
def test_a_message_to_everybody_is_stopped_for_those_who_have_not_got_it(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    press(three, rosa, lambda s, q, by: announce(s, q, "Tea!", by=by, now=NOON), NOON, button=Button.ANNOUNCE)

    def one_leaves_and_one_is_under_way(session: Session) -> None:
        first, second, _ = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        advance(session, first.id, TextState.ACCEPTED, NOON, carrier_sid="SM1")
        second.state = TextState.SENDING

    transaction(one_leaves_and_one_is_under_way)
    undo(three, rosa, NOON + minutes(1))
    assert [state for _, _, state in outbox(three)] == ["accepted", "sending", "expired"]
    with reading() as session:
        texts = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        assert [text.obsolete_at is not None for text in texts] == [False, True, True]


def test_a_message_to_everybody_does_not_reach_who_has_left(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    press(three, rosa, lambda s, q, by: announce(s, q, "Tea!", by=by, now=NOON), NOON, button=Button.ANNOUNCE)
    change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    assert [state for _, _, state in outbox(three)] == ["waiting", "expired", "waiting"]
