"""Letting others go first, being put first, and moving to another queue."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import moving, ticket_details
from models.queueing.line.queries import present_tickets, waiting_tickets
from models.queueing.moving import others_for_later
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, transaction
from tests.one_database import on_both
from tests.world import NOON, call_next, change, join, line, make_queue, minutes, outbox, phone, press, ticket

ME = By.customer()


def crowd(queue: Queue, count: int) -> None:
    for index in range(count):
        join(queue, phone(index), NOON + minutes(index))


def let_first(queue: Queue, number: int, others: int) -> int:
    return change(number, queue, lambda s, t: moving.let_others_go_first(s, t, others, by=ME, now=NOON))


def test_others_go_first_and_nobody_else_moves(db: Database, queue: Queue) -> None:
    crowd(queue, 5)
    assert let_first(queue, 1, 3) == 3
    assert line(queue) == [2, 3, 4, 1, 5]


def test_letting_go_first_more_than_there_are_means_last(db: Database, queue: Queue) -> None:
    crowd(queue, 3)
    assert let_first(queue, 2, 9) == 2
    assert line(queue) == [1, 3, 2]
    join(queue, phone(9))
    assert line(queue) == [1, 3, 2, 4]


def test_later_is_capped_over_the_whole_wait(db: Database, business: Business) -> None:
    queue = make_queue(business, later_by=3, later_cap=4)
    crowd(queue, 8)
    assert change(1, queue, lambda s, t: others_for_later(s, t, None)) == 3
    let_first(queue, 1, 3)
    assert change(1, queue, lambda s, t: others_for_later(s, t, None)) == 1
    let_first(queue, 1, 1)
    with pytest.raises(NotPossible, match="later_cap"):
        change(1, queue, lambda s, t: others_for_later(s, t, None))


def test_the_last_in_line_has_nobody_to_let_first(db: Database, queue: Queue) -> None:
    crowd(queue, 2)
    with pytest.raises(NotPossible, match="nobody_behind"):
        change(2, queue, lambda s, t: others_for_later(s, t, 2))


def test_who_is_no_longer_nearly_up_after_letting_others_first_is_told_again(
    db: Database, queue: Queue
) -> None:
    crowd(queue, 6)
    assert ticket(queue, 1).alerted_at == NOON  # the answer to the joining said it
    let_first(queue, 1, 1)
    assert ticket(queue, 1).alerted_at == NOON
    let_first(queue, 1, 2)
    assert ticket(queue, 1).alerted_at is None


def arrive(queue: Queue, number: int, at: float) -> None:
    change(number, queue, lambda s, t: ticket_details.arrive(s, t, by=ME, now=NOON + minutes(at)))


def test_who_was_here_and_lets_others_go_first_may_go(db: Database, queue: Queue) -> None:
    crowd(queue, 5)
    arrive(queue, 1, 6)
    let_first(queue, 1, 2)
    assert ticket(queue, 1).arrived_at is None


def test_who_is_put_back_is_asked_again_whether_they_are_here(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    crowd(queue, 5)
    arrive(queue, 1, 6)
    call_next(queue, rosa, NOON + minutes(7))
    press(queue, rosa, put_back_present, NOON + minutes(8), button=Button.PUT_BACK)
    assert ticket(queue, 1).arrived_at is None
    undo(queue, rosa, NOON + minutes(9))
    assert ticket(queue, 1).arrived_at == NOON + minutes(6)


def test_undo_does_not_forget_that_they_have_come_since(db: Database, queue: Queue, rosa: Servicer) -> None:
    crowd(queue, 5)
    call_next(queue, rosa, NOON + minutes(7))
    press(queue, rosa, put_back_present, NOON + minutes(8), button=Button.PUT_BACK)
    arrive(queue, 1, 9)
    undo(queue, rosa, NOON + minutes(10))
    assert (ticket(queue, 1).state, ticket(queue, 1).arrived_at) == ("called", NOON + minutes(9))


def put_back_present(session: Session, queue: Queue, by: By) -> int:
    return moving.put_back(session, present_tickets(session, queue)[0], by=by, now=NOON + minutes(8))


def undo(queue: Queue, servicer: Servicer, now: datetime) -> None:
    by = By.servicer(servicer.id)
    transaction(lambda s: undo_last_press(s, Queue.lock(s, queue.id), by=by, now=now))


@on_both
def test_a_lead_that_has_come_already_is_told_by_the_answer_alone(db: Database, queue: Queue) -> None:
    crowd(queue, 6)
    later = NOON + minutes(9)
    for number, lead in ((1, 5), (6, 5), (5, 60)):
        change(number, queue, lambda s, t, lead=lead: ticket_details.set_lead(s, t, lead, by=ME, now=later))
    assert [ticket(queue, number).alerted_at for number in (1, 6, 5)] == [later, None, later]


def test_many_moves_into_one_gap_keep_the_order(db: Database, queue: Queue) -> None:
    crowd(queue, 40)
    for number in range(40, 2, -1):
        change(number, queue, lambda s, t: moving._move_behind(s, t, 1, ME, NOON))
    assert line(queue) == [1, *range(3, 41), 2]


def test_a_servicer_puts_anyone_first_and_undoes_it(db: Database, queue: Queue, rosa: Servicer) -> None:
    crowd(queue, 3)

    def put_third_first(session: Session, locked: Queue, by: By) -> None:
        third = waiting_tickets(session, locked)[2]
        moving.put_first(session, third, by=by, now=NOON)

    press(queue, rosa, put_third_first)
    assert line(queue) == [3, 1, 2]
    press(queue, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(1)))
    assert line(queue) == [1, 2, 3]


def test_a_transfer_keeps_the_joining_time(db: Database, business: Business, rosa: Servicer) -> None:
    haircuts, shaves = make_queue(business, "HAIR1"), make_queue(business, "SHAVE1")
    join(shaves, phone(1), NOON)
    join(haircuts, phone(2), NOON + minutes(5))
    join(shaves, phone(3), NOON + minutes(10))

    def send_on(session: Session) -> int:
        here, there = lock_both(session, haircuts.id, shaves.id)
        first = waiting_tickets(session, here)[0]
        return transfer(session, first, there, by=By.servicer(rosa.id), now=NOON + minutes(20)).number

    assert transaction(send_on) == 3
    assert line(haircuts) == []
    assert line(shaves) == [1, 3, 2]
    assert ticket(shaves, 3).joined_at == NOON + minutes(5)
    assert outbox(shaves, 3) == [(3, "transferred", "waiting")]
    assert ticket(haircuts, 1).moved_to_id == ticket(shaves, 3).id


def test_undo_of_a_transfer_brings_them_back_to_their_place(
    db: Database, business: Business, rosa: Servicer
) -> None:
    haircuts, shaves = make_queue(business, "HAIR1"), make_queue(business, "SHAVE1")
    join(haircuts, phone(1)), join(haircuts, phone(2))

    def send_on(session: Session, locked: Queue, by: By) -> None:
        here, there = lock_both(session, locked.id, shaves.id)
        transfer(session, waiting_tickets(session, here)[0], there, by=by, now=NOON)

    press(haircuts, rosa, send_on)
    press(haircuts, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(1)))
    assert line(haircuts) == [1, 2]
    assert line(shaves) == []
    assert outbox(shaves) == [(1, "transferred", "expired")]
    assert ticket(haircuts, 1).moved_to_id is None


def test_somebody_waiting_in_both_queues_is_not_transferred(db: Database, business: Business) -> None:
    haircuts, shaves = make_queue(business, "HAIR1"), make_queue(business, "SHAVE1")
    join(haircuts, phone(1)), join(shaves, phone(1))

    def send_on(session: Session) -> Ticket:
        here, there = lock_both(session, haircuts.id, shaves.id)
        return transfer(session, waiting_tickets(session, here)[0], there, by=By.command(), now=NOON)

    with pytest.raises(NotPossible, match="already_there"):
        transaction(send_on)
    assert line(haircuts) == [1]
