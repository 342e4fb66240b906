"""How long each servicer was on duty on a day, and how much of that idle. Pure.

A duty that nobody ended does not count through the night: it counts up to the servicer's last action of that
day, and from the first action of the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from models.queueing.tables.events import EventKind
from models.statistics.timelines import Busy, Happened, servicer_of

Interval = tuple[datetime, datetime]
Moment = TypeVar("Moment", datetime, int)
NOT_YET = datetime.max.replace(tzinfo=UTC)


def duty_times(
    events: Iterable[Happened], busy: Iterable[Busy], start: datetime, end: datetime, *, is_over: bool = True
) -> dict[str, tuple[float, float]]:
    """Seconds on duty and seconds idle of each servicer, between `start` and `end`: the day, or up to now.

    `events` are the queue's without undone ones, from some time before `start` on; `busy` includes customers
    of any queue.
    """
    busy = list(busy)
    return duty_seconds(duty_intervals(events, busy, start, end, is_over=is_over), busy)


def duty_seconds(
    on_duty: Mapping[str, list[Interval]], busy: Iterable[Busy]
) -> dict[str, tuple[float, float]]:
    """The same of known intervals."""
    served = _by_servicer(busy)
    found = {}
    for servicer, intervals in on_duty.items():
        seconds = sum((until - since).total_seconds() for since, until in intervals)
        found[servicer] = (seconds, max(0.0, seconds - _overlap(intervals, merged(served[servicer]))))
    return found


def duty_intervals(
    events: Iterable[Happened], busy: Iterable[Busy], start: datetime, end: datetime, *, is_over: bool = True
) -> dict[str, list[Interval]]:
    """When each servicer was on duty, in order, from the same events; only who was at all."""
    events = sorted(events, key=lambda each: (each.at, each.id))
    served = _by_servicer(busy)
    done = _done(events, served, start, end)
    found = {}
    for servicer, duties in sorted(_duties(events).items()):
        at_work = merged(served[servicer])
        awake = [_by_day(duty, done[servicer], at_work, (start, end), is_over) for duty in duties]
        if on_duty := merged([duty for duty in awake if duty is not None]):
            found[servicer] = on_duty
    return found


def _by_servicer(busy: Iterable[Busy]) -> dict[str, list[Interval]]:
    served: dict[str, list[Interval]] = defaultdict(list)
    for servicer, began_at, ended_at in busy:
        served[servicer].append((began_at, ended_at or NOT_YET))
    return served


def _duties(events: Iterable[Happened]) -> dict[str, list[tuple[datetime, datetime | None]]]:
    """From coming on duty to going off; None: nobody ended it."""
    began: dict[str, datetime] = {}
    found: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for event in events:
        servicer = servicer_of(event)
        if servicer is None:
            continue
        if event.kind == EventKind.DUTY_BEGAN:
            began.setdefault(servicer, event.at)
        elif event.kind == EventKind.DUTY_ENDED and servicer in began:
            found[servicer].append((began.pop(servicer), event.at))
    for servicer, since in began.items():
        found[servicer].append((since, None))
    return found


def _done(
    events: Iterable[Happened], served: dict[str, list[Interval]], start: datetime, end: datetime
) -> dict[str, list[datetime]]:
    """When each servicer did anything on the day, as far as events show."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if (servicer := servicer_of(event)) is not None and start <= event.at < end:
            found[servicer].append(event.at)
    for servicer, intervals in served.items():
        found[servicer] += [at for interval in intervals for at in interval if start <= at < end]
    return found


def _by_day(
    duty: tuple[datetime, datetime | None],
    done: Sequence[datetime],
    at_work: Sequence[Interval],
    day: Interval,
    is_over: bool,
) -> Interval | None:
    """The part of a duty within the day; None if there is none."""
    start, end = day
    since, until = duty[0], duty[1] or end

    def serves(at: datetime) -> bool:
        return any(began <= at < ended for began, ended in at_work)

    if since < start:
        since = start if serves(start) else min((at for at in done if at >= start), default=end)
    if until >= end:
        stays = not is_over or serves(end)
        until = end if stays else max((at for at in done if at >= since), default=since)
    return (since, until) if since < until else None


def merged(intervals: Iterable[tuple[Moment, Moment]]) -> list[tuple[Moment, Moment]]:
    """In order, those that overlap or touch as one."""
    found: list[tuple[Moment, Moment]] = []
    for since, until in sorted(intervals):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def _overlap(some: list[Interval], others: list[Interval]) -> float:
    """Seconds in both lists of merged intervals."""
    seconds = 0.0
    for since, until in some:
        for other_since, other_until in others:
            seconds += max(0.0, (min(until, other_until) - max(since, other_since)).total_seconds())
    return seconds
