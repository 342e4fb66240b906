"""What `flask replay --corrections` adds to a script: buttons that no history file tells of. Pure.

Everybody still ends as in the file: who left is brought back and leaves again, a customer in service is taken
over by a colleague who is free, and the day ends in last call, so that the queue closes by itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from commands.replay.plan import Act, Script
from models.history.records import Record
from models.queueing.tables.events import EventKind

EACH_BROUGHT_BACK, EACH_TAKEN_OVER = 2, 4  # every so manieth of those who could be


def with_corrections(script: Script) -> Script:
    taken_over = _taken_over(script)
    acts = [each for act in script.acts for each in _instead_of(act, taken_over)]
    acts.sort(key=lambda act: act.at)  # stable: acts of one moment keep their order
    last = max((i for i, act in enumerate(acts) if act.kind == EventKind.JOINED), default=None)
    if last is not None and script.servicers:
        acts.insert(last + 1, replace(acts[last], kind=EventKind.LAST_CALL, servicer=0))
    return replace(script, acts=acts)


def _instead_of(act: Act, taken_over: dict[int, tuple[datetime, int]]) -> Iterator[Act]:
    record = act.record
    if record.line in taken_over and act.kind == EventKind.STARTED:
        at, colleague = taken_over[record.line]
        yield act
        yield replace(act, at=at, kind=EventKind.TAKEN_OVER, servicer=colleague)
    elif record.line in taken_over and act.kind == EventKind.SERVED:
        yield replace(act, servicer=taken_over[record.line][1])
    elif act.kind == EventKind.LEFT and not record.called_at and record.number % EACH_BROUGHT_BACK == 0:
        yield from (act, replace(act, kind=EventKind.BROUGHT_BACK, servicer=0), act)
    else:
        yield act


def _taken_over(script: Script) -> dict[int, tuple[datetime, int]]:
    """By line: halfway through the service, by whom of those who are free until its end."""
    place_of = {act.record.line: act.servicer for act in script.acts if act.servicer is not None}
    busy: dict[int, list[Record]] = {place: [] for place in range(len(script.servicers))}
    for record in script.records:
        if record.called_at and record.line in place_of:
            busy[place_of[record.line]].append(record)
    found: dict[int, tuple[datetime, int]] = {}
    served = [record for record in script.records if record.started_at and record.line in place_of]
    for record in sorted(served, key=lambda each: each.number)[::EACH_TAKEN_OVER]:
        assert record.started_at is not None
        assert record.ended_at is not None
        at = record.started_at + (record.ended_at - record.started_at) / 2
        free = [p for p, theirs in busy.items() if not any(_is_during(each, at, record) for each in theirs)]
        if free and record.started_at < at:
            found[record.line] = at, free[0]
            busy[free[0]].append(record)
    return found


def _is_during(other: Record, at: datetime, record: Record) -> bool:
    """Whether the other is in the servicer's hands at some moment from `at` to the record's end."""
    assert record.ended_at is not None
    return not (other.ended_at is not None and other.ended_at < at) and not (
        other.called_at is not None and other.called_at > record.ended_at
    )
