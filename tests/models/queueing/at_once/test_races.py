"""People who act at the same moment, with real threads: nobody is lost, duplicated or skipped."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.numbers import take_number
from models.queueing.presses.presses import Button, Press, begin_press
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from tests.world import (
    ANA,
    BEN,
    NOON,
    SHOP_PHONE,
    call_next,
    change,
    join,
    line,
    make_queue,
    make_servicer,
    minutes,
    outbox,
    phone,
    press,
    ticket,
)

T = TypeVar("T")


def at_once(*works: Callable[[], T]) -> list[T]:
    """The results of `works`, all started at the same moment in threads of their own."""
    results: dict[int, T] = {}
    faults: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(index: int, work: Callable[[], T]) -> None:
        try:
            start.wait(30)
            results[index] = work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]
    return [results[index] for index in range(len(works))]


def staff(business: Business, count: int) -> list[Servicer]:
    return [make_servicer(business, f"Servicer {index}") for index in range(count)]


def events_of(kind: EventKind) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).where(Event.kind == kind)) or 0


def test_two_hundred_phones_at_once_get_one_to_two_hundred(
    db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two hundred threads share a few connections, and the machine may be busy with other tests.
    monkeypatch.setattr(db.engine.pool, "_timeout", 60)
    taken = at_once(*(lambda index=index: join(queue, phone(index)) for index in range(200)))
    assert sorted(t.number for t in taken) == list(range(1, 201))
    assert all(t.is_new and t.ahead == t.number - 1 for t in taken)
    assert line(queue) == list(range(1, 201))


def test_two_joins_of_the_same_phone_at_once_give_one_ticket(db: Database, queue: Queue) -> None:
    taken = at_once(*[lambda: join(queue, ANA)] * 6)
    assert {t.number for t in taken} == {1}
    assert sorted(t.is_new for t in taken) == [False] * 5 + [True]
    assert line(queue) == [1]


def test_six_servicers_pressing_at_once_never_call_one_person_twice(
    db: Database, business: Business, queue: Queue
) -> None:
    for index in range(20):
        join(queue, phone(index), NOON + minutes(index / 60))
    six = staff(business, 6)

    def serve(servicer: Servicer) -> list[int]:
        """Calls and finishes until nobody is left."""
        called = []
        while (number := call_next(queue, servicer, NOON + minutes(5))) is not None:
            called.append(number)
            change(
                number,
                queue,
                lambda s, t: ending.finish(s, t, by=By.servicer(servicer.id), now=NOON + minutes(6)),
            )
        return called

    called = at_once(*(lambda servicer=servicer: serve(servicer) for servicer in six))
    assert sorted(number for each in called for number in each) == list(range(1, 21))
    assert all(numbers == sorted(numbers) for numbers in called)
    with reading() as session:
        in_order = session.scalars(
            select(Ticket.number)
            .join(Event, Event.ticket_id == Ticket.id)
            .where(Event.kind == EventKind.CALLED)
            .order_by(Event.id)
        ).all()
    assert list(in_order) == list(range(1, 21))
    assert len([text for text in outbox(queue) if text[1] == "your_turn"]) == 20


def test_joins_and_calls_at_once_leave_nobody_out(db: Database, business: Business, queue: Queue) -> None:
    six = staff(business, 6)
    joins = [lambda index=index: join(queue, phone(index)).number for index in range(30)]
    calls = [lambda servicer=servicer: call_next(queue, servicer) for servicer in six]
    results = at_once(*joins, *calls)
    assert sorted(results[:30]) == list(range(1, 31))
    called = [number for number in results[30:] if number is not None]
    assert sorted([*called, *line(queue)]) == list(range(1, 31))
    assert len(set(called)) == len(called)


@pytest.mark.parametrize("attempt", range(4))
def test_one_customer_in_two_queues_called_by_two_servicers_at_once_is_called_once(
    db: Database, business: Business, rosa: Servicer, luis: Servicer, attempt: int
) -> None:
    cuts, colours = make_queue(business, "CUT"), make_queue(business, "COLOUR")
    join(cuts, ANA), join(colours, ANA)
    calls = at_once(lambda: call_next(cuts, rosa), lambda: call_next(colours, luis))
    assert sorted(calls, key=str) == [1, None]
    here, there = (cuts, colours) if calls[0] == 1 else (colours, cuts)
    free = luis if here is cuts else rosa
    assert (ticket(here, 1).state, ticket(there, 1).state) == (TicketState.CALLED, TicketState.WAITING)
    # Held, not lost: called as soon as they are done.
    change(1, here, lambda s, t: ending.finish(s, t, by=By.command(), now=NOON + minutes(1)))
    assert call_next(there, free, NOON + minutes(2)) == 1


def test_a_call_waits_for_another_queues_call_of_the_same_customer_and_takes_the_next(
    db: Database, business: Business, rosa: Servicer, luis: Servicer
) -> None:
    """Luis looks while Rosa's call is not committed yet: he sees Ana waiting, and must not get her."""
    cuts, colours = make_queue(business, "CUT"), make_queue(business, "COLOUR")
    join(cuts, ANA), join(colours, ANA), join(colours, BEN)
    has_called, luis_asks = threading.Event(), threading.Event()

    def call_slowly() -> int | None:
        def work(session: Session) -> int | None:
            me = session.get_one(Servicer, rosa.id)
            called = calling.call_next(
                session, Queue.lock(session, cuts.id), me, by=By.servicer(rosa.id), now=NOON
            )
            has_called.set()
            luis_asks.wait(10)
            time.sleep(0.2)
            return called.number if called else None

        return transaction(work)

    def call_meanwhile() -> int | None:
        has_called.wait(10)
        luis_asks.set()
        return call_next(colours, luis)

    assert at_once(call_slowly, call_meanwhile) == [1, 2]
    assert line(colours) == [1]


