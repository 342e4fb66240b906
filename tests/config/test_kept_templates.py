"""Compiled templates are kept for the next start, and are never older than what they are made of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from config.kept_templates import KeptTemplates


@pytest.fixture
def options(tmp_path: Path) -> Path:
    path = tmp_path / "application.py"
    path.write_text("autoescape")
    return path


@pytest.fixture
def start(tmp_path: Path, options: Path) -> Callable[..., Environment]:
    """A new process's environment with this page."""

    def started(page: str = "Hello {{ name }}", **given: bool) -> Environment:
        kept = KeptTemplates(options, folder=tmp_path / "kept")
        return Environment(loader=DictLoader({"page.html": page}), bytecode_cache=kept, **given)

    return started


def shown(pages: Environment, name: str = "Ana") -> str:
    return pages.get_template("page.html").render(name=name)


def refuse(*_asked: object, **_named: object) -> str:
    raise AssertionError("compiled again")


def test_the_next_start_compiles_nothing(
    start: Callable[..., Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(start())
    monkeypatch.setattr(Environment, "compile", refuse)
    assert shown(start()) == "Hello Ana"


def test_a_changed_page_counts_at_once(start: Callable[..., Environment], tmp_path: Path) -> None:
    shown(start())
    assert shown(start("Bye {{ name }}")) == "Bye Ana"
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_options_of_another_version_compile_anew(start: Callable[..., Environment], options: Path) -> None:
    shown(start(autoescape=False))
    options.write_text("autoescape=True")
    assert shown(start(autoescape=True), "<b>") == "Hello &lt;b&gt;"


def test_another_version_of_what_sets_options_compiles_anew(
    start: Callable[..., Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(start(autoescape=False))
    monkeypatch.setattr("config.kept_templates.version", lambda package: f"{package} of tomorrow")
    assert shown(start(autoescape=True), "<b>") == "Hello &lt;b&gt;"


def test_options_that_change_once_it_is_made_count_at_the_next_start(
    start: Callable[..., Environment], options: Path
) -> None:
    running = start(autoescape=False)
    options.write_text("autoescape=True")
    shown(running)
    assert shown(start(autoescape=True), "<b>") == "Hello &lt;b&gt;"


@pytest.mark.parametrize("content", [b"", b"half", b"x" * 200])
def test_a_damaged_one_is_compiled_anew(
    start: Callable[..., Environment], tmp_path: Path, content: bytes
) -> None:
    shown(start())
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(content)
    assert shown(start()) == "Hello Ana"


def test_where_nothing_can_be_written_each_start_compiles(
    start: Callable[..., Environment], tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("no folder")
    assert shown(start()) == "Hello Ana"
