"""Queues with hours, and people who open, pause and close them by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import Actor, By
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.opening import close_queue, open_queue, pause_queue
from models.queueing.presses.presses import Button
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.world import press

NIGHT = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # Monday; in March Lisbon is on UTC
NINE, FIVE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC), datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


def give_hours(queue: Queue, now: datetime, opens: time = time(9), closes: time = time(17)) -> None:
    def work(session: Session) -> None:
        set_hours(session, Queue.lock(session, queue.id), EVERY_DAY, (opens, closes), now=now)

    transaction(work)


def history(queue: Queue) -> list[tuple[EventKind, Actor]]:
    kinds = (EventKind.OPENED, EventKind.PAUSED, EventKind.LAST_CALL, EventKind.CLOSED)
    with reading() as session:
        events = select(Event).where(Event.queue_id == queue.id, Event.kind.in_(kinds)).order_by(Event.id)
        return [(event.kind, event.actor) for event in session.scalars(events)]


Verb = Callable[[Session, Queue, By], object]


def by_hand(queue: Queue, rosa: Servicer, verb: Verb, now: datetime) -> None:
    press(queue, rosa, verb, now, button=Button.PAUSE)


def opens(now: datetime) -> Verb:
    return lambda session, queue, by: open_queue(session, queue, by=by, now=now)


def closes(now: datetime) -> Verb:
    return lambda session, queue, by: close_queue(session, queue, by=by, now=now)


def pauses(now: datetime) -> Verb:
    return lambda session, queue, by: pause_queue(session, queue, by=by, now=now)