def test_the_same_press_twice_at_once_acts_once(db: Database, queue: Queue, rosa: Servicer) -> None:
    for index in range(3):
        join(queue, phone(index))

    def tap() -> int | None:
        def work(session: Session) -> int | None:
            locked = Queue.lock(session, queue.id)
            by = By.servicer(rosa.id, "one press")
            if not begin_press(
                session, "one press", Button.CALL_NEXT, queue=locked, servicer_id=rosa.id, now=NOON
            ):
                return None
            called = calling.call_next(session, locked, session.get_one(Servicer, rosa.id), by=by, now=NOON)
            return called.number if called else None

        return transaction(work)

    assert sorted(at_once(*[tap] * 6), key=str) == [1, None, None, None, None, None]
    assert line(queue) == [2, 3]
    assert events_of(EventKind.CALLED) == 1
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Press)) == 1


def test_two_presses_of_one_servicer_at_once_call_one_person(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    """Two tabs, each with its own press: the second finds that Rosa serves somebody."""
    for index in range(3):
        join(queue, phone(index))

    def tap() -> int | str | None:
        try:
            return call_next(queue, rosa)
        except NotPossible as refusal:
            return refusal.reason

    assert sorted(at_once(tap, tap), key=str) == [1, "still_serving"]
    assert line(queue) == [2, 3]


def test_leaving_and_being_called_at_once_ends_in_one_of_the_two(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)

    def leave() -> None:
        change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(1)))

    at_once(leave, lambda: call_next(queue, rosa))
    ana = ticket(queue, 1)
    assert ana.state == TicketState.LEFT
    kinds = [kind for _, kind, state in outbox(queue) if state == "waiting"]
    assert kinds == []
    assert call_next(queue, rosa, NOON + minutes(2)) is None


def test_undo_and_leaving_at_once_leave_no_ticket_in_between(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)

    def take_back(session: Session, locked: Queue, by: By) -> None:
        undo_last_press(session, locked, by=by, now=NOON + minutes(1))

    def undo() -> str:
        try:
            press(queue, rosa, take_back, NOON + minutes(1), button=Button.UNDO)
        except NotPossible as refusal:
            return refusal.reason
        return "undone"

    def leave() -> str:
        change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(1)))
        return "left"

    undone, _left = at_once(undo, leave)
    assert undone in ("undone", "changed_meanwhile")
    assert ticket(queue, 1).state == TicketState.LEFT
    assert [kind for _, kind, state in outbox(queue) if state == "waiting"] == []


@pytest.mark.parametrize("copies", [2, 8])
def test_copies_of_one_message_at_once_become_one_row(db: Database, queue: Queue, copies: int) -> None:
    def take_in() -> tuple[int, bool, str | None]:
        def work(session: Session) -> tuple[int, bool, str | None]:
            ours = OurNumber.by_phone(session, SHOP_PHONE)
            assert ours is not None
            message, is_new = InboundMessage.record(
                session, sid="SM1", our_number=ours, body="CET236", now=NOON
            )
            if is_new:
                customer = Customer.with_phone(session, queue.business_id, ANA, NOON)
                locked = Queue.lock(session, queue.id)
                taken = take_number(
                    session,
                    locked,
                    customer,
                    source="text",
                    by=By.customer(),
                    now=NOON,
                    our_number_id=ours.id,
                )
                message.reply = f"You are number {taken.number}"
            return message.id, is_new, message.reply

        return transaction(work)

    answers = at_once(*[take_in] * copies)
    assert sum(is_new for _, is_new, _ in answers) == 1
    assert len({row for row, _, _ in answers}) == 1
    assert {reply for _, _, reply in answers} == {"You are number 1"}
    assert line(queue) == [1]
