"""When servicers are on duty, and at which desk: the day's first press, breaks, closing, undoing."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling
from models.queueing.duties import choose_desk, duty_of, go_off_duty, on_duty
from models.queueing.line.queries import present_tickets
from models.queueing.opening import close_queue
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Desk, Queue
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState
from tests.world import (
    ANA,
    NOON,
    call_next,
    join,
    line,
    make_desk,
    make_queue,
    minutes,
    outbox,
    press,
    ticket,
)


@pytest.fixture
def chair(queue: Queue) -> Desk:
    return make_desk(queue, "Chair 1")


@pytest.fixture
def sofa(queue: Queue) -> Desk:
    return make_desk(queue, "Sofa")


def close(queue: Queue, servicer: Servicer, now: datetime) -> None:
    press(queue, servicer, lambda s, q, by: close_queue(s, q, by=by, now=now), now, button=Button.CLOSE)


def undo(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def work(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        undo_last_press(session, locked, by=By.servicer(servicer.id), now=now)

    transaction(work)


def come(queue: Queue, servicer: Servicer, now: datetime = NOON) -> None:
    """Any press."""
    press(queue, servicer, lambda s, q, by: None, now)


def leave(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, locked.id, servicer.id)
        assert duty is not None
        go_off_duty(session, duty, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.TAKE_A_BREAK)


def choose(queue: Queue, servicer: Servicer, desk: Desk | None, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, locked.id, servicer.id)
        assert duty is not None
        choose_desk(session, duty, desk.id if desk else None, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.CHOOSE_DESK)


def who_is_on_duty(queue: Queue) -> set[str]:
    with reading() as session:
        return {duty.servicer.name for duty in on_duty(session, queue.id)}


def desk_of(queue: Queue, servicer: Servicer) -> int | None:
    with reading() as session:
        duty = duty_of(session, queue.id, servicer.id)
        assert duty is not None
        return duty.desk_id


def text_leaves(number: int, queue: Queue) -> None:
    def work(session: Session) -> None:
        ticket_id = ticket(queue, number).id
        for text in session.query(OutboundMessage).filter_by(ticket_id=ticket_id, state=TextState.WAITING):
            advance(session, text.id, TextState.ACCEPTED, NOON, carrier_sid=f"SM{text.id}")

    transaction(work)


# Closing ------------------------------------------------------------------------------------------------


def test_closing_sends_home_everybody_who_serves_nobody(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    come(queue, rosa)
    close(queue, rosa, NOON + minutes(5))
    assert who_is_on_duty(queue) == {"Luis"}


def test_undoing_the_close_brings_them_all_back(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA), come(queue, rosa), come(queue, luis, NOON + minutes(1))
    close(queue, rosa, NOON + minutes(5))
    assert who_is_on_duty(queue) == set()
    undo(queue, rosa, NOON + minutes(6))
    assert who_is_on_duty(queue) == {"Rosa", "Luis"}
    assert line(queue) == [1]
    with reading() as session:
        assert [duty.began_at for duty in on_duty(session, queue.id)] == [NOON, NOON + minutes(1)]


def test_a_colleague_who_has_pressed_something_since_does_not_stop_the_undo(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    come(queue, rosa), come(queue, luis)
    close(queue, rosa, NOON + minutes(5))
    come(queue, luis, NOON + minutes(6))
    undo(queue, rosa, NOON + minutes(7))
    assert who_is_on_duty(queue) == {"Rosa", "Luis"}


def test_closing_one_queue_leaves_the_duties_at_another(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    with reading() as session:
        business = session.get_one(Queue, queue.id).business
    other = make_queue(business, "BEARDS")
    come(other, luis)
    close(queue, rosa, NOON + minutes(5))
    assert who_is_on_duty(other) == {"Luis"}


# Desks --------------------------------------------------------------------------------------------------


def test_a_chosen_desk_is_kept_over_a_break_and_the_night(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk
) -> None:
    come(queue, rosa)
    assert desk_of(queue, rosa) is None
    choose(queue, rosa, chair, NOON + minutes(1))
    leave(queue, rosa, NOON + minutes(2))
    come(queue, rosa, NOON + minutes(60 * 20))
    assert desk_of(queue, rosa) == chair.id


def test_a_desk_that_a_colleague_has_taken_is_not_taken_back(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer, chair: Desk
) -> None:
    come(queue, rosa), choose(queue, rosa, chair, NOON)
    leave(queue, rosa, NOON + minutes(2))
    come(queue, luis, NOON + minutes(3)), choose(queue, luis, chair, NOON + minutes(3))
    come(queue, rosa, NOON + minutes(4))
    assert desk_of(queue, rosa) is None


def test_who_was_called_is_texted_where_to_come_instead(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk
) -> None:
    join(queue, ANA), call_next(queue, rosa)
    text_leaves(1, queue)
    choose(queue, rosa, chair, NOON + minutes(1))
    assert ticket(queue, 1).desk_id == chair.id
    assert outbox(queue) == [(1, "your_turn", "accepted"), (1, "reminder", "waiting")]


def test_a_turn_text_that_has_not_left_names_the_new_desk(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk
) -> None:
    join(queue, ANA), call_next(queue, rosa)
    choose(queue, rosa, chair, NOON + minutes(1))
    assert outbox(queue) == [(1, "your_turn", "expired"), (1, "your_turn", "waiting")]
    with reading() as session:
        assert [text.facts["desk"] for text in session.query(OutboundMessage).order_by("id")] == [
            None,
            "Chair 1",
        ]


def test_who_is_being_served_is_not_texted_about_a_desk(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk
) -> None:
    join(queue, None), call_next(queue, rosa)
    press(
        queue,
        rosa,
        lambda s, q, by: calling.start(s, present_tickets(s, q)[0], by=by, now=NOON),
        NOON,
        button=Button.START,
    )
    choose(queue, rosa, chair, NOON + minutes(1))
    assert ticket(queue, 1).desk_id == chair.id
    assert outbox(queue) == []


def test_the_choice_of_a_desk_is_undone_by_text_only_where_it_was_told(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk, sofa: Desk
) -> None:
    come(queue, rosa), choose(queue, rosa, chair, NOON)
    join(queue, ANA), call_next(queue, rosa, NOON + minutes(1), chair)
    text_leaves(1, queue)
    choose(queue, rosa, sofa, NOON + minutes(2))
    undo(queue, rosa, NOON + minutes(3))
    assert (desk_of(queue, rosa), ticket(queue, 1).desk_id) == (chair.id, chair.id)
    assert outbox(queue) == [(1, "your_turn", "accepted"), (1, "reminder", "expired")]
    choose(queue, rosa, sofa, NOON + minutes(4))
    text_leaves(1, queue)
    undo(queue, rosa, NOON + minutes(5))
    assert outbox(queue)[2:] == [(1, "reminder", "accepted"), (1, "reminder", "waiting")]
    with reading() as session:
        last = session.query(OutboundMessage).order_by(OutboundMessage.id.desc()).first()
        assert last is not None
        assert last.facts["desk"] == "Chair 1"


def test_an_undone_choice_before_the_turn_text_left_sends_the_turn_text(
    db: Database, queue: Queue, rosa: Servicer, chair: Desk
) -> None:
    join(queue, ANA), call_next(queue, rosa)
    choose(queue, rosa, chair, NOON + minutes(1))
    undo(queue, rosa, NOON + minutes(2))
    assert [state for _, _, state in outbox(queue)] == ["expired", "expired", "waiting"]
    assert {kind for _, kind, _ in outbox(queue)} == {"your_turn"}
