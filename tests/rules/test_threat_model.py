"""Every promise of the threat model names a test, and the named tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS = (ROOT / "docs" / "threat-model.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", WORDS)


@cache
def names_in(path: str) -> set[str]:
    file = ROOT / path
    if not file.is_file():
        return set()
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_is_there() -> None:
    assert [f"{path}::{name}" for path, name in NAMED if name not in names_in(path)] == []
    assert len(NAMED) > 50


def test_every_promise_names_a_test() -> None:
    rows = [line for line in WORDS.splitlines() if line.startswith("|") and not line.startswith("|---")]
    promises = [row for row in rows if not row.endswith("| shown by |")]
    assert len(promises) > 30
    assert [row for row in promises if "::test_" not in row.rsplit("|", 2)[1]] == []
