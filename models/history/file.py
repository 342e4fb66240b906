"""The history file: CSV text to records and back. Faults name their line; nothing is guessed.

Moments are ISO 8601 with an offset; an empty cell means that nobody recorded the value.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from models.history.records import MOMENTS, OUTCOMES, Fault, Record
from models.queueing.tables.ticket_states import TicketState

T = TypeVar("T")

COLUMNS = ("number", "joined_at", "called_at", "started_at", "ended_at", "outcome", "servicer", "party")
LARGEST_FILE = 100_000_000  # bytes: a million tickets
HIGHEST_NUMBER = 999_999
LARGEST_PARTY = 99
LONGEST_SERVICER = 60
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)
WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


def read_history(content: bytes) -> tuple[list[Record], list[Fault]]:
    """The records of a file, and a fault for every line that is not valid. Order and days are not checked."""
    text, fault = _decoded(content)
    if fault is not None:
        return [], [fault]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[Record] = []
    faults: list[Fault] = []
    try:
        head = [name.strip() for name in next(reader, [])]
        if wrong := _wrong_head(head):
            return [], [Fault(1, wrong)]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            try:
                records.append(_record(head, cells, reader.line_num))
            except ValueError as problem:
                faults.append(Fault(reader.line_num, str(problem)))
    except csv.Error as problem:
        faults.append(Fault(reader.line_num, f"this is no CSV: {problem}."))
    return records, faults


def write_history(records: Iterable[Record], zone: ZoneInfo) -> Iterator[str]:
    """The lines of a history file, with the offsets of this zone."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")

    def written(cells: Sequence[object]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield written(COLUMNS)
    for record in records:
        moments = (getattr(record, name) for name in MOMENTS)
        told = ("" if moment is None else moment.astimezone(zone).isoformat() for moment in moments)
        yield written((record.number, *told, record.outcome, record.servicer or "", record.party or ""))


def _decoded(content: bytes) -> tuple[str, Fault | None]:
    if len(content) > LARGEST_FILE:
        return "", Fault(1, f"the file is larger than {LARGEST_FILE // 1_000_000} MB: give it in parts.")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        return "", Fault(line, "this is no text in UTF-8.")


def _wrong_head(head: Sequence[str]) -> str | None:
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        return f"the first line must name the columns {','.join(COLUMNS)}; there is no {missing[0]}."
    more = [name for name in head if name not in COLUMNS or head.count(name) > 1]
    return f"the column {more[0]!r} is unknown or there twice." if more else None


def _record(head: Sequence[str], cells: Sequence[str], line: int) -> Record:
    if len(cells) != len(head):
        raise ValueError(f"there are {len(cells)} cells, not {len(head)}.")
    told = {name: cell.strip() for name, cell in zip(head, cells, strict=True)}
    joined_at = _moment("joined_at", told["joined_at"])
    if joined_at is None:
        raise ValueError("joined_at is empty.")
    return Record(
        number=_whole("number", told["number"], HIGHEST_NUMBER),
        joined_at=joined_at,
        called_at=_moment("called_at", told["called_at"]),
        started_at=_moment("started_at", told["started_at"]),
        ended_at=_moment("ended_at", told["ended_at"]),
        outcome=_outcome(told["outcome"]),
        servicer=_optional(told["servicer"], _servicer),
        party=_optional(told["party"], lambda cell: _whole("party", cell, LARGEST_PARTY)),
        line=line,
    )


def _optional(cell: str, read: Callable[[str], T]) -> T | None:
    return read(cell) if cell else None


def _whole(name: str, cell: str, highest: int) -> int:
    if not WHOLE.fullmatch(cell) or not 1 <= int(cell) <= highest:
        raise ValueError(f"{name} must be a whole number from 1 to {highest}, not {_shown(cell)}.")
    return int(cell)


def _moment(name: str, cell: str) -> datetime | None:
    if not cell:
        return None
    parts = MOMENT.fullmatch(cell)
    if parts is None:
        raise ValueError(f"{name} must be a moment like 2026-03-10T09:05:00+00:00, not {_shown(cell)}.")
    day, time, offset = parts.groups()
    if offset is None:
        raise ValueError(f"{name} has no offset: write it like {day}T{time}+00:00, not {_shown(cell)}.")
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{offset.upper()}")
        if moment >= EARLIEST:
            moment.astimezone(UTC)
            return moment
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name} is no moment that ever was: {_shown(cell)}.")


def _outcome(cell: str) -> TicketState:
    if cell not in OUTCOMES:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, not {_shown(cell)}.")
    return TicketState(cell)


def _servicer(cell: str) -> str:
    if len(cell) > LONGEST_SERVICER or not cell.isprintable():
        raise ValueError(f"servicer must be a name of at most {LONGEST_SERVICER} characters on one line.")
    return cell


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")
