"""How long each servicer was on duty on a day, and how much of that without a customer. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from models.event import EventKind
from models.visits import Busy, Happened, servicer_of

Interval = tuple[datetime, datetime]


def duty_times(
    events: Iterable[Happened], busy: Iterable[Busy], start: datetime, end: datetime
) -> dict[str, tuple[float, float]]:
    """Seconds on duty and seconds idle of each, between `start` and `end`.

    The events are those that were not undone, from some time before `start` on. Who serves in another
    queue meanwhile counts as idle in this one.
    """
    duties = _duties(events, start, end)
    served: dict[str, list[Interval]] = defaultdict(list)
    for servicer, began_at, ended_at in busy:
        served[servicer].append((began_at, ended_at or end))
    found = {}
    for servicer, intervals in sorted(duties.items()):
        on_duty = _united(intervals)
        at_work = _overlap(on_duty, _united(served[servicer]))
        seconds = sum((until - since).total_seconds() for since, until in on_duty)
        found[servicer] = (seconds, max(0.0, seconds - at_work))
    return found


def _duties(events: Iterable[Happened], start: datetime, end: datetime) -> dict[str, list[Interval]]:
    began: dict[str, datetime] = {}
    found: dict[str, list[Interval]] = defaultdict(list)

    def keep(servicer: str, since: datetime, until: datetime) -> None:
        since, until = max(since, start), min(until, end)
        if since < until:
            found[servicer].append((since, until))

    for event in sorted(events, key=lambda each: (each.at, each.id)):
        servicer = servicer_of(event)
        if servicer is None:
            continue
        if event.kind == EventKind.DUTY_BEGAN:
            began.setdefault(servicer, event.at)
        elif event.kind == EventKind.DUTY_ENDED and servicer in began:
            keep(servicer, began.pop(servicer), event.at)
    for servicer, since in began.items():
        keep(servicer, since, end)
    return found


def _united(intervals: Iterable[Interval]) -> list[Interval]:
    united: list[Interval] = []
    for since, until in sorted(intervals):
        if united and since <= united[-1][1]:
            united[-1] = (united[-1][0], max(until, united[-1][1]))
        else:
            united.append((since, until))
    return united


def _overlap(some: list[Interval], others: list[Interval]) -> float:
    """Seconds in both; each united."""
    seconds = 0.0
    for since, until in some:
        for other_since, other_until in others:
            seconds += max(0.0, (min(until, other_until) - max(since, other_since)).total_seconds())
    return seconds
