"""A queue's history as plain records: the content of a history file, checked and sorted by time.

Pure: no database, no reading of the time. What nobody recorded is None and stays unknown; where a moment is
needed nevertheless, `completed` estimates it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import TicketState

DUTY = (EventKind.DUTY_BEGAN, EventKind.DUTY_ENDED)
OUTCOMES = (TicketState.SERVED, TicketState.LEFT, TicketState.NO_SHOW, TicketState.REMOVED)
MOST_FAULTS = 1000  # of one file: a large one that is no history has millions
MOMENTS = ("joined_at", "called_at", "started_at", "ended_at")


@dataclass(frozen=True, slots=True)
class Record:
    """One finished ticket."""

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
        """The last known moment of it."""
        return max(moment for moment in _moments(self) if moment is not None)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on one line of a file."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


# The machine that issued the number and the one that called it may differ by less than this.
CLOCK_SKEW = timedelta(minutes=1)


def without_clock_skew(
    records: Sequence[Record], known: Container[int] = ()
) -> tuple[list[Record], list[Fault]]:
    """Treat people called moments before they joined as called on joining, with a note for each.

    Not those on the `known` lines, which are there as they are.
    """
    agreed, notes = [], []
    for record in records:
        early = record.joined_at - record.called_at if record.called_at else timedelta(0)
        is_new = record.line not in known
        if is_new and timedelta(0) < early < CLOCK_SKEW and record.called_at is not None:
            words = f"called {early.total_seconds():g} s before joining; taken as called on joining."
            notes.append(Fault(record.line, words))
            record = replace(record, joined_at=record.called_at)
        agreed.append(record)
    return agreed, notes


class BadHistory(Exception):
    """The file can't be imported; nothing was changed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """An event of a ticket; or a servicer came on duty for it, or went off duty after it (DUTY_…)."""

    at: datetime
    kind: EventKind
    servicer: str | None
    record: Record
    rank: tuple[int, datetime, int, int]  # sorts events of the same moment


def inconsistency(record: Record) -> Fault | None:
    """Why the record contradicts itself; None if it does not."""
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
    """The records of one day with every missing end filled in, and a call for every start.

    A service of unknown end ended at the servicer's next call; somebody who left at an unknown time was gone
    when the first person behind them was called; both at the latest at the day's last recorded moment.
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


def events_of(records: Sequence[Record]) -> list[HistoryEvent]:
    """The events of one day, unsorted, from its completed records.

    Nobody records when servicers came and went: each is on duty from their first call to their last end.
    """
    found: list[HistoryEvent] = []
    by_servicer: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found += _events_of_record(record)
        if record.servicer is not None and record.called_at is not None:
            by_servicer[record.servicer].append(record)
    for servicer, theirs in by_servicer.items():
        first = min(theirs, key=_called_at)
        last = max(theirs, key=lambda record: record.last_at)
        for at, kind, record, rank in (
            (_called_at(first), EventKind.DUTY_BEGAN, first, _COMES),
            (last.last_at, EventKind.DUTY_ENDED, last, _GOES),
        ):
            found.append(HistoryEvent(at, kind, servicer, record, (rank, at, 0, 0)))
    return found


def sort_events(found: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """By time. At the same moment: ends, then servicers coming, joins, calls, and servicers going."""
    return sorted(found, key=lambda happening: (happening.at, happening.rank))


def _called_at(record: Record) -> datetime:
    return record.called_at or record.joined_at


_ENDS, _COMES, _JOINS, _CALLS, _GOES = range(5)


def _events_of_record(record: Record) -> list[HistoryEvent]:
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
        # Of two calls at the same moment, the one that ended first goes first: it took no time.
        until = ended_at if rank == _CALLS else at
        servicer = None if kind == EventKind.JOINED else record.servicer
        found.append(HistoryEvent(at, kind, servicer, record, (rank, until, record.number, step)))
        before = at
    return found


def _passed_at(records: Sequence[Record]) -> dict[Record, datetime]:
    """For each record that was never called: when the first person behind it was called."""
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
