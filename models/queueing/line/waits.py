"""The wait that people are told: the one range that text, page and board show.

Read from the table that the clock computes (`wait_table`); until there is one, from the owner's guess.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.queueing.line.wait_table import QueueWaits
from models.queueing.tables.queues import Queue
from models.waiting.estimator import WaitState

PAUSED = "paused"


class Wait(NamedTuple):
    """Minutes until called, as people are told: whole, low < high, never "0 minutes"."""

    low: int
    high: int
    expected: float
    state: str  # ok, stalled, unstaffed, paused
    at_least: float = 0.0  # minutes most probably left: what alerts go by, never shown
    pause_reason: str | None = None

    @property
    def is_moving(self) -> bool:
        """Neither paused nor without anybody who calls: the range counts from now."""
        return self.state == WaitState.OK

    def facts(self) -> dict[str, Any]:
        told = {"wait_low": self.low, "wait_high": self.high, "wait_state": self.state}
        return told | ({"pause_reason": self.pause_reason} if self.pause_reason else {})

    def may_miss(self, closes_at: datetime | None, now: datetime) -> bool:
        """Whether they may not be called before closing: by the far end of their range."""
        return closes_at is not None and now + timedelta(minutes=self.high) > closes_at


class Waits(NamedTuple):
    """The waits of a queue as of now: the stored table, or the owner's guess."""

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

    def is_lead_due(self, ahead: int, lead_minutes: int) -> bool:
        """Whether somebody who asked to be told so many minutes before their turn is to be told now."""
        return self.after(ahead).at_least <= lead_minutes


_TABLE = QueueWaits.__table__
_OF_ALL = select(_TABLE.c.queue_id, _TABLE.c.state, _TABLE.c.curve, _TABLE.c.at_least)
_STORED = _OF_ALL.where(_TABLE.c.queue_id == bindparam("queue"))


def waits_of(session: Session, queue: Queue) -> Waits:
    return waits_as_stored(queue, session.execute(_STORED, {"queue": queue.id}).one_or_none())


def waits_of_all(session: Session, queues: Iterable[Queue]) -> dict[int, Waits]:
    """In one query, by the queues' ids."""
    stored = {row.queue_id: row for row in session.execute(_OF_ALL)}
    return {queue.id: waits_as_stored(queue, stored.get(queue.id)) for queue in queues}


def waits_as_stored(queue: Queue, stored: Any) -> Waits:
    """Of a row with state, curve and at_least; None where the clock has computed nothing yet."""
    state = PAUSED if queue.is_paused else (stored.state if stored else WaitState.OK)
    if stored is None:
        return Waits(state, [], queue.minutes_per_customer, pause_reason=queue.pause_reason)
    return Waits(state, stored.curve, queue.minutes_per_customer, stored.at_least, queue.pause_reason)


def wait_after(session: Session, queue: Queue, ahead: int) -> Wait:
    """The wait of somebody with so many people ahead."""
    return waits_of(session, queue).after(ahead)


def is_nearly_up(session: Session, queue: Queue, ahead: int, lead_minutes: int | None) -> bool:
    """Whether somebody with so many people ahead is near enough to be told: by place, or by their lead time.

    In a paused queue nobody is.
    """
    if queue.is_paused:
        return False
    if ahead < queue.alert_ahead:
        return True
    return lead_minutes is not None and waits_of(session, queue).is_lead_due(ahead, lead_minutes)


def needs_backup(queue: Queue, count: int, wait: Wait) -> bool:
    """Whether too many wait, or whoever joins now would wait too long. `wait` is theirs."""
    too_many = queue.backup_above is not None and count > queue.backup_above
    return too_many or (queue.backup_minutes is not None and wait.expected > queue.backup_minutes)


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
