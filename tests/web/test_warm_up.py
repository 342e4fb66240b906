"""Where the services may not write beside the program, they find there what each start would make anew."""

import jinja2
import pytest

import bot.understanding.grammar as of_words
import config.keeping
from app import warm_up
from config.locations import CODE

TEMPLATES = CODE / "templates"


def refuse(*_asked: object, **_named: object) -> str:
    raise AssertionError("made again")


def test_after_it_a_start_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    found: list[str] = []
    get_template = jinja2.Environment.get_template

    def find(pages: jinja2.Environment, name: str) -> jinja2.Template:
        found.append(name)
        return get_template(pages, name)

    monkeypatch.setattr(of_words, "grammar", of_words.grammar.__wrapped__)  # as a new process, which has none
    monkeypatch.setattr(jinja2.Environment, "get_template", find)
    monkeypatch.setattr(jinja2.Environment, "compile", refuse)
    monkeypatch.setattr(config.keeping, "write_kept", refuse)
    warm_up()
    pages = (path for path in (TEMPLATES / "web").rglob("*") if path.is_file())
    assert sorted(found) == sorted(str(path.relative_to(TEMPLATES)) for path in pages)
