"""Where a queue asks for ratings, one text does so after serving; and none where the end was taken back."""

import pytest

from models.database import transaction
from models.event import By
from models.people import Servicer
from models.press import Button, undo_last_press
from models.queues import Queue
from tests.world import ANA, NOON, call_next, join, minutes, outbox, press


@pytest.fixture
def asking(queue: Queue) -> Queue:
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "asks_for_rating", True))
    return queue


def finish(queue: Queue, servicer: Servicer) -> None:
    def done(session, locked, by):  # type: ignore[no-untyped-def]
        locked.present_of(session, servicer.id).finish(session, by=by, now=NOON)

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
