"""People served one after the other, and the waits that the clock has stored."""

from datetime import datetime

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.wait_table import QueueWaits
from models.queueing.line.waits import Wait, wait_after
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from tests.world import NOON, call_next, change, join, minutes, phone


def stored(queue: Queue) -> QueueWaits | None:
    with reading() as session:
        return session.get(QueueWaits, queue.id)


def wait(queue: Queue, ahead: int) -> Wait:
    with reading() as session:
        return wait_after(session, session.get_one(Queue, queue.id), ahead)


def serve(queue: Queue, servicer: Servicer, numbers: range, each: float, begin: float = 0) -> None:
    """So many people in a row, each served for so many minutes."""
    for index, number in enumerate(numbers):
        at = NOON + minutes(begin + index * each)
        join(queue, phone(number), at)
        call_next(queue, servicer, at)
        finish(queue, number, servicer, at + minutes(each))


def finish(queue: Queue, number: int, servicer: Servicer, at: datetime) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(servicer.id), now=at))
