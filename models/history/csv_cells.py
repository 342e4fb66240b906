"""The one writer of CSV: no cell that a spreadsheet would run as a formula, whatever separator it is set to.

One set to semicolons or tabs cuts our cells there, quoted or not: what follows counts as a cell too.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

Cell = str | int | float | date | datetime | None

# What spreadsheets may skip before a formula, and characters with which one, or an escape into one, begins.
SKIPPED = " \u00a0\u200b\u2060\ufeff\"'"
DANGEROUS = "=+@\t\r\n＝＋－＠-"
BEGINS = rf"(?=[{SKIPPED}]*[{DANGEROUS}])"
FORMULA = re.compile(rf"(^|[;\t\r\n]){BEGINS}")
DEFUSED = re.compile(rf"(^|[;\t\r\n])'{BEGINS}")


def csv_lines(rows: Iterable[Sequence[Cell]], end: str = "\r\n") -> Iterator[str]:
    """Line by line; moments as ISO 8601."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator=end)
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([cell_text(each) for each in row])
        yield line.getvalue()


def defused(text: str) -> str:
    """With an apostrophe wherever a spreadsheet would take what follows for a formula."""
    return FORMULA.sub(r"\1'", text)


def as_it_was(text: str) -> str:
    """What `defused` was given."""
    return DEFUSED.sub(r"\1", text)


def cell_text(value: Cell) -> str:
    """As a table has it; words are `defused`."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case date():
            return value.isoformat()
        case str():
            return defused(value)
        case _:
            return str(value)
