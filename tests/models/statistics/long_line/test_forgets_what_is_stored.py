"""The statements that the clock repeats are kept compiled, without the figures that it stored first.

Those of a long day are some megabytes.
"""

import gc
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from weakref import ref

import pytest
from sqlalchemy.orm import Session

from models.queueing.line.wait_table import store_learning
from models.queueing.tables.queues import Queue
from models.statistics.daily import store_day
from models.statistics.monthly import store_month
from models.storage.database import Database, transaction
from tests.world import NOON


class Figures(dict[str, Any]):
    """What can be watched, as a plain dictionary can't."""


def a_day(session: Session, queue: Queue, figures: Figures, number: int) -> object:
    made = {"figures": figures, "computed_at": NOON + timedelta(minutes=number), "is_final": False}
    return store_day(session, {"queue_id": queue.id, "day": NOON.date(), **made})


def a_month(session: Session, queue: Queue, figures: Figures, number: int) -> object:
    found = {"made_from": str(number), "figures": figures, "durations": b""}
    return store_month(session, {"queue_id": queue.id, "month": date(2026, 3, 1), **found})


def what_is_learned(session: Session, queue: Queue, figures: Figures, number: int) -> None:
    store_learning(session, queue.id, learned=figures, last_event_id=number, now=NOON)


@pytest.mark.parametrize("store", [a_day, a_month, what_is_learned])
def test_what_was_stored_first_is_not_kept(
    db: Database, queue: Queue, store: Callable[[Session, Queue, Figures, int], object]
) -> None:
    kept = []
    for number in range(2):  # a new row, and then the same one again
        figures = Figures(number=number)
        kept.append(ref(figures))
        transaction(lambda session, of=figures, at=number: store(session, queue, of, at))  # type: ignore[misc]
        del figures
    gc.collect()
    assert [each() for each in kept] == [None, None]
