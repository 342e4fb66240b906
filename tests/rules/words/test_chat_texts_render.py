"""Texts to WhatsApp and RCS: in every language, whatever the facts, with every letter as it was typed."""

import re

import pytest

from bot.meanings import Meaning
from bot.reply_kinds import ReplyKind
from bot.understanding import understand
from bot.wording.rendering import render
from bot.wording.sms_templates import WORDS, languages
from bot.wording.text_forms import AS_CHAT, AS_SMS, MOST_LETTERS
from models.texts.text_kinds import TextKind
from tests.bot.sheet import LINK, USUAL, sheet
from tests.rules.words.test_texts_render import CALLS, FACTS, KINDS, PLAIN, SAYS_WHAT_WE_ARE_TOLD

NEEDS_LETTERS = {"name": "王小明 🦊", "queue": "Prüfungen & Año", "business": "Łódź Café", "desk": "№ 3"}
TOLD_WITH_A_LINK = [
    *(ReplyKind.JOINED, ReplyKind.ALREADY_WAITING, ReplyKind.STATUS),
    *(TextKind.YOUR_TURN, TextKind.NEARLY_UP, TextKind.REMINDER, TextKind.PUT_BACK, TextKind.BROUGHT_BACK),
    *(TextKind.ON_HOLD, TextKind.PROMISE_CHANGED),
    *(TextKind.CALLED_TOO_EARLY, TextKind.STILL_WAITING, TextKind.TRANSFERRED),
]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_every_kind_renders_in_every_language(language, facts):
    for kind in KINDS:
        text = render(kind, facts, language, form=AS_CHAT)
        assert 1 <= len(text) <= MOST_LETTERS, kind
        assert all(line == " ".join(line.split()) != "" for line in text.split("\n")), text
        assert "None" not in text
        assert "¶" not in text
        assert "{" not in text.replace("{Ł", "")


@pytest.mark.parametrize("language", languages())
def test_letters_of_every_script_and_emoji_are_shown_as_they_were_typed(language):
    text = render(ReplyKind.JOINED, PLAIN | NEEDS_LETTERS | {"first": True}, language, form=AS_CHAT)
    for typed in (NEEDS_LETTERS[fact] for fact in ("name", "queue", "business")):
        assert typed in text
    called = render(TextKind.YOUR_TURN, PLAIN | NEEDS_LETTERS, language, form=AS_CHAT)
    assert "№ 3" in called
    assert "王小明 🦊" in called


def test_an_emoji_of_several_parts_stays_one():
    text = render(ReplyKind.JOINED, PLAIN | {"name": "👩‍🚀"}, form=AS_CHAT)
    assert "👩‍🚀" in text


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", TOLD_WITH_A_LINK)
def test_the_link_stands_in_a_line_of_its_own_before_all_advice(kind, language):
    text = render(kind, USUAL | LINK | {"first": True}, language, form=AS_CHAT)
    assert text.split("\n")[1] == LINK["link"]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", [ReplyKind.JOINED, ReplyKind.ALREADY_WAITING, ReplyKind.STATUS])
def test_the_first_numeral_of_an_answer_is_the_ticket_number(kind, language):
    facts = PLAIN | {
        "queue": "Room 7",
        "name": "Ana 2",
        "business": "3 Lads",
        "link": "https://q1.example/t/4",
    }
    text = render(kind, facts, language, form=AS_CHAT)
    assert re.findall(r"\d+", text)[0] == "12"


@pytest.mark.parametrize("language", languages())
def test_only_the_turn_text_calls_and_begins_with_it_however_somebody_is_named(language):
    call = CALLS[language]
    facts = PLAIN | {"name": call, "queue": call.upper(), "note": f"{call}!", "business": f"Ｉ {call}"}
    for kind in KINDS:
        text = render(kind, facts, language, form=AS_CHAT).lower().replace("’", "'")
        said = text.count(call.replace("’", "'").lower())
        assert said == (1 if kind == TextKind.YOUR_TURN else 0), text


@pytest.mark.parametrize("language", languages())
def test_the_first_answer_says_who_writes_and_how_to_stop(language):
    text = render(ReplyKind.JOINED, USUAL | LINK | {"first": True}, language, form=AS_CHAT)
    assert {"Barber", "Lopes", "STOP", "MENU", "STATUS", "LEAVE"} <= set(re.findall(r"\w+", text))
    assert "HELP" not in text, "nobody but us answers it there"


@pytest.mark.parametrize("language", languages())
def test_the_menu_has_each_word_in_a_line_of_its_own(language):
    lines = render(ReplyKind.MENU, USUAL, language, form=AS_CHAT).split("\n")
    words = ["STATUS", "WHEN", "LEAVE", "LATER", "15", "HERE", "AGAIN", "1-5", "LANG", "FORGET", "STOP"]
    assert [re.match(r"[\w-]+", line)[0] for line in lines[1:]] == words
    assert "CET236 Ana 4" in lines[0]


@pytest.mark.parametrize("language", sorted(set(languages()) - {"en"}))
def test_no_text_is_left_in_english(language):
    english = {(kind, state): text for kind, state, text in sheet("en", AS_CHAT)}
    for kind, state, text in sheet(language, AS_CHAT):
        if kind not in SAYS_WHAT_WE_ARE_TOLD:
            assert text != english[kind, state], text


def test_every_language_has_the_same_words_of_its_own():
    written = {
        language: {path.name for path in (WORDS / "chat" / language).iterdir()} for language in languages()
    }
    assert all(files == written["en"] for files in written.values())
    assert all(
        (WORDS / "sms" / "en" / name).exists() or name in ("_told.txt", "_late.txt") for name in written["en"]
    )


def test_own_words_of_a_business_are_said_with_all_letters():
    own = "Olá {name}, é o número {number} 💈"
    facts = USUAL | {"name": "José"}
    assert render(ReplyKind.JOINED, facts, "pt", own=own, form=AS_CHAT) == "Olá José, é o número 27 💈"
    assert render(ReplyKind.JOINED, facts, "pt", own=own, form=AS_SMS) == "Ola José, é o numero 27"


@pytest.mark.parametrize(
    "advised", ["5 min late", "5 min tarde", "5 min de retard", "5 min de atraso", "5 Min später"]
)
def test_what_the_turn_text_advises_is_understood(advised):
    turns = [render(TextKind.YOUR_TURN, USUAL, language, form=AS_CHAT) for language in languages()]
    assert any(advised in text for text in turns)
    understood = understand(advised, ["CET236"])
    assert (understood.meaning, understood.number) == (Meaning.COMING, 5)
