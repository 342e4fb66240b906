"""Reads a queue's day for the model: the events of its tickets, shifts, and work for other queues."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.statistics.day_bounds import ON_DUTY_SINCE, bounds_of_days
from models.statistics.day_events import events_elsewhere, queue_events, shared_queues, tickets_of_days
from models.statistics.duty_time import Interval, duty_intervals, duty_seconds
from models.statistics.timelines import Busy, Happened, servicer_of, visits_from, without_undone
from models.statistics.whatif.recording import MICROSECOND, Recording, recording_of


@dataclass(frozen=True)
class RecordedDay:
    start: datetime
    end: datetime  # of the day, or now
    recording: Recording
    idle: float
    """Seconds that all servicers together were idle, as in the statistics."""

    def moment(self, at: datetime) -> int:
        return (at - self.start) // MICROSECOND

    @property
    def working_hours(self) -> tuple[datetime, datetime]:
        """From the first servicer's coming to the last one's going; as the line shows it, if nobody came."""
        shifts = [interval for shift in self.recording.on_duty.values() for interval in shift]
        shifts = shifts or [(stay.since, stay.until or stay.since) for stay in self.recording.stays]
        begin, end = min(came for came, _ in shifts), max(went for _, went in shifts)
        return self.start + begin * MICROSECOND, self.start + end * MICROSECOND

    def on_duty(self, since: datetime, until: datetime) -> int:
        """How many servicers were on duty in this time, if only for a part of it."""
        begin, end = self.moment(since), self.moment(until)
        shifts = self.recording.on_duty.values()
        return sum(any(came < end and went > begin for came, went in shift) for shift in shifts)


def read_day(session: Session, queue: Queue, day: date, now: datetime) -> RecordedDay:
    """The day as recorded, up to now at the latest."""
    bounds = bounds_of_days(session, queue, day, day)
    start, day_ends = bounds.start_of(day), bounds.end_of(day)
    end = max(start, min(now, day_ends))
    events = tickets_of_days(session, queue.id, [day]).get(day, [])
    since = start - ON_DUTY_SINCE
    own = without_undone(queue_events(session, queue.id, since, day_ends))
    servicers = {who for event in own if (who := servicer_of(event)) is not None}
    others = shared_queues(session, queue, servicers, since, day_ends) if servicers else set()
    beside = _busy(events_elsewhere(session, queue.id, [day], others, start))
    busy = [*_busy(events), *beside]
    is_over = now >= day_ends
    on_duty = duty_intervals(own, busy, start, end, is_over=is_over)
    idle = duty_seconds(on_duty, busy)
    recording = recording_of(events, start, end, on_duty, _elsewhere(beside, end))
    return RecordedDay(start, end, recording, sum(seconds for _, seconds in idle.values()))


def _busy(events: Iterable[Happened]) -> list[Busy]:
    return [busy for visit in visits_from(events).values() for busy in visit.busy]


def _elsewhere(beside: Iterable[Busy], end: datetime) -> dict[str, list[Interval]]:
    found: dict[str, list[Interval]] = defaultdict(list)
    for servicer, began_at, ended_at in beside:
        found[servicer].append((began_at, ended_at or max(end, began_at)))
    return found
