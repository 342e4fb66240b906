"""Undo reverts a servicer's last presses completely, one after the other, and only their own."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing.duties import duty_of, go_off_duty, on_duty
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import Undone
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.storage.database import Database, reading
from tests.models.queueing.undo.presses import (
    VERBS,
    add_walk_in,
    change_state,
    done_and_call,
    everything,
    press_for_present,
    state_of,
    undo,
)
from tests.one_database import on_both
from tests.world import NOON, call_next, join, line, minutes, press, ticket


def test_done_and_call_is_taken_back_whole(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON + minutes(1))
    before = everything(three)
    done_and_call(three, rosa, NOON + minutes(5))
    assert (ticket(three, 1).state, ticket(three, 2).state) == (TicketState.SERVED, TicketState.CALLED)
    assert undo(three, rosa, NOON + minutes(6)) == Undone(Button.DONE, (1, 2))
    assert everything(three) == before
    assert line(three) == [2, 3]


@pytest.mark.parametrize(
    ("button", "started"),
    [(button, False) for button in VERBS]
    + [(button, True) for button in (Button.DONE, Button.PUT_BACK, Button.REMOVE)],
)
def test_every_button_about_the_present_customer_is_taken_back(
    db: Database, three: Queue, rosa: Servicer, button: Button, started: bool
) -> None:
    call_next(three, rosa, NOON)
    if started:
        press_for_present(Button.START, three, rosa, NOON + minutes(1))
    before = everything(three)
    press_for_present(button, three, rosa, NOON + minutes(2))
    assert everything(three) != before
    assert undo(three, rosa, NOON + minutes(3)) == Undone(button, (1,))
    assert everything(three) == before
    assert line(three) == [2, 3]


def test_a_call_is_taken_back_and_the_person_is_first_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    before = everything(three)
    call_next(three, rosa, NOON)
    assert undo(three, rosa, NOON + minutes(1)) == Undone(Button.CALL_NEXT, (1,))
    assert everything(three) == before
    assert line(three) == [1, 2, 3]


def test_a_walk_in_is_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    add_walk_in(three, rosa, NOON)
    assert line(three) == [1, 2, 3, 4]
    assert undo(three, rosa, NOON + minutes(1)) == Undone(Button.ADD_WALK_IN, (4,))
    assert line(three) == [1, 2, 3]
    assert ticket(three, 4).state == TicketState.REMOVED
    assert join(three, "+15550101009").number == 5  # a number is never given twice


def test_pause_and_open_are_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.PAUSE, three, rosa, NOON)
    change_state(Button.OPEN, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert state_of(three) == "paused"
    undo(three, rosa, NOON + minutes(3))
    assert state_of(three) == "open"


def test_close_is_taken_back_with_everybody_it_sent_away(db: Database, three: Queue, rosa: Servicer) -> None:
    before = everything(three)
    change_state(Button.CLOSE, three, rosa, NOON)
    assert line(three) == []
    assert undo(three, rosa, NOON + minutes(1)).button == Button.CLOSE
    assert (state_of(three), line(three)) == ("open", [1, 2, 3])
    assert everything(three) == before


@on_both
def test_a_break_is_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    take_a_break(three, rosa, NOON + minutes(2))
    with reading() as session:
        assert on_duty(session, three.id) == []
    assert undo(three, rosa, NOON + minutes(3)).button == Button.TAKE_A_BREAK
    with reading() as session:
        (duty,) = on_duty(session, three.id)
        assert duty.began_at == NOON


def take_a_break(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, locked.id, servicer.id)
        assert duty is not None
        go_off_duty(session, duty, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.TAKE_A_BREAK)


# One after the other, and only one's own ----------------------------------------------------------------


def test_twice_in_a_row_takes_back_two_presses(db: Database, three: Queue, rosa: Servicer) -> None:
    before = everything(three)
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    assert undo(three, rosa, NOON + minutes(2)) == Undone(Button.DONE, (1, 2))
    assert undo(three, rosa, NOON + minutes(3)) == Undone(Button.CALL_NEXT, (1,))
    assert (everything(three), line(three)) == (before, [1, 2, 3])
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        undo(three, rosa, NOON + minutes(4))


def test_what_was_undone_can_be_done_again_and_undone_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    for step in range(3):
        assert call_next(three, rosa, NOON + minutes(2 * step)) == 1
        undo(three, rosa, NOON + minutes(2 * step + 1))
    assert line(three) == [1, 2, 3]


def test_the_order_of_presses_is_that_of_the_database_not_of_the_clocks(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    """Two web hosts whose clocks differ: the second press bears the earlier time."""
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON - minutes(1))
    assert undo(three, rosa, NOON + minutes(1)).button == Button.START


def test_a_colleagues_press_is_not_mine_to_undo(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    call_next(three, rosa, NOON)
    call_next(three, luis, NOON + minutes(1))
    assert undo(three, rosa, NOON + minutes(2)) == Undone(Button.CALL_NEXT, (1,))
    assert ticket(three, 2).state == TicketState.CALLED
    assert line(three) == [1, 3]


def test_a_press_of_long_ago_is_not_undone(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        undo(three, rosa, NOON + minutes(61))


def test_the_undo_is_told_by_events_that_name_what_they_undo(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    with reading() as session:
        undone = session.scalars(select(Event).where(Event.kind == EventKind.UNDONE)).all()
        kinds = {session.get_one(Event, event.undoes_id).kind for event in undone}
    assert kinds == {EventKind.CALLED, EventKind.SERVED}
    assert {event.servicer_id for event in undone} == {rosa.id}
