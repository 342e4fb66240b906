"""Undo after a text has gone out: what the customer then reads, to the last word."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, reminders
from models.queueing.duties import choose_desk, duty_of
from models.queueing.line.queries import present_tickets, waiting_tickets
from models.queueing.messages.announcements import announce
from models.queueing.numbers import take_number
from models.queueing.opening import close_queue, pause_queue
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, transaction
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.one_database import on_both
from tests.world import ANA, BEN, CAI, call_next, join, make_desk, make_queue, press

Do = Callable[[Session, Queue, By], object]


class Counter:
    """Rosa at the counter, a carrier and a clock; `read` is what has reached a phone since last asked."""

    def __init__(self, queue: Queue, rosa: Servicer, day: Day) -> None:
        self.queue, self.rosa, self.day = queue, rosa, day
        self.carrier = ScriptedCarrier()
        self.sender = sender_with(self.carrier, day)

    def does(self, verb: Do) -> None:
        press(self.queue, self.rosa, verb, self.day.now)

    def calls(self) -> None:
        call_next(self.queue, self.rosa, self.day.now)

    def undoes(self) -> None:
        def work(session: Session) -> None:
            queue = Queue.lock(session, self.queue.id)
            undo_last_press(session, queue, by=By.servicer(self.rosa.id), now=self.day.now)

        transaction(work)

    def read(self, phone: str = ANA) -> list[str]:
        before = len(self.carrier.got)
        send_all(self.sender, self.day, rounds=4)
        return [
            text.body.partition(". The wait")[0] for text in self.carrier.got[before:] if text.to == phone
        ]


@pytest.fixture
def counter(db: Database, queue: Queue, rosa: Servicer) -> Counter:
    return Counter(queue, rosa, Day())


@pytest.fixture
def shaves(business: Business) -> Queue:
    return make_queue(business, "SHAVES", name="Shaves")


def send_on(counter: Counter, to: Queue) -> None:
    def verb(session: Session, queue: Queue, by: By) -> None:
        here, there = lock_both(session, queue.id, to.id)
        first = [*present_tickets(session, here), *waiting_tickets(session, here)][0]
        transfer(session, first, there, by=by, now=counter.day.now)

    counter.does(verb)


@pytest.mark.parametrize("is_served", [False, True], ids=["called", "being served"])
def test_put_back_says_that_they_were_not_found_only_where_they_were_not(
    counter: Counter, is_served: bool
) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.calls()
    counter.read()
    if is_served:
        counter.does(lambda s, q, by: calling.start(s, present_tickets(s, q)[0], by=by, now=counter.day.now))
    counter.does(lambda s, q, by: moving.put_back(s, present_tickets(s, q)[0], by=by, now=counter.day.now))
    (told,) = counter.read()
    assert ("didn't find you" in told) is not is_served
    assert told.startswith("Number 1, you're back in line for Haircuts. You're next") is is_served


def test_a_transfer_of_somebody_who_waits(counter: Counter, shaves: Queue) -> None:
    join(counter.queue, ANA, counter.day.now)
    send_on(counter, shaves)
    (moved,) = counter.read()
    assert moved.startswith("We've moved you: you are now number 1 for Shaves. You're next")
    counter.undoes()
    (repaired,) = counter.read()
    assert repaired.startswith(
        "Please ignore our last text, number 1: you're still in line for Haircuts. You're next"
    )


def test_a_close_of_a_paused_line_taken_back(counter: Counter) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.does(lambda s, q, by: pause_queue(s, q, by=by, now=counter.day.now))
    counter.does(lambda s, q, by: close_queue(s, q, by=by, now=counter.day.now))
    counter.day.pass_(10)
    assert "closed for the day" in counter.read()[0]
    counter.undoes()
    (repaired,) = counter.read()
    assert repaired.startswith("Please ignore our last text, number 1: you're still in line for Haircuts.")
    assert "The line is paused for now" in repaired


@pytest.mark.parametrize("is_served", [False, True], ids=["called", "being served"])
def test_a_transfer_of_whom_one_serves(counter: Counter, shaves: Queue, is_served: bool) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.calls()
    counter.read()
    if is_served:
        counter.does(lambda s, q, by: calling.start(s, present_tickets(s, q)[0], by=by, now=counter.day.now))
    send_on(counter, shaves)
    assert counter.read()[0].startswith("We've moved you")
    counter.undoes()
    assert counter.read() == [
        "Please ignore our last text, number 1: we're still ready for you."
        " Please come to the counter for Haircuts."
    ]


def test_a_transfer_taken_back_before_anything_left(counter: Counter, shaves: Queue) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.calls()
    counter.read()
    send_on(counter, shaves)
    counter.undoes()
    assert counter.read() == []


def test_a_service_that_began_after_the_repair_needs_none(counter: Counter) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.calls()
    counter.does(
        lambda s, q, by: ending.mark_no_show(s, present_tickets(s, q)[0], by=by, now=counter.day.now)
    )
    counter.read()
    counter.undoes()
    counter.day.pass_(1)
    counter.does(lambda s, q, by: calling.start(s, present_tickets(s, q)[0], by=by, now=counter.day.now))
    assert counter.read() == []


def test_another_desk(counter: Counter) -> None:
    chair = make_desk(counter.queue, "Chair 1")

    def go_there(session: Session, queue: Queue, by: By) -> None:
        duty = duty_of(session, queue.id, counter.rosa.id)
        assert duty is not None
        choose_desk(session, duty, chair.id, by=by, now=counter.day.now)

    join(counter.queue, ANA, counter.day.now)
    counter.calls()
    assert "Please come to the counter for Haircuts." in counter.read()[0]
    counter.does(go_there)
    assert "we're waiting for you at Chair 1" in counter.read()[0]
    counter.undoes()
    assert "we're waiting for you at the counter" in counter.read()[0]


def test_a_number_given_at_the_desk_by_mistake(counter: Counter) -> None:
    def add(session: Session, queue: Queue, by: By) -> None:
        ana = Customer.with_phone(session, queue.business_id, ANA, counter.day.now)
        ours = queue.business.numbers[0].id
        take_number(session, queue, ana, source=Source.DESK, by=by, now=counter.day.now, our_number_id=ours)

    counter.does(add)
    assert counter.read()[0].startswith("You are number 1 for Haircuts")
    counter.undoes()
    assert counter.read() == [
        "Please ignore our last text: number 1 for Haircuts was given out by mistake and doesn't count."
    ]


@on_both
def test_a_place_at_the_front(counter: Counter) -> None:
    for phone in (BEN, CAI, "+15550101004", ANA):
        join(counter.queue, phone, counter.day.now)

    def put_ana_first(session: Session, queue: Queue, by: By) -> None:
        moving.put_first(session, waiting_tickets(session, queue)[-1], by=by, now=counter.day.now)

    counter.does(put_ana_first)
    counter.does(
        lambda s, q, by: reminders.alert(s, waiting_tickets(s, q)[0], by=By.clock(), now=counter.day.now)
    )
    assert counter.read()[0].startswith("Almost there, number 4. You're next")
    counter.undoes()
    assert counter.read()[0].startswith(
        "Please ignore our last text, number 4: you're still in line for Haircuts. 3 people ahead of you"
    )


@on_both
def test_a_message_to_everybody(counter: Counter) -> None:
    join(counter.queue, ANA, counter.day.now)
    counter.does(lambda s, q, by: announce(s, q, "Tea is ready.", by=by, now=counter.day.now))
    counter.undoes()
    assert counter.read() == []
    counter.does(lambda s, q, by: announce(s, q, "Tea is ready!", by=by, now=counter.day.now))
    assert counter.read() == ["Haircuts: Tea is ready!"]
