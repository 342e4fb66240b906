"""Undo is refused, and changes nothing, once what it would bring back is no longer possible."""

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending, ticket_details
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import Undone
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database
from tests.models.queueing.undo.presses import (
    add_walk_in,
    change_state,
    done_and_call,
    press_for_present,
    refused,
    send_on,
    state_of,
    undo,
)
from tests.one_database import on_both
from tests.world import ANA, NOON, call_next, change, join, minutes, ticket


def test_a_customer_who_has_left_meanwhile_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    change(1, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(1)))
    assert refused(three, rosa, NOON + minutes(2)) == 1


def test_done_and_call_is_refused_whole_when_the_next_has_left_meanwhile(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(2)))
    assert refused(three, rosa, NOON + minutes(3)) == 2
    assert ticket(three, 1).state == TicketState.SERVED


def test_somebody_served_who_has_a_new_number_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    assert join(three, ANA, NOON + minutes(2)).number == 4
    refused(three, rosa, NOON + minutes(3))


def test_somebody_served_who_is_called_in_another_place_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Rosa was done with Ana, and meanwhile serves Ben: undoing only Done would give her two people."""
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    change(
        2, three, lambda s, t: ticket_details.arrive(s, t, by=By.customer(), now=NOON + minutes(2))
    )  # harmless
    assert undo(three, rosa, NOON + minutes(3)) == Undone(Button.DONE, (1, 2))
    assert ticket(three, 1).servicer_id == rosa.id


def test_a_walk_in_whom_a_colleague_has_called_is_not_taken_away(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    add_walk_in(queue, rosa, NOON)
    assert call_next(queue, luis, NOON + minutes(1)) == 1
    assert refused(queue, rosa, NOON + minutes(2)) == 1
    assert ticket(queue, 1).state == TicketState.CALLED


def test_a_queue_that_a_colleague_has_changed_since_stays_as_it_is(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    change_state(Button.CLOSE, three, luis, NOON - minutes(30))
    change_state(Button.OPEN, three, rosa, NOON)
    join(three, ANA, NOON + minutes(1))
    change_state(Button.PAUSE, three, luis, NOON + minutes(2))
    refused(three, rosa, NOON + minutes(3))
    assert state_of(three) == "paused"


@on_both
def test_a_transfer_is_not_taken_back_once_they_are_called_there(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer, luis: Servicer
) -> None:
    send_on(1, three, shaves, rosa, NOON)
    call_next(shaves, luis, NOON + minutes(1))
    refused(three, rosa, NOON + minutes(2))
    assert ticket(shaves, 1).state == TicketState.CALLED
