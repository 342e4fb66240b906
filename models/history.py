"""A queue's past as plain records: what the file of a history holds, checked and put in the order of time.

Pure: no database and no clock. What nobody recorded is None and stays unknown; where the house needs a
moment all the same, `completed` gives the likeliest.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from models.event import EventKind
from models.ticket_states import TicketState

DUTY = (EventKind.DUTY_BEGAN, EventKind.DUTY_ENDED)
OUTCOMES = (TicketState.SERVED, TicketState.LEFT, TicketState.NO_SHOW, TicketState.REMOVED)
MOMENTS = ("joined_at", "called_at", "started_at", "ended_at")


@dataclass(frozen=True, slots=True)
class Record:
    """One ticket that is over."""

    number: int
    joined_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: TicketState
    servicer: str | None
    party: int | None
    line: int = field(default=0, compare=False)  # of the file it was read from

    @property
    def last_at(self) -> datetime:
        """The last moment that is known of it."""
        return max(moment for moment in _moments(self) if moment is not None)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on one line of a file."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


# Two clocks of a counter may disagree by less than this: whoever took the number and whoever called it.
CLOCKS_DISAGREE = timedelta(minutes=1)


def with_clocks_agreed(records: Sequence[Record]) -> tuple[list[Record], list[Fault]]:
    """Records of people called moments before they joined count as called on joining; each is told."""
    agreed, notes = [], []
    for record in records:
        early = record.joined_at - record.called_at if record.called_at else timedelta(0)
        if timedelta(0) < early < CLOCKS_DISAGREE and record.called_at is not None:
            words = f"called {early.total_seconds():g} s before joining; taken as called on joining."
            notes.append(Fault(record.line, words))
            record = replace(record, joined_at=record.called_at)
        agreed.append(record)
    return agreed, notes


class BadHistory(Exception):
    """The file can't be taken in; nothing was changed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a ticket; or a servicer came for it, or went after it (DUTY_…)."""

    at: datetime
    kind: EventKind
    servicer: str | None
    record: Record
    rank: tuple[int, datetime, int, int]  # the order of what happened at the same moment


def impossible(record: Record) -> Fault | None:
    """Why a ticket can't have gone like this, if it can't."""
    known = [
        (name, moment) for name, moment in zip(MOMENTS, _moments(record), strict=True) if moment is not None
    ]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            return Fault(record.line, f"{later} is before {earlier}.")
    if record.started_at and record.outcome in (TicketState.NO_SHOW, TicketState.LEFT):
        return Fault(record.line, f"started_at must be empty where the outcome is {record.outcome}.")
    return None


def completed(records: Sequence[Record]) -> list[Record]:
    """The records of one day with every end known, and every call before a start.

    Who was served until nobody wrote down when was so at the latest until the servicer's next call; who
    left without a trace was gone when somebody behind them was called; both at the latest when the day's
    last moment was recorded.
    """
    last = max((record.last_at for record in records), default=None)
    calls = defaultdict(list)
    for record in records:
        called_at = record.called_at or record.started_at
        if called_at is not None:
            calls[record.servicer].append(called_at)
    for moments in calls.values():
        moments.sort()
    passed_at = _passed_at(records)

    def ended(record: Record, called_at: datetime | None) -> datetime | None:
        if called_at is None:
            return passed_at.get(record) or last
        later = calls[record.servicer][bisect_right(calls[record.servicer], called_at) :]
        return max(later[0], record.last_at) if later and record.servicer is not None else last

    return [
        replace(
            record,
            called_at=(called_at := record.called_at or record.started_at),
            ended_at=record.ended_at or ended(record, called_at),
        )
        for record in records
    ]


def happenings(records: Sequence[Record]) -> list[Happening]:
    """What happened on one day, in no order yet, from its completed records.

    Nobody records when servicers came and went: each was there from the first call to the last end.
    """
    found: list[Happening] = []
    by_servicer: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found += _happenings_of(record)
        if record.servicer is not None and record.called_at is not None:
            by_servicer[record.servicer].append(record)
    for servicer, theirs in by_servicer.items():
        first = min(theirs, key=_called_at)
        last = max(theirs, key=lambda record: record.last_at)
        for at, kind, record, rank in (
            (_called_at(first), EventKind.DUTY_BEGAN, first, _COMES),
            (last.last_at, EventKind.DUTY_ENDED, last, _GOES),
        ):
            found.append(Happening(at, kind, servicer, record, (rank, at, 0, 0)))
    return found


def in_order(found: Iterable[Happening]) -> list[Happening]:
    """By time. At the same moment: who is done, then who comes, then the calls, then who goes."""
    return sorted(found, key=lambda happening: (happening.at, happening.rank))


def _called_at(record: Record) -> datetime:
    return record.called_at or record.joined_at


_ENDS, _COMES, _JOINS, _CALLS, _GOES = range(5)


def _happenings_of(record: Record) -> list[Happening]:
    steps = [
        (EventKind.JOINED, record.joined_at),
        (EventKind.CALLED, record.called_at),
        (EventKind.STARTED, record.started_at),
        (EventKind(record.outcome), record.ended_at),
    ]
    ended_at = record.ended_at or record.last_at
    found = []
    before: datetime | None = None
    for step, (kind, at) in enumerate(steps):
        if at is None:
            continue
        if kind == EventKind.JOINED:
            rank = _JOINS
        else:
            rank = _ENDS if step == len(steps) - 1 and before is not None and before < at else _CALLS
        # Of two calls at one moment, the one that ended first came first: it took no time at all.
        until = ended_at if rank == _CALLS else at
        servicer = None if kind == EventKind.JOINED else record.servicer
        found.append(Happening(at, kind, servicer, record, (rank, until, record.number, step)))
        before = at
    return found


def _passed_at(records: Sequence[Record]) -> dict[Record, datetime]:
    """For each who was never called: when the first of those behind them was called."""
    passed: dict[Record, datetime] = {}
    next_call: datetime | None = None
    for record in sorted(records, key=lambda each: (each.joined_at, each.number), reverse=True):
        called_at = record.called_at or record.started_at
        if called_at is not None:
            next_call = called_at if next_call is None else min(next_call, called_at)
        elif next_call is not None:
            passed[record] = max(next_call, record.joined_at)
    return passed


def _moments(record: Record) -> tuple[datetime, datetime | None, datetime | None, datetime | None]:
    return record.joined_at, record.called_at, record.started_at, record.ended_at
