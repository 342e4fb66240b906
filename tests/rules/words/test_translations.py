"""Every message of the pages is in every catalog: translated, with the same placeholders, and compiled."""

import re
import tomllib
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.wording.sms_templates import languages

ROOT = Path(__file__).parents[3]
TRANSLATIONS = ROOT / "translations"
LANGUAGES = sorted(path.name for path in TRANSLATIONS.iterdir() if path.is_dir())
FACT = re.compile(r"%\(\w+\)|\{\w+\}")
WITH_PAGES = {"templates", "web"}


@cache
def catalog(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(words: object) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, list | tuple) else (str(words or ""),)


def key(message: Message) -> tuple[object, str | None]:
    return message.id, message.context


def facts(*words: str) -> set[str]:
    return {fact for text in words for fact in FACT.findall(text)}


def extracted() -> set[tuple[object, str | None]]:
    """The messages that `make translations` would extract now."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        method_map=[(mapping["pattern"], mapping["method"]) for mapping in mappings],
        keywords=DEFAULT_KEYWORDS | parse_keywords(["_l", "lazy_gettext"]),
        directory_filter=lambda path: bool(WITH_PAGES & {*Path(path).relative_to(ROOT).parts}),
    )
    return {(words, context) for _file, _line, words, _comments, context in found}


def test_every_language_of_our_texts_is_there() -> None:
    assert {"en", *LANGUAGES} == set(languages())


def test_the_collected_words_are_those_of_the_pages() -> None:
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        collected = {key(message) for message in read_po(file) if message.id}
    now = extracted()
    assert len(now) > 500
    assert collected == now, "`make translations` collects them anew"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_every_word_and_no_other(language: str) -> None:
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        collected = {key(message) for message in read_po(file) if message.id}
    assert {key(message) for message in catalog(language) if message.id} == collected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_no_gap_and_no_guess(language: str) -> None:
    known = catalog(language)
    for message in known:
        if message.id:
            assert all(form.strip() for form in forms(message.string)), f"{message.id!r} is not translated"
            assert not message.fuzzy, f"{message.id!r} is a guess"
            if message.pluralizable:
                assert len(forms(message.string)) == known.num_plurals, f"{message.id!r} lacks a form"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_filled_in_with_the_same_facts(language: str) -> None:
    for message in catalog(language):
        if message.id:
            assert facts(*forms(message.string)) == facts(*forms(message.id)), f"{message.id!r} tells others"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_of_today(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalog(language))
    kept = (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert kept == compiled.getvalue(), "`make translations` compiles it"
