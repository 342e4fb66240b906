"""An XLSX file of the same cells as the CSV file: figures are numbers, all else is text as it stands there.

No formula, no link and no markup, whatever anybody is called. A year takes as much memory as a day, since
XlsxWriter keeps one row, and the file is on the disk.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from models.history.csv_cells import Cell, cell_text

LINES_OF_A_SHEET = 1_048_576  # as many as a spreadsheet opens: further ones go to further sheets
# Under gevent another request gets its turn after so many.
LINES_IN_A_ROW = 50
CHUNK = 64 * 1024


def begun_workbook(name: str, rows: Iterable[Sequence[Cell]]) -> tuple[IO[bytes], Callable[[], None]]:
    """A file with all rows, of which the first has the heads; and what completes it, reading no more."""
    file = TemporaryFile()  # noqa: SIM115
    workbook = Workbook(file, {"constant_memory": True})
    try:
        _write_all(workbook, name, iter(rows))
    except BaseException:
        workbook.close()  # removes the files of its sheets
        file.close()
        raise
    return file, workbook.close


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _write_all(workbook: Workbook, name: str, rows: Iterator[Sequence[Cell]]) -> None:
    heads = next(rows)
    sheet, line = _begin_sheet(workbook, name, heads), 1
    for row in rows:
        if line == LINES_OF_A_SHEET:
            further = f"{name} {len(workbook.worksheets()) + 1}"
            sheet, line = _begin_sheet(workbook, further, heads), 1
        _write(sheet, line, row)
        line += 1
        if line % LINES_IN_A_ROW == 0:
            time.sleep(0)


def _begin_sheet(workbook: Workbook, name: str, heads: Sequence[Cell]) -> Worksheet:
    sheet = workbook.add_worksheet(name)
    _write(sheet, 0, heads)
    return sheet


def _write(sheet: Worksheet, line: int, row: Sequence[Cell]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int | float):
            sheet.write_number(line, column, round(value, 3))
        elif text := cell_text(value):
            _write_text(sheet, line, column, text)


def _write_text(sheet: Worksheet, line: int, column: int, text: str) -> None:
    """XlsxWriter takes a text in <r>…</r> for markup of its own: such a one is written in pieces."""
    if text.startswith("<r>") and text.endswith("</r>"):
        sheet.write_rich_string(line, column, text[:1], text[1:2], text[2:])
    else:
        sheet.write_string(line, column, text)
