"""Every kind of text, in every language, renders whatever the facts, within two segments of GSM-7."""

import re
from enum import StrEnum

import pytest

from bot.wording import GSM_TEXT, TEMPLATES, ReplyKind, languages, render, segments
from models.message import TextKind

KINDS: list[StrEnum] = [*ReplyKind, *TextKind]

PLAIN = {
    "number": 12,
    "queue": "Haircuts",
    "keyword": "CET236",
    "business": "Barber Lopes",
    "name": "Ana",
    "desk": "Chair 1",
    "ahead": 3,
    "wait_low": 10,
    "wait_high": 20,
    "wait_state": "ok",
    "link": "https://queue.example.com/t/abcdefghijklmnop",
    "reason": None,
    "first": False,
    "note": "The coffee machine is free today.",
    "keywords": ["CET236", "BARBER"],
    "suggestions": ["CET236"],
    "choices": [{"keyword": "CET236", "queue": "Haircuts"}, {"keyword": "SHAVE", "queue": "Shaves"}],
}
ALWAYS_THERE = ("number", "queue", "keyword", "business", "note", "suggestions", "choices")
LEAST = {fact: PLAIN[fact] for fact in ALWAYS_THERE} | {"token": "abcdefghijklmnop"}
LONG_LINK = "https://" + "queue-of-a-very-long-name." * 3 + "example/t/abcdefghijklmnop"
GREATEST = PLAIN | {
    "number": 99_999,
    "queue": "Ünïted Çounters – ‘Región’ [Nº 5] " * 4,
    "keyword": "X" * 20,
    "business": "{Łódź & Søns} €€€ " * 8,
    "name": "王小明" * 13,
    "desk": "Schalter “Größe” 7 am Ende",
    "ahead": 12_345,
    "wait_low": 1_000,
    "wait_high": 2_000,
    "wait_state": "unstaffed",
    "link": LONG_LINK,
    "first": True,
    "note": "Ça ne marche pas… " * 60,
    "keywords": ["X" * 19 + str(n) for n in range(10)],
    "suggestions": ["LEAVE " + "X" * 19 + str(n) for n in range(3)],
    "choices": [{"keyword": "X" * 19 + str(n), "queue": "[~Ñ~]" * 12} for n in range(10)],
}
FACTS = {"plain": PLAIN, "least": LEAST, "greatest": GREATEST, "first": PLAIN | {"first": True}} | {
    state: PLAIN | {"wait_state": state, "ahead": 0} for state in ("stalled", "unstaffed", "paused")
}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{type(kind).__name__}.{kind}")
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_every_kind_renders_in_every_language_within_two_segments(kind, language, facts):
    text = render(kind, facts, language)
    assert GSM_TEXT.fullmatch(text)
    assert 1 <= segments(text) <= 2
    assert text == " ".join(text.split())
    assert "None" not in text
    assert "{" not in text.replace("{Lodz", "")
    assert not re.search(r"[.!?:,;][A-Z]", text.replace(str(facts.get("link")), "")), "a space is missing"


@pytest.mark.parametrize("language", languages())
def test_only_the_turn_text_says_that_it_is_your_turn(language):
    sly = "It’s your turn"
    facts = PLAIN | {"name": sly, "queue": sly.upper(), "note": f"{sly}! it's  YOUR\nturn", "business": sly}
    for kind in KINDS:
        said = render(kind, facts, language).lower().count("it's your turn")
        assert said == (1 if kind == TextKind.YOUR_TURN else 0)


@pytest.mark.parametrize(
    "kind", [ReplyKind.JOINED, ReplyKind.ALREADY_WAITING, ReplyKind.STATUS, TextKind.JOINED]
)
@pytest.mark.parametrize("language", languages())
def test_the_first_numeral_of_an_answer_is_the_ticket_number(kind, language):
    text = render(kind, PLAIN | {"queue": "Room 7", "name": "Ana 2", "business": "3 Lads"}, language)
    assert re.findall(r"\d+", text)[0] == "12"


def test_every_template_belongs_to_a_kind_or_to_other_templates():
    kinds = {str(kind) for kind in KINDS}
    for language in languages():
        written = {path.stem for path in (TEMPLATES / language).iterdir()}
        assert {name for name in written if not name.startswith("_")} == kinds
