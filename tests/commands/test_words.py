"""`flask words evaluate` says how well texts are understood, or in one line why it can't."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run, refusal

LIST = """lang,text,label,also,never
en,cancel my spot,leave,,
en,nevermind,leave,ask,
en,xyzzy,status,,
en,don't cancel,,,leave|stop
es,ya llegué,here,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    path.write_text(LIST)
    return path


def test_each_language_has_its_line(run: Run, file: Path) -> None:
    result = run("words", "evaluate", str(file), "--faults")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["en", "3", "2", "66.7%", "0", "1", "1", "0"]
    assert lines[2].split() == ["es", "1", "1", "100.0%", "0", "0", "0", "0"]
    assert lines[3] == "en: 'xyzzy': unknown, not status"


def test_the_figures_are_there_for_programs(run: Run, file: Path) -> None:
    found = json.loads(run("words", "evaluate", str(file), "--json").stdout)
    english = found["en"]
    assert (english["texts"], english["understood"], english["wrong"], english["hurt"]) == (3, 2, 1, 0)


def test_a_keyword_of_the_list_may_be_given(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("lang,text,label\nen,hi BARBER,join\n")
    assert "0.0%" in run("words", "evaluate", str(path)).stdout
    assert "100.0%" in run("words", "evaluate", str(path), "--keyword", "barber").stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "can't be read"),
        (b"a,b\n1,2\n", "must have the columns lang,text,label"),
        (b"lang,text,label\n,hi,join\n", "line 2"),
        (b"lang,text,label\nen,\xff,join\n", "not a list of texts"),
    ],
)
def test_a_list_that_can_not_be_used_is_refused(
    run: Run, tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "texts.csv"
    if content is not None:
        path.write_bytes(content)
    assert says in refusal(run("words", "evaluate", str(path)), 1)
