"""The script that `flask replay` plays: who does what in a recorded day, in order of time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from models.history.records import DUTY, Fault, Record, completed, events_of, inconsistency, sort_events
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import TicketState

LONGEST_LULL = timedelta(hours=3)  # within a shift
BY_TEXT = (EventKind.JOINED, EventKind.LEFT)


@dataclass(frozen=True)
class Act:
    """One act: `record`'s customer joins or leaves, or a servicer presses a button about them."""

    at: datetime
    kind: EventKind
    record: Record
    servicer: int | None  # index in Script.servicers; None if the customer acts
    words: str = "LEAVE"  # of somebody who leaves, or asks before joining


@dataclass(frozen=True)
class Script:
    acts: list[Act]
    records: list[Record]  # as played: completed, and in a possible order
    servicers: list[str]
    mended: list[Fault]  # corrections, where the file says something impossible


def days_of(records: Sequence[Record], day_start_hour: int) -> dict[date, list[Record]]:
    """Records by business day in the file's own offsets: it may come from another time zone.

    A night shift is not cut at the day's start: its numbers go on, and all are of the day of the first.
    """
    days: dict[date, list[Record]] = {}
    for run in _runs(records):
        usual = [(record.joined_at - timedelta(hours=day_start_hour)).date() for record in run]
        is_shift = run[-1].joined_at - run[0].joined_at < timedelta(days=1)
        for record, day in zip(run, usual, strict=True):
            days.setdefault(usual[0] if is_shift else day, []).append(record)
    return dict(sorted(days.items()))


def _runs(records: Sequence[Record]) -> list[list[Record]]:
    """Those who joined one after the other, with growing numbers and no long lull."""
    runs: list[list[Record]] = []
    for record in sorted(records, key=lambda each: each.joined_at):
        last = runs[-1][-1] if runs else None
        if last and last.number < record.number and record.joined_at - last.joined_at < LONGEST_LULL:
            runs[-1].append(record)
        else:
            runs.append([record])
    return runs


def script_of(records: Sequence[Record]) -> Script:
    """The script of one day's records."""
    mended = [fault for record in records if (fault := inconsistency(record))]
    played = [_callable(record) for record in completed([_straightened(record) for record in records])]
    place_of, servicers = _servicers(played)
    acts = [
        Act(each.at, each.kind, each.record, None if each.kind in BY_TEXT else place_of.get(each.record.line))
        for each in sort_events(events_of(played))
        if each.kind not in DUTY
    ]
    return Script(acts, played, servicers, mended)


def _straightened(record: Record) -> Record:
    """Moments in a possible order: nobody is called before joining, or starts before the call."""
    called_at = record.called_at and max(record.called_at, record.joined_at)
    started_at = record.started_at and max(record.started_at, called_at or record.joined_at)
    if record.outcome in (TicketState.LEFT, TicketState.NO_SHOW):
        started_at = None
    ended_at = record.ended_at and max(record.ended_at, started_at or called_at or record.joined_at)
    return replace(record, called_at=called_at, started_at=started_at, ended_at=ended_at)


def _callable(record: Record) -> Record:
    """A served or missed ticket was called: at the latest when it ended."""
    if record.called_at is None and record.outcome in (TicketState.SERVED, TicketState.NO_SHOW):
        return replace(record, called_at=record.ended_at)
    return record


def _servicers(records: Sequence[Record]) -> tuple[dict[int, int], list[str]]:
    """Who serves whom, by line. A servicer who serves two people at once in the file becomes two here."""
    names: list[str] = []
    free_at: list[datetime] = []
    place_of: dict[int, int] = {}
    called = [record for record in records if record.called_at and record.ended_at]
    for record in sorted(called, key=lambda each: (each.called_at, each.ended_at, each.number)):
        assert record.called_at is not None
        assert record.ended_at is not None
        name = record.servicer or "?"
        free = (p for p, n in enumerate(names) if n == name and free_at[p] <= record.called_at)
        place = next(free, len(names))
        if place == len(names):
            names.append(name)
            free_at.append(record.ended_at)
        free_at[place] = record.ended_at
        place_of[record.line] = place
    return place_of, names
