"""The basic loop in the domain: join, be called, be served; each step with its text."""

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending, moving
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, line, minutes, outbox, press, ticket


def test_numbers_begin_at_one_and_say_how_many_are_ahead(db: Database, queue: Queue) -> None:
    first, second = join(queue, ANA), join(queue, BEN)
    assert (first.number, first.ahead, first.is_new) == (1, 0, True)
    assert (second.number, second.ahead, second.is_new) == (2, 1, True)


def test_taking_a_number_twice_gives_the_same_number(db: Database, queue: Queue) -> None:
    first, again = join(queue, ANA), join(queue, ANA, NOON + minutes(1))
    assert (again.number, again.ticket_id, again.is_new) == (1, first.ticket_id, False)


def test_the_first_in_line_is_called_and_texted(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA), join(queue, BEN)
    assert call_next(queue, rosa) == 1
    assert line(queue) == [2]
    assert outbox(queue) == [(1, "your_turn", "waiting")]


def test_undo_of_a_call_puts_the_person_back_first_and_drops_the_unsent_text(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(1)))
    assert line(queue) == [1, 2]
    assert outbox(queue) == [(1, "your_turn", "expired")]
    assert call_next(queue, rosa, NOON + minutes(2)) == 1


def test_put_back_goes_behind_the_next_two(db: Database, queue: Queue, rosa: Servicer) -> None:
    for phone in (ANA, BEN, CAI, "+15550101004"):
        join(queue, phone)
    call_next(queue, rosa)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=NOON))
    assert line(queue) == [2, 3, 1, 4]
    assert ticket(queue, 1).state == TicketState.WAITING


def test_leaving_frees_the_place(db: Database, queue: Queue) -> None:
    join(queue, ANA), join(queue, BEN)
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    assert line(queue) == [2]
