"""Taking over at the very moment at which others act: one of them has the customer, and nobody is lost."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, taking_over
from models.queueing.line.queries import present_tickets
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from tests.models.queueing.at_once.test_races import at_once
from tests.one_database import on_both
from tests.world import (
    ANA,
    BEN,
    NOON,
    call_next,
    change,
    join,
    make_queue,
    make_servicer,
    minutes,
    phone,
    press,
    ticket,
)

pytestmark = on_both  # threads meet


def take_over(queue: Queue, servicer: Servicer, whose: Servicer) -> bool:
    """As the button does it: only from the colleague whom the page showed."""

    def verb(session: Session, locked: Queue, by: By) -> bool:
        [found] = present_tickets(session, locked)
        if found.servicer_id != whose.id:
            return False
        me = session.get_one(Servicer, servicer.id)
        taking_over.take_over(session, found, me, desk_id=None, by=by, now=NOON + minutes(1))
        return True

    return press(queue, servicer, verb, NOON + minutes(1))


def test_of_four_who_take_over_at_once_one_has_the_customer(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    others = [make_servicer(business, f"Servicer {index}") for index in range(4)]
    done = at_once(*(lambda each=each: take_over(queue, each, rosa) for each in others))
    assert done.count(True) == 1
    assert ticket(queue, 1).servicer_id == others[done.index(True)].id


def test_done_and_take_over_at_once_count_once(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Either Rosa was done with her own customer, or Luis has her; never both."""
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)

    def rosa_is_done() -> bool:
        def verb(session: Session, locked: Queue, by: By) -> bool:
            mine = [found for found in present_tickets(session, locked) if found.servicer_id == rosa.id]
            for found in mine:
                ending.finish(session, found, by=by, now=NOON + minutes(1))
            return bool(mine)

        return press(queue, rosa, verb, NOON + minutes(1))

    def luis_takes_over() -> bool:
        try:
            return take_over(queue, luis, rosa)
        except ValueError:  # nobody is present any more
            return False

    assert sorted(at_once(rosa_is_done, luis_takes_over)) == [False, True]
    state, whose = ticket(queue, 1).state, ticket(queue, 1).servicer_id
    assert (state, whose) in ((TicketState.SERVED, rosa.id), (TicketState.CALLED, luis.id))


def test_letting_go_and_call_next_at_once_leave_nobody_with_somebody_who_has_gone(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)

    def hand_over() -> bool:
        def work(session: Session) -> bool:
            found = taking_over.in_hands_of(session, luis.id)
            chosen = {each.id: str(rosa.id) for each in found}
            taking_over.settle(session, found, chosen, by=By.servicer(rosa.id), now=NOON + minutes(1))
            return True

        try:
            return transaction(work)
        except NotPossible:
            return False  # Rosa has called somebody meanwhile

    def rosa_calls() -> bool:
        try:
            return call_next(queue, rosa, NOON + minutes(1)) is not None
        except NotPossible:
            return False  # she has Ana meanwhile

    assert sorted(at_once(hand_over, rosa_calls)) == [False, True]
    with reading() as session:
        hers = select(Ticket).where(Ticket.servicer_id == rosa.id, Ticket.state == TicketState.CALLED)
        assert len(session.scalars(hers).all()) == 1


def test_however_many_are_held_the_next_who_is_free_is_called(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    """Twenty-five in a row are with other counters just now."""
    other = make_queue(business, "OTHER")
    for index in range(25):
        join(queue, phone(index)), join(other, phone(index))
        call_next(other, make_servicer(business, f"Servicer {index}"))
    join(queue, ANA)
    assert call_next(queue, rosa, NOON + minutes(1)) == 26
    change(1, other, lambda s, t: ending.finish(s, t, by=By.command(), now=NOON + minutes(2)))
    change(26, queue, lambda s, t: ending.finish(s, t, by=By.command(), now=NOON + minutes(2)))
    assert call_next(queue, rosa, NOON + minutes(3)) == 1
