"""The history file: CSV text to records and back. Faults name their line; nothing is guessed.

Moments are ISO 8601 with an offset; an empty cell means that nobody recorded the value. What spreadsheets
make of such a file is understood where it can mean one thing only, and told.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from models.history.csv_cells import Cell, as_it_was, csv_lines
from models.history.moments import DateOrder, Moments, shown
from models.history.records import MOMENTS, MOST_FAULTS, OUTCOMES, Fault, Record
from models.queueing.tables.ticket_states import TicketState

T = TypeVar("T")

COLUMNS = ("number", "joined_at", "called_at", "started_at", "ended_at", "outcome", "servicer", "party")
LARGEST_FILE = 100_000_000  # bytes: a million tickets
HIGHEST_NUMBER = 999_999
LARGEST_PARTY = 99
LONGEST_SERVICER = 60
LONGEST_LINE = 10_000  # characters
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}

WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0{1,6})?", re.ASCII)


class Row(NamedTuple):
    line: int
    cells: list[str]


class NotCsv(Exception):
    def __init__(self, line: int, problem: csv.Error) -> None:
        super().__init__(str(problem))
        self.line = line


class Understood(NamedTuple):
    """What a file holds, what is wrong with it, and in words how it was read where it is not as ours."""

    records: list[Record]
    faults: list[Fault]
    notes: list[str]


def read_history(content: bytes) -> tuple[list[Record], list[Fault]]:
    """The records of a file, and a fault for every line that is not valid. Order and days are not checked."""
    records, faults, _ = understand_history(content)
    return records, faults


def understand_history(
    content: bytes, zone: ZoneInfo | None = None, order: DateOrder | None = None
) -> Understood:
    """As `read_history`; with `zone`, moments without an offset are this zone's. `order` is that of dates.

    Stops after MOST_FAULTS.
    """
    text, fault = _decoded(content)
    if fault is not None:
        return Understood([], [fault], [])
    separator, text = _separator_of(text)
    try:
        head = next(_rows(text, separator)).cells
        names = [name.strip().lower() for name in head]
        while names and not names[-1]:  # a spreadsheet saves empty columns too
            names.pop()
    except (StopIteration, NotCsv):
        names = []
    if wrong := _wrong_head(names):
        return Understood([], [Fault(1, wrong)], [])
    records: list[Record] = []
    faults: list[Fault] = []
    try:
        moments = Moments(_moments(text, separator, names), zone, order)
        for line, cells in islice(_rows(text, separator), 1, None):
            try:
                records.append(_record(names, cells, line, moments))
            except ValueError as problem:
                faults.append(Fault(line, str(problem)))
                if len(faults) == MOST_FAULTS:
                    break
    except NotCsv as problem:
        faults.append(Fault(problem.line, f"this is no CSV: {problem}."))
        return Understood(records, faults, [])
    except ValueError as problem:
        return Understood([], [Fault(1, str(problem))], [])
    notes = [] if separator == "," else [f"cells are separated by {SEPARATORS[separator]}"]
    return Understood(records, faults, [*notes, *moments.understood.values()])


def _moments(text: str, separator: str, names: Sequence[str]) -> Iterator[str]:
    """All cells with a moment, read before the rest: one line may say how the dates of all are written."""
    places = [names.index(name) for name in MOMENTS]
    for row in islice(_rows(text, separator), 1, None):
        yield from (row.cells[at].strip() for at in places if at < len(row.cells))


def _separator_of(text: str) -> tuple[str, str]:
    """The sign between the cells, and the text without the line in which a spreadsheet names it."""
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r"sep=([,;\t])\r?", first, re.IGNORECASE)
    if named:
        return named[1], f"\n{rest}"  # an empty line, so that the others keep their numbers
    return max(SEPARATORS, key=first.count), text


def _rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(_lines(text), strict=True, delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(reader.line_num, cells)
    except csv.Error as problem:
        raise NotCsv(reader.line_num, problem) from None


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > LONGEST_LINE:
            raise NotCsv(number, csv.Error(f"the line has {len(line)} characters"))
        yield line


def write_history(records: Iterable[Record], zone: ZoneInfo) -> Iterator[str]:
    """The lines of a history file, with the offsets of this zone."""
    return csv_lines(_rows_of(records, zone), end="\n")


def _rows_of(records: Iterable[Record], zone: ZoneInfo) -> Iterator[Sequence[Cell]]:
    yield COLUMNS
    for record in records:
        moments = (getattr(record, name) for name in MOMENTS)
        told = (None if moment is None else moment.astimezone(zone) for moment in moments)
        yield (record.number, *told, record.outcome, record.servicer, record.party)


def _decoded(content: bytes) -> tuple[str, Fault | None]:
    if len(content) > LARGEST_FILE:
        return "", Fault(1, f"the file is larger than {LARGEST_FILE // 1_000_000} MB: give it in parts.")
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_wide else "utf-8-sig"), None
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        return "", Fault(line, 'this is no text in UTF-8. In a spreadsheet, save as "CSV UTF-8".')


def _wrong_head(head: Sequence[str]) -> str | None:
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        return f"the first line must name the columns {','.join(COLUMNS)}; there is no {missing[0]}."
    more = [name for name in head if name not in COLUMNS or head.count(name) > 1]
    return f"the column {more[0]!r} is unknown or there twice." if more else None


def _record(head: Sequence[str], cells: Sequence[str], line: int, moments: Moments) -> Record:
    if any(cell.strip() for cell in cells[len(head) :]) or len(cells) < len(head):
        raise ValueError(f"there are {len(cells)} cells, not {len(head)}.")
    told = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
    joined_at = moments.read("joined_at", told["joined_at"])
    if joined_at is None:
        raise ValueError("joined_at is empty.")
    return Record(
        number=_whole("number", told["number"], HIGHEST_NUMBER),
        joined_at=joined_at,
        called_at=moments.read("called_at", told["called_at"]),
        started_at=moments.read("started_at", told["started_at"]),
        ended_at=moments.read("ended_at", told["ended_at"]),
        outcome=_outcome(told["outcome"]),
        servicer=_optional(told["servicer"], _servicer),
        party=_optional(told["party"], lambda cell: _whole("party", cell, LARGEST_PARTY)),
        line=line,
    )


def _optional(cell: str, read: Callable[[str], T]) -> T | None:
    return read(cell) if cell else None


def _whole(name: str, cell: str, highest: int) -> int:
    found = WHOLE.fullmatch(cell)
    if found is None or not 1 <= int(found[1]) <= highest:
        raise ValueError(f"{name} must be a whole number from 1 to {highest}, not {shown(cell)}.")
    return int(found[1])


def _outcome(cell: str) -> TicketState:
    if cell.lower() not in OUTCOMES:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, not {shown(cell)}.")
    return TicketState(cell.lower())


def _servicer(cell: str) -> str:
    cell = as_it_was(cell)
    if len(cell) > LONGEST_SERVICER or not cell.isprintable():
        raise ValueError(f"servicer must be a name of at most {LONGEST_SERVICER} characters on one line.")
    return cell
