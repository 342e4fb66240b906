"""What is kept of files is never older than they are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.keeping import kept


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


def test_what_can_not_be_written_to_its_end_leaves_nothing_behind(
    tmp_path: Path, ask: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_paths: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert ask() == "a"
    assert files(tmp_path) == []


def test_a_file_that_moves_to_another_folder_counts(words: Path, tmp_path: Path) -> None:
    asked = lambda path: kept("names", [path], lambda: path.parent.name, tmp_path / "kept")  # noqa: E731
    asked(words)
    (tmp_path / "other").mkdir()
    assert asked(words.rename(tmp_path / "other" / words.name)) == "other"


def test_a_folder_that_is_renamed_counts_however_deep_its_files_are(tmp_path: Path) -> None:
    for folder, content in (("first", "a"), ("second", "b")):
        (tmp_path / folder / "icons").mkdir(parents=True)
        (tmp_path / folder / "icons" / "bell.svg").write_text(content)

    def asked() -> list[str]:
        files = tmp_path.rglob("bell.svg")
        named = lambda: sorted(f"{path.parts[-3]} {path.read_text()}" for path in files)  # noqa: E731
        made: list[str] = kept("icons", tmp_path.rglob("bell.svg"), named, tmp_path / "kept")
        return made

    assert asked() == ["first a", "second b"]
    (tmp_path / "second").rename(tmp_path / "third")
    assert asked() == ["first a", "third b"]
