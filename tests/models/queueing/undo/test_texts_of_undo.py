"""After an undo each customer is told what is true now, and only if they knew something else."""

from sqlalchemy import select

from models.people.servicers import Servicer
from models.queueing.presses.presses import Button
from models.queueing.reminders import turn_text
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from tests.models.queueing.undo.presses import (
    change_state,
    done_and_call,
    press_for_present,
    texts_leave,
    undo,
)
from tests.world import ANA, NOON, call_next, join, minutes, outbox


def test_a_turn_text_that_has_not_left_never_does(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert outbox(three, 1) == [(1, "your_turn", "expired")]


def test_a_turn_text_that_has_left_is_taken_back_by_another(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "called_too_early", "waiting")]
    assert call_next(three, rosa, NOON + minutes(2)) == 1
    assert outbox(three, 1)[1:] == [(1, "called_too_early", "expired"), (1, "your_turn", "waiting")]


def test_a_turn_text_that_done_dropped_is_sent_after_all(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "expired"), (1, "your_turn", "waiting")]


def test_undoing_done_tells_somebody_who_knew_nothing_new(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    done_and_call(three, rosa, NOON + minutes(1))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted")]
    assert outbox(three, 2) == [(2, "your_turn", "accepted"), (2, "called_too_early", "waiting")]


def test_an_undone_no_show_is_told_only_if_the_no_show_was(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.NO_SHOW, three, rosa, NOON + minutes(5))
    undo(three, rosa, NOON + minutes(6))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "no_show", "expired")]
    press_for_present(Button.NO_SHOW, three, rosa, NOON + minutes(7))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(8))
    assert outbox(three, 1)[2:] == [(1, "no_show", "accepted"), (1, "still_called", "waiting")]


def test_an_undone_put_back_calls_again_only_if_the_put_back_was_told(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "put_back", "expired")]
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(3))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(4))
    assert outbox(three, 1)[2:] == [(1, "put_back", "accepted"), (1, "your_turn", "waiting")]


def test_an_undone_close_tells_those_who_were_told(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.CLOSE, three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert sorted(outbox(three)) == [(n, "day_ended", "expired") for n in (1, 2, 3)]
    change_state(Button.CLOSE, three, rosa, NOON + minutes(2))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(3))
    assert sorted(outbox(three)[3:]) == sorted(
        text for n in (1, 2, 3) for text in [(n, "day_ended", "accepted"), (n, "still_waiting", "waiting")]
    )


def test_undoing_a_reminder_takes_back_only_the_reminder(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.CALL_AGAIN, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "reminder", "expired")]


def test_nobody_without_a_phone_is_texted(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, None, NOON, Source.DESK)
    call_next(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert outbox(queue) == []


def test_the_turn_text_of_the_present_call_is_known_whatever_the_clocks_say(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    """The host that calls is a little behind the one that took Ana's joining."""
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON - minutes(1))
    with reading() as session:
        ana = session.scalars(select(Ticket)).one()
        turn = turn_text(session, ana)
    assert turn is not None
    press_for_present(Button.PUT_BACK, queue, rosa, NOON + minutes(1))
    call_next(queue, rosa, NOON + minutes(2))
    with reading() as session:
        second = turn_text(session, session.get_one(Ticket, ana.id))
    assert second is not None
    assert second.id > turn.id


def test_closing_notes_at_which_place_everybody_was(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.CLOSE, three, rosa, NOON)
    with reading() as session:
        left = session.execute(
            select(Ticket.number, Event.facts)
            .join(Event, Event.ticket_id == Ticket.id)
            .where(Event.kind == EventKind.LEFT)
        ).all()
    assert {number: facts["place"] for number, facts in left} == {1: 1, 2: 2, 3: 3}
