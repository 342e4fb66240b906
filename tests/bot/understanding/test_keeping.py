"""What is kept of the files of words is never older than they are."""

import gc
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.understanding.grammar import FOLDER, grammar, load
from bot.understanding.keeping import kept


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.toml"
    path.write_text("a")
    return path


@pytest.fixture
def ask(words: Path, tmp_path: Path) -> Callable[[], str]:
    return lambda: kept("grammar", [words], words.read_text, tmp_path / "kept")


def files(folder: Path) -> list[Path]:
    return list((folder / "kept").iterdir())


def test_it_is_made_once_for_the_same_content(words: Path, tmp_path: Path) -> None:
    def refuse() -> str:
        raise AssertionError("made again")

    assert kept("grammar", [words], words.read_text, tmp_path / "kept") == "a"
    assert kept("grammar", [words], refuse, tmp_path / "kept") == "a"


def test_a_changed_file_counts_at_once_and_the_old_one_is_removed(
    words: Path, tmp_path: Path, ask: Callable[[], str]
) -> None:
    ask()
    words.write_text("b")
    assert ask() == "b"
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"", b"half", b"x" * 200])
def test_a_damaged_one_is_made_anew(
    words: Path, tmp_path: Path, ask: Callable[[], str], content: bytes
) -> None:
    ask()
    files(tmp_path)[0].write_bytes(content)
    assert ask() == "a"


def test_where_nothing_can_be_written_it_is_made_at_each_start(words: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    assert kept("grammar", [words], words.read_text, tmp_path / "kept") == "a"


def test_the_kept_grammar_reads_as_the_built_one(tmp_path: Path) -> None:
    built = load(FOLDER)
    kept("grammar", [], lambda: built, tmp_path / "kept")
    again = kept("grammar", [], lambda: None, tmp_path / "kept")
    assert again.rules == built.rules
    words = [again.automaton.signature(word) for word in ("PLEASE", "CANCEL", "MY", "SPOT")]
    assert again.automaton.spans(words, 0, 4) == built.automaton.spans(words, 0, 4) != []


def test_what_is_kept_is_fewer_objects_than_places_in_patterns() -> None:
    """Each would be read at the start of every process, and looked at by each collection of garbage."""
    automaton = pickle.loads(pickle.dumps(grammar())).automaton
    met, new = set[int](), [vars(automaton)]
    while new:
        one = new.pop()
        if id(one) not in met and isinstance(one, dict | list | tuple):
            met.add(id(one))
            new += gc.get_referents(one)
    assert len(met) < len(automaton._label_of) / 2
