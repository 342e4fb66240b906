"""The language of a text, the line that counts, a yes or a no, and what a phone sends by itself."""

import pytest

from bot.meanings import Meaning
from bot.understanding import Intent, readable, understand
from tests.bot.understanding.asked import KEYWORDS, meaning_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            ("LANG es", "es"),
            ("lang FR", "fr"),
            ("language español", "es"),
            ("Lang pt-BR", "pt"),
            ("LANG", None),
        ),
        *(("Español", "es"), ("in English please", "en"), ("français", "fr")),
        *(("Deutsch", "de"), ("Französisch", "fr"), ("português", "pt"), ("lang Alemão", "de")),
    ],
)
def test_a_language_is_asked_for(text, language):
    assert understand(text, KEYWORDS) == Intent(Meaning.LANGUAGE, language=language)


@pytest.mark.parametrize(
    ("text", "exact"), [("STOP", True), (" stop\n", True), ("STOP.", False), ("ARRET", False)]
)
def test_the_carriers_word_alone_is_told_from_other_words(text, exact):
    intent = understand(text, KEYWORDS)
    assert (intent.meaning, intent.exact) == (Meaning.OPT_OUT, exact)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            ("ya llegué", "es"),
            ("j'arrive", "fr"),
            ("já cheguei", "pt"),
            ("ich bin da", "de"),
            ("I'm here", "en"),
        ),
        *(("Hola CET236", "es"), ("CET236", None), ("LEAVE", None), ("15", None), ("STATUS CET236", None)),
    ],
)
def test_the_language_of_a_text_is_known_where_it_says_enough(text, language):
    assert understand(text, KEYWORDS).wrote_in == language


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *(("yes please", True), ("sí", True), ("oui", True), ("sim", True), ("ja", True)),
        *(("no", False), ("nein", False), ("LEAVE", None)),
    ],
)
def test_a_yes_or_a_no_is_known_in_every_language(text, answer):
    assert understand(text, KEYWORDS).answer is answer


def test_a_language_decides_a_word_that_means_two_things():
    assert understand("hier", KEYWORDS, "de").meaning == Meaning.HERE
    assert understand("hier", KEYWORDS, "fr").meaning != Meaning.HERE


@pytest.mark.parametrize(
    "text",
    [
        *("LEAVE\nSent from my iPhone", "LEAVE\nAna Lopes\nLisbon", "LEAVE!!! thank you so much"),
        *("LEAVE\n\nEnviado desde mi iPhone", "Leave\n--\nAna"),
    ],
)
def test_the_first_line_counts(text):
    assert meaning_of(text) == Meaning.LEAVE


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Liked “You are number 12”",
            "Liked an image",
            "Le gustó “Eres el número 12”",
            "Le encantó una imagen",
        ),
        *("A aimé « Vous êtes le numéro 12 »", "Gostou de “Você é o número 12”", "Adorou uma foto"),
        *("Hat „Sie sind Nummer 12“ mit ❤️ reagiert", "Reagierte mit 👍 auf „Sie sind Nummer 12“"),
        *("Reaccionó con 👍 a “Eres el número 12”", "A réagi avec 👍 à « Vous êtes le numéro 12 »"),
        *(
            "Removed a like from “You are number 12”",
            "👍 to “You are number 12”",
            "Reagiu com 😂 a “Você é o 12”",
        ),
    ],
)
def test_a_reaction_wants_no_answer(text):
    assert meaning_of(text) == Meaning.THANKS


def test_readable_text_is_one_line_without_what_nobody_typed():
    assert readable("  An\x00a\u202e \r\n B\ud800 ") == "Ana B"
