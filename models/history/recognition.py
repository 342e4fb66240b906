"""Which tickets of a file are there already: by number and moment of joining, on whatever day they count.

A ticket's day is not in the file. It follows from the joining only while the day's start stays, and while no
ticket is kept overnight or transferred.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import or_
from sqlalchemy.orm import Session

from models.history.reading import Found, tickets_as_records
from models.history.records import MOMENTS, Fault, Record, without_clock_skew
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket

A_DAY = timedelta(days=1)
# A spreadsheet may have rounded the moment of joining to a minute.
ROUNDED_BY = timedelta(minutes=1)


class Recognized(NamedTuple):
    lines: frozenset[int]
    """Of the file: the tickets on them are there, just so."""
    faults: list[Fault]


def recognize(session: Session, queue: Queue, records: Sequence[Record]) -> Recognized:
    """The lines of tickets that are there; a fault for each that is there with something else."""
    if not records:
        return Recognized(frozenset(), [])
    there = _there(session, queue, records)
    as_taken_in = {record.line: record for record in without_clock_skew(records)[0]}
    lines, faults = set(), []
    for record in records:
        found = there[record.number]
        if any(one.record in (record, as_taken_in[record.line]) for one in found):
            lines.add(record.line)
        elif fault := _difference(record, found):
            faults.append(fault)
    return Recognized(frozenset(lines), faults)


def _there(session: Session, queue: Queue, records: Sequence[Record]) -> dict[int, list[Found]]:
    """The queue's tickets of that time, by number."""
    first = min(record.joined_at for record in records)
    last = max(record.joined_at for record in records)
    business = queue.business
    kept_or_usual = or_(Ticket.day <= business.day_of(last) + A_DAY, Ticket.joined_at <= last + ROUNDED_BY)
    there: dict[int, list[Found]] = defaultdict(list)
    for found in tickets_as_records(session, queue, business.day_of(first) - A_DAY, None, kept_or_usual):
        there[found.number].append(found)
    return there


def _difference(record: Record, found: Sequence[Found]) -> Fault | None:
    near = next((one for one in found if abs(one.joined_at - record.joined_at) < ROUNDED_BY), None)
    if near is None:
        return None
    what = f"number {near.number} of {near.day} is"
    if near.record is None:
        return Fault(record.line, f"{what} in the line at this moment.")
    names = (*MOMENTS, "outcome", "servicer", "party")
    other = next(name for name in names if getattr(near.record, name) != getattr(record, name))
    return Fault(record.line, f"{what} there already, with another {other}.")
