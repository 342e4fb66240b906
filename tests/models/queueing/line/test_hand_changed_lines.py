"""Places in lines that hands have changed: who was put first stays so, and no joining time is forgotten."""

from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, moving
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database
from tests.models.queueing.undo.presses import press_for_present, send_on, texts_of, undo
from tests.world import NOON, call_next, change, join, line, make_queue, minutes, phone, press, ticket


def crowd(queue: Queue, count: int) -> None:
    for index in range(count):
        join(queue, phone(index), NOON + minutes(index))


def put_first(queue: Queue, number: int, servicer: Servicer, at: float) -> None:
    by = By.servicer(servicer.id)
    change(number, queue, lambda s, t: moving.put_first(s, t, by=by, now=NOON + minutes(at)))


def test_who_is_sent_on_is_not_put_before_somebody_who_was_put_first(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    """Sent on, with a joining time between 2 and 3: behind 5, whom a hand has put first, and 1 and 2."""
    other = make_queue(business, "OTHER")
    crowd(queue, 5)
    join(other, phone(9), NOON + minutes(1.5))
    put_first(queue, 5, rosa, 9)
    send_on(1, other, queue, rosa, NOON + minutes(10))
    assert line(queue) == [5, 1, 2, 6, 3, 4]


def test_nor_behind_somebody_who_let_others_go_first(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    """1 has let all others go first: who joined after 1 and before 2 is not last for that."""
    other = make_queue(business, "OTHER")
    crowd(queue, 3)
    join(other, phone(9), NOON + minutes(0.5))
    by = By.customer()
    change(1, queue, lambda s, t: moving.let_others_go_first(s, t, 9, by=by, now=NOON + minutes(4)))
    send_on(1, other, queue, rosa, NOON + minutes(10))
    assert line(queue) == [4, 2, 3, 1]


def test_two_calls_undone_in_either_order_leave_the_two_as_they_were(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    crowd(queue, 3)
    call_next(queue, rosa, NOON + minutes(4)), call_next(queue, luis, NOON + minutes(5))
    undo(queue, rosa, NOON + minutes(6)), undo(queue, luis, NOON + minutes(7))
    assert line(queue) == [1, 2, 3]
    call_next(queue, rosa, NOON + minutes(8)), call_next(queue, luis, NOON + minutes(9))
    undo(queue, luis, NOON + minutes(10)), undo(queue, rosa, NOON + minutes(11))
    assert line(queue) == [1, 2, 3]


def test_an_undone_call_is_first_again_before_whoever_was_put_first_since(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    crowd(queue, 3)
    call_next(queue, rosa, NOON + minutes(4))
    put_first(queue, 3, luis, 5)
    undo(queue, rosa, NOON + minutes(6))
    assert line(queue) == [1, 3, 2]
    assert ("your_turn", "expired") in texts_of(queue, 1)


def test_nobody_shares_a_place_after_an_undo(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Rosa removes the first, Luis puts another first, Rosa takes that back: each has an own place."""
    crowd(queue, 3)

    def remove_first(session: Session, locked: Queue, by: By) -> None:
        first = session.get_one(Ticket, ticket(queue, 1).id)
        ending.remove(session, first, by=by, now=NOON + minutes(4))

    press(queue, rosa, remove_first, NOON + minutes(4), button=Button.REMOVE)
    put_first(queue, 3, luis, 5)
    undo(queue, rosa, NOON + minutes(6))
    assert line(queue) == [1, 3, 2]
    assert [call_next(queue, luis, NOON + minutes(7)), call_next(queue, rosa, NOON + minutes(8))] == [1, 3]


def test_who_was_put_back_and_is_sent_on_has_the_place_of_their_joining_time(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER", put_back_behind=2)
    crowd(queue, 3)
    join(other, phone(8), NOON + minutes(1.5))
    call_next(other, rosa, NOON + minutes(4))
    press_for_present(Button.PUT_BACK, other, rosa, NOON + minutes(5))
    send_on(1, other, queue, rosa, NOON + minutes(6))
    assert line(queue) == [1, 2, 4, 3]
    assert not ticket(queue, 4).placed_by_hand
