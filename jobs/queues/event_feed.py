"""Feeds one queue's wait estimator from the queue's event log.

Reads new events only. After an Undo the estimator goes back to a checkpoint before the undone event and is
fed the rest again. After an import of history it starts over, in order of time. Writes nothing.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.people.actors import Actor
from models.queueing.line.wait_table import QueueLearning
from models.queueing.presses.presses import UNDO_WITHIN
from models.queueing.tables.events import Event, EventKind
from models.waiting.estimator import Servicer, WaitEstimator, WaitState

# At the start it reads this far back, and never more events than that.
DAYS_READ = timedelta(days=14)
EVENTS_READ = 10_000

CHECKPOINT_EVERY = UNDO_WITHIN / 2
CHECKPOINTS = 4  # together they reach back further than Undo

EventRow = Row[Any]
_EVENTS = select(
    Event.id,
    Event.kind,
    Event.at,
    Event.actor,
    Event.ticket_id,
    Event.servicer_id,
    Event.facts,
    Event.undoes_id,
)


@dataclass(frozen=True)
class _Checkpoint:
    last_event_id: int
    at: datetime
    saved: dict[str, Any]
    serving: dict[int, Servicer]


class Curve(NamedTuple):
    """What the estimator says at one moment: (expected, low, high) minutes by people ahead."""

    places: list[tuple[float, float, float]]
    state: WaitState
    at_least: list[float]  # minutes that most probably remain, by people ahead


class EventFeed:
    def __init__(self, queue_id: int, zone: ZoneInfo, hint_minutes: float) -> None:
        self.queue_id = queue_id
        self.hint_minutes = hint_minutes
        self.last_event_id = 0
        self._zone = zone
        self._origin = datetime.min.replace(tzinfo=UTC)
        self._estimator: WaitEstimator | None = None
        self._serving: dict[int, Servicer] = {}  # by ticket
        self._checkpoints: deque[_Checkpoint] = deque(maxlen=CHECKPOINTS)

    def catch_up(self, session: Session, now: datetime) -> int:
        """Feed the events since the last time; returns how many were fed."""
        fed = self.last_event_id
        events = self._unread(session, now)
        undone = _undone_ids(events)
        if fed and any(event_id <= fed for event_id in undone):
            self._restore_before(min(undone))
            events = self._unread(session, now)
            undone = _undone_ids(events)
        self._begin(events[0].at if events else now)
        for event in events:
            if event.id not in undone:
                self._feed(event)
            self.last_event_id = max(self.last_event_id, event.id)
        if events:
            self._add_checkpoint(events[-1].at)
        return len(events)

    def curve(self, now: datetime, upto: int) -> Curve:
        """The estimates for the first `upto` places."""
        estimator = self._begin(now)
        t = self._minutes(now)
        at_least = [round(estimator.at_least(ahead, t), 2) for ahead in range(upto)]
        return Curve(estimator.curve(t, upto), estimator.state(t), at_least)

    def has_learned_pace(self) -> bool:
        """Whether real calls count more than the owner's guess by now."""
        return self._estimator is not None and self._estimator.pace.learned_minutes() is not None

    def learned(self) -> dict[str, Any]:
        """The estimator's state, for `restore`."""
        assert self._estimator is not None
        return {
            "zone": self._zone.key,
            "hint_minutes": self.hint_minutes,
            "origin": self._origin.isoformat(),
            "serving": [list(pair) for pair in self._serving.items()],
            "estimator": self._estimator.saved(),
        }

    def restore(self, kept: QueueLearning | None) -> None:
        """Start with the state saved by an earlier clock, if it still fits this queue."""
        if kept is None:
            return
        learned = kept.learned
        if learned["zone"] != self._zone.key or learned["hint_minutes"] != self.hint_minutes:
            return
        try:
            self._estimator = WaitEstimator.loaded(learned["estimator"])
        except (ValueError, KeyError, TypeError):
            return  # saved by another version: learn from the log again
        self._origin = datetime.fromisoformat(learned["origin"])
        self._serving = dict(learned["serving"])
        self.last_event_id = kept.last_event_id
        self._add_checkpoint(kept.saved_at)

    def _begin(self, first: datetime) -> WaitEstimator:
        """The estimator's time starts at the midnight before the first event."""
        if self._estimator is None:
            self._origin = datetime.combine(first.astimezone(self._zone), time.min, self._zone)
            self._estimator = WaitEstimator(self.hint_minutes, self._origin.weekday())
        return self._estimator

    def _minutes(self, at: datetime) -> float:
        """Minutes that have really passed; `_shift` tells the estimator about local time."""
        return (at.astimezone(UTC) - self._origin.astimezone(UTC)).total_seconds() / 60

    def _shift(self, at: datetime) -> None:
        """Tell the estimator if daylight saving time has changed."""
        estimator = self._begin(at)
        shift = _offset(at.astimezone(self._zone)) - _offset(self._origin.astimezone(self._zone))
        if shift != estimator.clock_ahead:
            estimator.clock_changed(self._minutes(at), shift)

    def _unread(self, session: Session, now: datetime) -> Sequence[EventRow]:
        mine = _EVENTS.where(Event.queue_id == self.queue_id)
        if self._estimator is not None:
            new = mine.where(Event.id > self.last_event_id).order_by(Event.id).limit(EVENTS_READ + 1)
            events = session.execute(new).all()
            if len(events) <= EVENTS_READ and not any(event.actor == Actor.COMMAND for event in events):
                return events
            self._forget()
        newest = select(func.max(Event.id)).where(Event.queue_id == self.queue_id)
        self.last_event_id = session.scalar(newest) or 0  # even if it is too old to be fed
        recent = mine.where(Event.at >= now - DAYS_READ, Event.id <= self.last_event_id)
        by_time = recent.order_by(Event.at.desc(), Event.id.desc()).limit(EVENTS_READ)
        return session.execute(by_time).all()[::-1]

    def _add_checkpoint(self, at: datetime) -> None:
        if not self._checkpoints or at - self._checkpoints[-1].at >= CHECKPOINT_EVERY:
            saved = self._begin(at).saved()
            self._checkpoints.append(_Checkpoint(self.last_event_id, at, saved, dict(self._serving)))

    def _restore_before(self, event_id: int) -> None:
        while self._checkpoints and self._checkpoints[-1].last_event_id >= event_id:
            self._checkpoints.pop()
        if self._checkpoints:
            checkpoint = self._checkpoints[-1]
            self._estimator = WaitEstimator.loaded(checkpoint.saved)
            self._serving, self.last_event_id = dict(checkpoint.serving), checkpoint.last_event_id
        else:
            self._forget()

    def _forget(self) -> None:
        self._estimator, self._serving, self.last_event_id = None, {}, 0
        self._checkpoints.clear()

    def _feed(self, event: EventRow) -> None:
        self._shift(event.at)
        t, estimator, facts = self._minutes(event.at), self._begin(event.at), event.facts or {}
        # In an imported history a servicer may have a name only, without an account.
        servicer = event.servicer_id or facts.get("servicer")
        match event.kind:
            case EventKind.JOINED:
                estimator.joined(t, event.ticket_id)
            case EventKind.TRANSFERRED:
                estimator.joined(t, event.ticket_id)
                estimator.moved(t, event.ticket_id, facts.get("ahead", 0))
            case EventKind.MOVED if not facts.get("was_on_hold"):
                estimator.moved(t, event.ticket_id, facts.get("ahead", 0))
            case EventKind.CALLED if servicer is not None:
                self._serving[event.ticket_id] = servicer
                estimator.called(t, event.ticket_id, servicer)
            case EventKind.TAKEN_OVER:
                # Nothing is learnt from the part before, in which perhaps nobody served.
                self._serving[event.ticket_id] = facts["to"]
                estimator.put_back(t, event.ticket_id, 0)
                estimator.called(t, event.ticket_id, facts["to"])
            case EventKind.SET_ASIDE:  # they stand beside the line until they are called or put first
                if (held_by := self._serving.pop(event.ticket_id, None)) is not None:
                    estimator.no_show(t, event.ticket_id, held_by)
            case EventKind.PUT_BACK | EventKind.MOVED | EventKind.BROUGHT_BACK:
                self._serving.pop(event.ticket_id, None)
                estimator.put_back(t, event.ticket_id, facts.get("ahead", 0))
            case EventKind.CALLED | EventKind.SERVED | EventKind.NO_SHOW | EventKind.LEFT | EventKind.REMOVED:
                self._end(event, t, estimator, facts)
            case EventKind.DUTY_BEGAN if servicer is not None:
                estimator.servicer_on(t, servicer)
            case EventKind.DUTY_ENDED if servicer is not None:
                estimator.servicer_off(t, servicer)

    def _end(self, event: EventRow, t: float, estimator: WaitEstimator, facts: dict[str, Any]) -> None:
        servicer = self._serving.pop(event.ticket_id, None)
        by_the_clock = event.actor == Actor.CLOCK and event.kind != EventKind.NO_SHOW
        if servicer is None:
            estimator.left(t, event.ticket_id)
        elif by_the_clock or facts.get("forgotten") or facts.get("for"):
            # If nobody pressed the button, or another than who served, the length of the service is unknown.
            estimator.put_back(t, event.ticket_id, 0)
            estimator.left(t, event.ticket_id)
        elif event.kind == EventKind.SERVED:
            estimator.finished(t, event.ticket_id, servicer)
        else:
            estimator.no_show(t, event.ticket_id, servicer)


def _offset(at: datetime) -> float:
    offset = at.utcoffset()
    return offset.total_seconds() / 60 if offset is not None else 0.0


def _undone_ids(events: Sequence[EventRow]) -> set[int]:
    return {event.undoes_id for event in events if event.kind == EventKind.UNDONE}
