"""Every change that open pages must show increases the queue's change counter, whoever commits it."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.delivery.failures import notify_pages
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, moving
from models.queueing.duties import choose_desk, duty_of, go_off_duty
from models.queueing.line.page_changes import Changes, line_of, newest_change
from models.queueing.line.queries import waiting_count
from models.queueing.opening import close_queue, pause_queue
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, reading_connection, transaction
from tests.one_database import on_both
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_desk, make_queue, phone, press

CLOCK = By.clock()


@pytest.fixture
def changes(db: Database) -> Iterator[Changes]:
    made = Changes(db)
    yield made
    made.close()


def newest(queue: Queue) -> int:
    with reading() as session:
        return newest_change(session, session.get_one(Queue, queue.id))


def take_a_break(queue: Queue, rosa: Servicer) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, queue.id, rosa.id)
        assert duty is not None
        go_off_duty(session, duty, by=by, now=NOON)

    press(queue, rosa, verb, button=Button.TAKE_A_BREAK)


def choose(queue: Queue, rosa: Servicer) -> None:
    desk = make_desk(queue)

    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, queue.id, rosa.id)
        assert duty is not None
        choose_desk(session, duty, desk.id, by=by, now=NOON)

    press(queue, rosa, verb, button=Button.CHOOSE_DESK)


def of_queue(verb: Callable[[Session, Queue], object]) -> Callable[[Queue, Servicer], object]:
    return lambda queue, rosa: transaction(lambda session: verb(session, Queue.lock(session, queue.id)))


def of_first(verb: Callable[..., object]) -> Callable[[Queue, Servicer], object]:
    return lambda queue, rosa: change(1, queue, verb)


WHAT_HAPPENS: dict[str, Callable[[Queue, Servicer], object]] = {
    "somebody joins": lambda queue, rosa: join(queue, CAI),
    "somebody is called": call_next,
    "somebody leaves": of_first(lambda session, ticket: ending.leave(session, ticket, by=CLOCK, now=NOON)),
    "somebody gives a name": lambda queue, rosa: join(queue, ANA, name="Ana"),
    "the queue is paused": of_queue(lambda session, queue: pause_queue(session, queue, by=CLOCK, now=NOON)),
    "the queue is closed": of_queue(lambda session, queue: close_queue(session, queue, by=CLOCK, now=NOON)),
    "the last press is undone": lambda queue, rosa: press(
        queue, rosa, lambda session, locked, by: undo_last_press(session, locked, by=by, now=NOON)
    ),
    "a servicer takes a break": take_a_break,
    "a servicer chooses a desk": choose,
    "a text fails": of_queue(lambda session, queue: notify_pages(session, {queue.id})),
}


@on_both
@pytest.mark.parametrize("happens", WHAT_HAPPENS)
def test_whatever_a_page_shows_is_a_change(
    queue: Queue, rosa: Servicer, changes: Changes, happens: str
) -> None:
    join(queue, ANA), join(queue, BEN)
    if happens == "the last press is undone":
        call_next(queue, rosa)
    if happens.startswith("a servicer"):
        press(queue, rosa, lambda session, locked, by: None, button=Button.BACK)
    before = newest(queue)
    assert changes.newest(["CET236"]) == {"CET236": before}
    WHAT_HAPPENS[happens](queue, rosa)
    assert newest(queue) > before
    assert changes.newest(["CET236"]) == {"CET236": newest(queue)}


def test_each_queue_counts_for_itself_and_what_is_not_there_is_not_told(
    business: Business, queue: Queue, changes: Changes
) -> None:
    other = make_queue(business, "DMV")
    join(other, ANA)
    assert changes.newest(["CET236", "DMV", "NOWHERE"]) == {"CET236": newest(queue), "DMV": newest(other)}
    assert newest(queue) == 0


@on_both
def test_on_sqlite_it_is_known_at_once_that_nothing_was_committed(
    db: Database, queue: Queue, changes: Changes
) -> None:
    assert changes.newest(["CET236"]) == {"CET236": 0}
    assert changes.newest(["CET236"]) == (None if db.is_sqlite else {"CET236": 0})
    with reading() as session:
        session.get_one(Queue, queue.id)
    assert changes.newest(["CET236"]) == (None if db.is_sqlite else {"CET236": 0})
    join(queue, ANA)
    assert changes.newest(["CET236"]) is not None


def test_the_line_is_told_in_its_order(queue: Queue, rosa: Servicer) -> None:
    for who in (ANA, BEN, CAI):
        join(queue, who)
    call_next(queue, rosa)
    change(
        1,
        queue,
        lambda session, ticket: moving.put_back(session, ticket, by=CLOCK, now=NOON + timedelta(minutes=1)),
    )
    with reading() as session:
        found = line_of(session, "CET236")
        assert line_of(session, "NOWHERE") is None
    assert found is not None
    newest_of_line, line = found
    assert newest_of_line == newest(queue)
    assert (line.state, line.present, line.waiting) == (QueueState.OPEN, (), (2, 3, 1))


def test_a_longer_line_takes_no_more_calls_to_read(queue: Queue) -> None:
    def calls() -> int:
        heard: list[str] = []
        with reading_connection() as connection:
            line_of(connection, "CET236")  # what is kept from the first time is there
            sys.setprofile(lambda _frame, kind, _given: heard.append(kind))
            try:
                line_of(connection, "CET236")
            finally:
                sys.setprofile(None)
        return len(heard)

    join(queue, ANA)
    short = calls()
    for index in range(12):
        join(queue, phone(index))
    assert calls() == short


def test_what_a_page_shows_is_read_at_one_moment(queue: Queue) -> None:
    with reading() as session:
        before = newest_change(session, session.get_one(Queue, queue.id))
        join(queue, ANA)
        again = session.get_one(Queue, queue.id)
        assert newest_change(session, again) == before
        assert waiting_count(session, again) == 0
    assert newest(queue) > before


def test_a_queue_that_is_asked_about_later_misses_nothing_that_came_before(
    business: Business, queue: Queue, changes: Changes
) -> None:
    other = make_queue(business, "DMV")
    changes.newest(["CET236"])
    join(other, ANA)
    changes.newest(["CET236"])  # takes note of the commit, but not of the other queue
    assert changes.newest(["CET236", "DMV"]) == {"CET236": newest(queue), "DMV": newest(other)}
