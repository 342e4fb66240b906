"""What a day's events say about its line and its counter. Pure.

A customer who was put back, or on hold, or brought back, stood in line several times: each is a stay.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import DAY_ENDED, UNDONE
from models.statistics.timelines import ENDS, Happened, joined_at_of, servicer_of, without_undone
from models.statistics.whatif.intervals import Interval

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """Once in line: up to a call, or up to leaving without one."""

    since: int  # could be called from then on
    called_at: int | None
    until: int | None  # called: when the servicer was free again, None if unknown; else when they left
    servicer: str | None = None
    follows: int | None = None  # put back: the stay before it, at whose end this one begins
    served: bool = False
    moved: bool = False  # in line, by whomever: the place says nothing of when they came


@dataclass(frozen=True, slots=True)
class Customer:
    joined_at: int
    last_stay: int  # in `Recording.stays`: whether they were called in the end, and when
    gave_up: bool  # left, and not because the day ended


@dataclass(frozen=True)
class Recording:
    stays: Sequence[Stay]
    customers: Sequence[Customer]
    on_duty: Mapping[str, Sequence[Interval]]
    """By servicer, in order."""
    elsewhere: Mapping[str, Sequence[Interval]]
    """By servicer: busy with customers of other queues, or with one that they took over."""


@dataclass(slots=True)
class _Story:
    """One ticket, while its events are read."""

    joined_at: int
    since: int
    is_end_unknown: bool
    stays: list[Stay] = field(default_factory=list)
    is_waiting: bool = True
    is_away: bool = False  # on hold: not there until they say so
    follows: int | None = None
    is_moved: bool = False
    is_over: bool = False
    gave_up: bool = False
    taken_over: tuple[str, int] | None = None  # by whom, and when

    def call(self, at: int, servicer: str | None) -> None:
        since = at if self.is_away else min(self.since, at)
        self.stays.append(Stay(since, at, None, servicer, self.follows, moved=self.is_moved))
        self.is_waiting, self.is_away, self.follows = False, False, None

    def wait_again(self, at: int, *, follows: bool = False, is_away: bool = False) -> None:
        self.since, self.is_waiting, self.is_away, self.gave_up = at, True, is_away, False
        self.follows = len(self.stays) - 1 if follows else None
        self.is_over, self.is_moved = False, False

    def stop_waiting(self, at: int) -> None:
        since = at if self.is_away else min(self.since, at)
        self.stays.append(Stay(since, None, at, follows=self.follows, moved=self.is_moved))
        self.is_waiting = False


def recording_of(
    events: Iterable[Happened],
    start: datetime,
    end: datetime,
    on_duty: Mapping[str, Sequence[tuple[datetime, datetime]]],
    elsewhere: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> Recording:
    """From the events of a day's tickets, in the order they were recorded; the day so far, start to end."""

    def moment(at: datetime) -> int:
        return (at - start) // MICROSECOND

    def spans(of: Mapping[str, Sequence[tuple[datetime, datetime]]]) -> dict[str, list[Interval]]:
        return {who: [(moment(since), moment(until)) for since, until in each] for who, each in of.items()}

    by_ticket: dict[int, list[Happened]] = defaultdict(list)
    for event in without_undone(events):
        if event.ticket_id is not None:
            by_ticket[event.ticket_id].append(event)
    beside = defaultdict(list, spans(elsewhere))
    stays: list[Stay] = []
    customers: list[Customer] = []
    for theirs in by_ticket.values():
        story = _read(theirs, moment, beside)
        if story is None:
            continue
        _break_off(story, moment(end), beside)
        first = len(stays)
        for stay in story.stays:
            follows = None if stay.follows is None else first + stay.follows
            stays.append(replace(stay, follows=follows))
        customers.append(Customer(story.joined_at, len(stays) - 1, story.gave_up))
    return Recording(stays, customers, spans(on_duty), beside)


def _read(
    events: Sequence[Happened], moment: Callable[[datetime], int], beside: dict[str, list[Interval]]
) -> _Story | None:
    """None for a ticket that was taken by mistake, and undone."""
    first = events[0]
    if first.kind not in (EventKind.JOINED, EventKind.TRANSFERRED):
        return None
    if any(event.kind in ENDS and (event.facts or {}).get("reason") == UNDONE for event in events):
        return None
    facts = first.facts or {}
    is_end_unknown = "ended_at" in facts.get("told", {}).get("unknown", ())
    story = _Story(moment(joined_at_of(first)), moment(first.at), is_end_unknown)
    for event in events[1:]:
        _apply(story, event, moment(event.at), beside)
    return story


def _apply(story: _Story, event: Happened, at: int, beside: dict[str, list[Interval]]) -> None:
    facts = event.facts or {}
    match event.kind:
        case EventKind.CALLED:
            story.call(at, servicer_of(event))
        case EventKind.PUT_BACK | EventKind.SET_ASIDE:
            _release(story, at, beside)
            is_away = event.kind == EventKind.SET_ASIDE
            story.wait_again(at, follows=not is_away, is_away=is_away)
        case EventKind.ARRIVED if story.is_away:
            story.is_away, story.since = False, at
        case EventKind.MOVED:
            story.is_moved = True
        case EventKind.TAKEN_OVER:
            _release(story, at, beside)
            story.taken_over = (str(facts["to"]), at)
        case EventKind.BROUGHT_BACK:
            if story.stays and story.stays[-1].called_at is None:
                story.stays.pop()  # they had left: in line from now on
            story.wait_again(at)
        case EventKind.SERVED | EventKind.LEFT | EventKind.NO_SHOW | EventKind.REMOVED:
            is_unknown = story.is_end_unknown or bool(facts.get("forgotten"))
            story.gave_up = event.kind == EventKind.LEFT and facts.get("reason") != DAY_ENDED
            story.is_over = True
            if story.is_waiting:
                story.stop_waiting(at)
            elif not is_unknown:
                _release(story, at, beside)
                served = event.kind == EventKind.SERVED
                story.stays[-1] = replace(story.stays[-1], served=served)


def _release(story: _Story, at: int, beside: dict[str, list[Interval]]) -> None:
    """Whoever was busy with them is free."""
    if story.taken_over is not None:
        servicer, since = story.taken_over
        beside[servicer].append((since, max(since, at)))
        story.taken_over = None
    elif story.stays and story.stays[-1].called_at is not None and story.stays[-1].until is None:
        called_at = story.stays[-1].called_at
        story.stays[-1] = replace(story.stays[-1], until=max(called_at, at))


def _break_off(story: _Story, end: int, beside: dict[str, list[Interval]]) -> None:
    """Of who is still in line, or with a servicer, only the time up to now is known."""
    if story.is_waiting:
        story.stop_waiting(max(end, story.since))
    elif not story.is_over:
        _release(story, end, beside)
