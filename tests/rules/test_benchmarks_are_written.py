"""The tables of docs/performance.md: a run replaces its own and no other; ratios are of single rounds."""

import pytest

from bench.compare import COLUMNS, add_rows
from bench.page import BEGIN, END, MARK, PAGE, with_sections
from bench.tables import Table, percentile

ORDER = ["joins, sqlite", "joins, postgres", "waits"]
OLD = "<!-- part: joins, sqlite -->\n### Old joins\n\n<!-- part: waits -->\n### Old waits\n"
TEXT = f"Words before.\n{BEGIN}\n{OLD}{END}\nWords after.\n"


def test_a_run_of_one_part_replaces_its_table_only() -> None:
    text = with_sections(TEXT, {"joins, sqlite": "### New joins\n"}, ORDER)
    assert "Old joins" not in text
    assert text.index("Words before.") < text.index("New joins") < text.index("Old waits")
    assert text.endswith(f"{END}\nWords after.\n")


def test_a_table_that_was_not_there_comes_in_its_order() -> None:
    text = with_sections(TEXT, {"joins, postgres": "### Postgres\n"}, ORDER)
    assert text.index("Old joins") < text.index("Postgres") < text.index("Old waits")
    assert with_sections(text, {}, ORDER) == text


def test_every_table_of_the_page_stands_under_its_mark() -> None:
    measured = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert measured.count("\n### ") == len(MARK.findall(measured))


def test_an_older_commit_is_compared_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("Beside it", COLUMNS)
    add_rows(table, [({"CPU ms": 10.0}, {"CPU ms": 4.0}), ({"CPU ms": 20.0}, {"CPU ms": 10.0})])
    assert table.rows == [("CPU ms", "15.00 (10.00–20.00)", "7.00 (4.00–10.00)", "0.45 (0.40–0.50)")]
    assert "CPU ms" in capsys.readouterr().out


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_a_percentile_of_few_lies_among_them(percent: int) -> None:
    assert 100 <= percentile([0.1] * 19 + [0.9], percent) <= 900


def test_one_of_a_hundred_took_longer_than_the_99th_percentile() -> None:
    assert 99 <= percentile([number / 1000 for number in range(1, 101)], 99) < 100
