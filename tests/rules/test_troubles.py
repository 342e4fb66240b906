"""The troubleshooting page says for each problem what people see, what to do, and names an existing test."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubles.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| trouble")]


def test_every_trouble_has_its_four_columns_and_a_test_that_is_there() -> None:
    assert len(ROWS) >= 8
    for row in ROWS:
        _, trouble, seen, done, tested, _ = row.split("|")
        assert all(words.strip() for words in (trouble, seen, done)), row
        named = re.findall(r"`(tests/[\w/.]+)`", tested)
        assert named or tested.strip() == "tried by hand", row
        assert [file for file in named if not (ROOT / file).exists()] == []
