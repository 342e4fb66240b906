"""The waits people are shown: a table per queue, computed by the clock, that texts and pages only read.

One row per queue holds the range for each number of people ahead, so that page, text and board say the
same. Until the clock has computed one, the owner's guess answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, Json, insert_once
from models.waiting import WaitState

if TYPE_CHECKING:
    from models.queue_row import QueueRow

PAUSED = "paused"


class QueueWaits(Base):
    __tablename__ = "queue_waits"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    computed_at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigId)  # the estimate knows all events up to this one
    state: Mapped[str]  # a WaitState
    curve: Mapped[list[Any]] = mapped_column(Json)  # [expected, low, high] minutes, by people ahead
    at_least: Mapped[list[Any] | None] = mapped_column(Json)  # minutes most probably left, by people ahead


_WAITS = QueueWaits.__table__
_STORED = select(_WAITS.c.state, _WAITS.c.curve, _WAITS.c.at_least).where(
    _WAITS.c.queue_id == bindparam("queue")
)


class QueueLearning(Base):
    """What a queue's estimator had learned from the events up to one, so that a start reads only the rest."""

    __tablename__ = "queue_learning"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    saved_at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigId)
    learned: Mapped[dict[str, Any]] = mapped_column(Json)


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
    """Keep what the clock has computed, unless another clock already knew more."""
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
    """Keep what an estimator knows, unless another clock's already knew more."""
    values = {"saved_at": now, "last_event_id": last_event_id, "learned": learned}
    _keep(session, QueueLearning.__table__, queue_id, values)


def _keep(session: Session, table: Any, queue_id: int, values: dict[str, Any]) -> None:
    last_event_id = values["last_event_id"]
    new = insert_once(session, table, {"queue_id": queue_id} | values, returning=table.c.queue_id)
    if new is None:
        session.execute(
            update(table)
            .where(table.c.queue_id == queue_id, table.c.last_event_id <= last_event_id)
            .values(values)
        )


@dataclass(frozen=True)
class Wait:
    """Minutes until called, as people are told: whole, low < high, never "0 minutes"."""

    low: int
    high: int
    expected: float
    state: str  # ok, stalled, unstaffed, paused
    at_least: float = 0.0  # minutes most probably left: what alerts go by, never shown
    pause_reason: str | None = None

    def facts(self) -> dict[str, Any]:
        told = {"wait_low": self.low, "wait_high": self.high, "wait_state": self.state}
        return told | ({"pause_reason": self.pause_reason} if self.pause_reason else {})

    def may_miss(self, closes_at: datetime | None, now: datetime) -> bool:
        """Whether they may not be called before closing: by the far end of their range."""
        return closes_at is not None and now + timedelta(minutes=self.high) > closes_at


@dataclass(frozen=True)
class Waits:
    """The stored table of a queue as it is now, or the owner's guess."""

    state: str
    curve: list[Any]
    minutes_per_customer: float
    at_least: list[Any] | None = None
    pause_reason: str | None = None

    def after(self, ahead: int) -> Wait:
        """The wait with so many people ahead."""
        curve = self.curve
        expected, low, high = _at(curve, ahead) if curve else _guess(self.minutes_per_customer, ahead)
        rounded_low = _rounded_down(low)
        rounded_high = max(_rounded_up(high), rounded_low + _step(rounded_low))
        at_least = self.at_least[ahead] if self.at_least and ahead < len(self.at_least) else expected
        return Wait(rounded_low, rounded_high, expected, self.state, at_least, self.pause_reason)


def waits_of(session: Session, queue: "QueueRow") -> Waits:
    stored = session.execute(_STORED, {"queue": queue.id}).one_or_none()
    state = PAUSED if queue.is_paused else (stored.state if stored else WaitState.OK)
    if stored is None:
        return Waits(state, [], queue.minutes_per_customer, pause_reason=queue.pause_reason)
    return Waits(state, stored.curve, queue.minutes_per_customer, stored.at_least, queue.pause_reason)


def wait_after(session: Session, queue: "QueueRow", ahead: int, now: datetime) -> Wait:
    """The wait with so many people ahead, from the stored table or the owner's guess."""
    return waits_of(session, queue).after(ahead)


def _at(curve: list[Any], ahead: int) -> tuple[float, float, float]:
    if ahead < len(curve):
        expected, low, high = curve[ahead]
        return expected, low, high
    # Beyond the table: the last row, stretched in proportion.
    factor = (ahead + 1) / len(curve)
    expected, low, high = curve[-1]
    return expected * factor, low * factor, high * factor


def _guess(minutes_per_customer: float, ahead: int) -> tuple[float, float, float]:
    expected = minutes_per_customer * (ahead + 0.5)
    return expected, expected * 0.5, expected * 1.8


def _step(minutes: float) -> int:
    """How finely a wait of this length is told."""
    return 1 if minutes < 10 else 5 if minutes < 60 else 10


def _rounded_down(minutes: float) -> int:
    step = _step(minutes)
    return max(1, int(minutes // step) * step)


def _rounded_up(minutes: float) -> int:
    step = _step(minutes)
    return max(2, -int(-minutes // step) * step)
