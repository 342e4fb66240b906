"""If a queue asks for ratings, one text does so after serving, and none if the end was undone."""

import pytest

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.world import ANA, NOON, call_next, join, minutes, outbox, press


@pytest.fixture
def asking(queue: Queue) -> Queue:
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "asks_for_rating", True))
    return queue


def finish(queue: Queue, servicer: Servicer) -> None:
    def done(session, locked, by):  # type: ignore[no-untyped-def]
        ending.finish(session, present_ticket_of(session, locked, servicer.id), by=by, now=NOON)

    press(queue, servicer, done, button=Button.DONE)


def test_whoever_was_served_is_asked_once(asking: Queue, rosa: Servicer) -> None:
    join(asking, ANA)
    call_next(asking, rosa)
    finish(asking, rosa)
    assert [row for row in outbox(asking) if row[1] == "rating"] == [(1, "rating", "waiting")]


def test_nobody_is_asked_where_the_queue_does_not(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    finish(queue, rosa)
    assert [row for row in outbox(queue) if row[1] == "rating"] == []


def test_nobody_is_asked_after_done_was_taken_back(asking: Queue, rosa: Servicer) -> None:
    join(asking, ANA)
    call_next(asking, rosa)
    finish(asking, rosa)
    now = NOON + minutes(1)
    by = By.servicer(rosa.id, "undo")
    transaction(lambda s: undo_last_press(s, Queue.lock(s, asking.id), by=by, now=now))
    assert [row for row in outbox(asking) if row[1] == "rating"] == [(1, "rating", "expired")]
