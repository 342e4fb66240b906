"""The stored estimates of a queue's waits, computed by the clock; texts and pages only read them (`waits`).

One row per queue holds the range for each number of people ahead; another holds what its estimator learned.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.tables.queues import Queue
from models.storage.database import Base, BigId, Json, insert_once
from models.waiting.estimator import WaitEstimator, WaitState


class QueueWaits(Base):
    __tablename__ = "queue_waits"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    computed_at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigId)  # the estimate knows all events up to this one
    state: Mapped[str]  # a WaitState
    curve: Mapped[list[Any]] = mapped_column(Json)  # [expected, low, high] minutes, by people ahead
    at_least: Mapped[list[Any] | None] = mapped_column(Json)  # minutes most probably left, by people ahead


class QueueLearning(Base):
    """What a queue's estimator had learned up to an event, so that after a start only later ones are read."""

    __tablename__ = "queue_learning"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    saved_at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigId)
    learned: Mapped[dict[str, Any]] = mapped_column(Json)


def learned_minutes(session: Session, queue: Queue) -> float | None:
    """The minutes per customer that the clock has learned, or None if the owner's guess still counts."""
    kept = session.get(QueueLearning, queue.id)
    if kept is None or kept.learned["hint_minutes"] != queue.minutes_per_customer:
        return None
    try:
        return WaitEstimator.loaded(kept.learned["estimator"]).pace.learned_minutes()
    except (ValueError, KeyError, TypeError):
        return None  # saved by another version: the clock learns from the log again


def store_waits(
    session: Session,
    queue_id: int,
    *,
    curve: Sequence[Sequence[float]],
    state: WaitState,
    last_event_id: int,
    now: datetime,
    at_least: Sequence[float] | None = None,
) -> None:
    """Keep what the clock has computed, unless another clock already knew more events."""
    values = {
        "computed_at": now,
        "last_event_id": last_event_id,
        "state": state,
        "curve": [list(estimate) for estimate in curve],
        "at_least": list(at_least) if at_least else None,
    }
    _keep(session, QueueWaits.__table__, queue_id, values)


def store_learning(
    session: Session, queue_id: int, *, learned: dict[str, Any], last_event_id: int, now: datetime
) -> None:
    """Keep what an estimator has learned, unless another clock's already knew more events."""
    values = {"saved_at": now, "last_event_id": last_event_id, "learned": learned}
    _keep(session, QueueLearning.__table__, queue_id, values)


def _keep(session: Session, table: Any, queue_id: int, values: dict[str, Any]) -> None:
    last_event_id = values["last_event_id"]
    new = insert_once(session, table, {"queue_id": queue_id} | values, returning=table.c.queue_id)
    if new is None:
        mine = (table.c.queue_id == queue_id, table.c.last_event_id <= last_event_id)
        # The compiled statement is kept, and with it what `.values` was given first.
        session.execute(update(table).where(*mine), values)
