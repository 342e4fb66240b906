"""What `flask replay --pause` adds to a script: the line stands once, and promises are taken back. Pure."""

from dataclasses import replace
from datetime import UTC, datetime

from commands.replay.plan import Act, Script
from models.history.records import Record
from models.queueing.tables.events import EventKind


def with_pause(script: Script) -> Script:
    """The first servicer pauses while most people wait."""
    if not script.servicers:
        return script
    most, place = 0, None
    for index, act in enumerate(script.acts):
        if act.kind == EventKind.JOINED and (count := len(waiting_at(act, script.records))) > most:
            most, place = count, index
    if place is None:
        return script
    pause = replace(script.acts[place], kind=EventKind.PAUSED, servicer=0)
    return replace(script, acts=[*script.acts[: place + 1], pause, *script.acts[place + 1 :]])


def waiting_at(act: Act, records: list[Record]) -> set[int]:
    """Who waits just after this act, by line of the file."""
    return {record.line for record in records if record.joined_at <= act.at < _left_line(record)}


def _left_line(record: Record) -> datetime:
    until = record.called_at or record.ended_at
    return until or datetime.max.replace(tzinfo=UTC)
