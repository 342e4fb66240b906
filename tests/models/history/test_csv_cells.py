"""No cell of an export is run by a spreadsheet, whatever separator it is set to; all come from one writer."""

import csv
import io
from pathlib import Path

import pytest

from models.history.csv_cells import as_it_was, csv_lines, defused

ROOT = Path(__file__).parents[3]
RUN = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
HOSTILE = [
    *("=1", "+1", "-1", "@x", "\tx", "\r=1", "  =1", "＝1", "\u00a0=1", "\ufeff=1", "'=1", '"=1"', '""=1'),
    *("Ana;=1", "Ana; =1", "Ana\t=1", "Ana\n=1", "Ana\r\n@x", 'Ana;"=1"', "Ana;;=1", "Ana;'=1", "a,b;=1;-2"),
]
HARMLESS = ["Ana - 4", "O'Neill; Ana", "Ana=4", "a;b", "'twas", "", "a@b", "Zoë “Z”"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("cell", HOSTILE)
def test_a_spreadsheet_set_to_any_separator_runs_no_cell(cell: str, separator: str) -> None:
    line = "".join(csv_lines([[7, cell, "after"], [8, None, 1.5]]))
    for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
        for found in row:
            for each in found.splitlines():
                assert not each.lstrip(' \u00a0\u200b\u2060\ufeff"\t\r\n').startswith(RUN), found


@pytest.mark.parametrize("cell", [*HOSTILE, *HARMLESS])
def test_what_was_defused_can_be_read_back(cell: str) -> None:
    assert as_it_was(defused(cell)) == cell
    assert as_it_was(defused(defused(cell))) == defused(cell)


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert defused(cell) == cell


def test_only_one_file_of_the_product_writes_csv() -> None:
    rooms = ("bot", "commands", "jobs", "models", "web")
    code = {file.name: file.read_text() for room in rooms for file in (ROOT / room).rglob("*.py")}
    assert [name for name, text in code.items() if "csv.writer" in text or "DictWriter" in text] == [
        "csv_cells.py"
    ]
