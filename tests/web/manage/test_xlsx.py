"""The files for spreadsheets: XLSX holds the cells of the CSV file, and runs nothing."""

import csv
import io
import re
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from models.history.csv_cells import Cell, csv_lines
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.acceptance.installation import comes_true
from tests.models.history.test_csv_cells import HARMLESS, HOSTILE
from tests.web.manage.test_statistics import DAY, shop
from tests.web.visitor import Visitor
from tests.world import ANA
from web.manage.statistics import xlsx_file
from web.manage.statistics.xlsx_file import begun_workbook, chunks_of

__all__ = ["shop"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MARKUP = [
    "<r>x</r>",
    "<r><t>x</t></r>",
    "<r></r>",
    "<b>x</b>",
    "&amp;",
    "_x0041_",
    "https://evil.example",
    "a\tb",
]


def file_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    file, complete = begun_workbook("tickets", rows)
    complete()
    return b"".join(chunks_of(file))


def sheets_in(file: bytes) -> Iterator[list[list[str]]]:
    """The cells of each sheet as text, read without any library for such files."""
    with ZipFile(io.BytesIO(file)) as parts:
        for name in sorted(each for each in parts.namelist() if each.startswith("xl/worksheets/sheet")):
            root = ElementTree.fromstring(parts.read(name))
            assert not root.findall(f".//{MAIN}f"), "a formula"
            assert not root.findall(f".//{MAIN}hyperlink"), "a link"
            yield [[*cells_of(row)] for row in root.iter(f"{MAIN}row")]


def cells_of(row: ElementTree.Element) -> Iterator[str]:
    reached = 0
    for cell in row.iter(f"{MAIN}c"):
        column = column_of(cell.attrib["r"])
        yield from [""] * (column - reached)
        reached = column + 1
        value = cell.find(f"{MAIN}v")
        texts = "".join(each.text or "" for each in cell.iter(f"{MAIN}t"))
        written = value.text if value is not None and value.text else texts
        yield re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), written)


def column_of(place: str) -> int:
    column = 0
    for letter in re.sub(r"\d", "", place):
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def table_in(text: str) -> list[list[str]]:
    """A CSV file's rows, without the empty cells at their ends, of which an XLSX file has none."""
    rows = [*csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))]
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    return rows


@pytest.mark.parametrize("page", ["tickets", "days"])
@pytest.mark.parametrize("more", ["", "&phones=1"])
def test_it_equals_the_csv_file_cell_by_cell(shop: Queue, rosas: Visitor, page: str, more: str) -> None:
    answer = rosas.client.get(f"/manage/statistics/{page}.xlsx?{DAY}{more}")
    assert (answer.status_code, answer.mimetype) == (200, XLSX)
    assert f'filename="{page}-2026-03-10-2026-03-10.xlsx"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    written = rosas.client.get(f"/manage/statistics/{page}.csv?{DAY}{more}").get_data(as_text=True)
    assert [*sheets_in(answer.data)] == [table_in(written)]


def test_phones_only_if_asked_for_and_noted_in_the_audit_log(shop: Queue, rosas: Visitor) -> None:
    def cells(more: str = "") -> list[str]:
        (sheet,) = sheets_in(rosas.client.get(f"/manage/statistics/tickets.xlsx?{DAY}{more}").data)
        return [cell for row in sheet for cell in row]

    assert not [cell for cell in cells() if ANA in cell]
    assert "with phone numbers" not in rosas.open("/manage/audit").text
    assert [cell for cell in cells("&phones=1") if ANA in cell]
    assert "exported: statistics/tickets.xlsx, with phone numbers" in rosas.open("/manage/audit").text


def test_the_statistics_page_leads_to_both_kinds(shop: Queue, rosas: Visitor) -> None:
    links = {link.text for link in rosas.open(f"/manage/statistics?{DAY}").root.all("a")}
    for kind in ("CSV", "XLSX"):
        assert {f"Tickets as {kind}", f"Tickets with phones as {kind}", f"Days as {kind}"} <= links


def test_whatever_anybody_is_called_is_text() -> None:
    rows: list[list[Cell]] = [["name", "number"], *([each, 7] for each in [*HOSTILE, *HARMLESS, *MARKUP])]
    (sheet,) = sheets_in(file_of(rows))
    expected = [[cell.replace("\r\n", "\n") for cell in row] for row in table_in("".join(csv_lines(rows)))]
    assert [[cell.replace("\r\n", "\n") for cell in row] for row in sheet] == expected


def test_figures_are_numbers_and_what_is_unknown_is_empty() -> None:
    file = file_of([["a", "b", "c", "d"], [720, 2.5, None, date(2026, 3, 10)], [0.12345, "", 3]])
    assert [*sheets_in(file)] == [
        [["a", "b", "c", "d"], ["720", "2.5", "", "2026-03-10"], ["0.123", "", "3"]]
    ]
    with ZipFile(io.BytesIO(file)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    kinds = {cell.attrib["r"]: cell.attrib.get("t") for cell in sheet.iter(f"{MAIN}c")}
    assert (kinds["A2"], kinds["B2"], kinds["D2"]) == (None, None, "inlineStr")


def test_more_lines_than_a_sheet_has_go_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "LINES_OF_A_SHEET", 3)
    sheets = [*sheets_in(file_of([["n"], *([number] for number in range(1, 6))]))]
    assert sheets == [[["n"], ["1"], ["2"]], [["n"], ["3"], ["4"]], [["n"], ["5"]]]


def test_no_file_is_left_behind_where_the_rows_break_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[Sequence[Cell]]:
        yield ["n"]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        begun_workbook("tickets", rows())
    assert [*tmp_path.iterdir()] == []


def test_many_rows_take_no_more_memory_than_few() -> None:
    def memory_for(count: int) -> int:
        rows = ([number, f"Ana {number}", *range(16)] for number in range(count))
        tracemalloc.start()
        file, complete = begun_workbook("tickets", rows)
        complete()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        file.close()
        return most

    memory_for(10)  # whatever is made once
    assert memory_for(6_000) < memory_for(60) + 300_000


@pytest.mark.parametrize("page", ["tickets.xlsx", "days.xlsx"])
def test_who_downloads_slowly_holds_no_snapshot_of_the_database(
    shop: Queue, rosas: Visitor, db: Database, page: str
) -> None:
    answer = rosas.client.get(f"/manage/statistics/{page}?{DAY}", buffered=False)
    next(answer.iter_encoded())
    assert comes_true(lambda: db.engine.pool.checkedout() == 0, 10), "held as long as it downloads"  # type: ignore[attr-defined]
    answer.close()
