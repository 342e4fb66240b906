"""Texts of which only a part is understood, and reasons that are told beside an order."""

from pathlib import Path

import pytest

from bot.meanings import DECISIVE, Meaning
from bot.understanding import understand
from bot.understanding.grammar import load
from tests.bot.understanding.asked import KEYWORDS, meaning_of


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("there was an awful smash near us so we'll be late", "later"),
        ("ok so the zebra says where am i in line pretty please", "status"),
        ("bzzt hold my spot for a few minutes bzzt", "later"),
        ("glorp i am on my way glorp", "coming"),
        ("glorp remind me 15 minutes before", "minutes"),
    ],
)
def test_a_question_or_news_is_found_in_the_midst_of_other_words(text, meaning):
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "glorp cancel my spot",
        "my sister cancel my spot zorp",
        "mi hermana canceló su cita",
        "glorp stop texting me",
        "glorp delete all my data",
        "glorp put me in line",
        "glorp i'm here",
    ],
)
def test_what_is_done_at_once_is_taken_from_no_text_that_is_half_understood(text):
    assert understand(text, KEYWORDS).meaning not in DECISIVE | {"here"}


@pytest.mark.parametrize(
    "text",
    [
        "zorp zorp can you take me off the list",
        "please cancel my spot blip blap",
        "surgió una emergencia zorp quítenme de la lista",
        "blip blap bitte von der Liste nehmen",
    ],
)
def test_an_order_that_begins_a_sentence_and_names_the_line_counts_beside_unknown_words(text):
    assert meaning_of(text) == "leave"


def test_behind_an_if_nothing_is_what_it_says():
    assert meaning_of("glorp if i am running very late glorp") != "later"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("our sitter fell through cancel our spot", "leave"),
        ("kid is sick wont be able to come", "leave"),
        ("my ride is here so i have to leave the line sorry", "leave"),
        ("baby needs changing can you give us a few extra minutes", "later"),
        ("traffic is terrible", "later"),
        ("traffic is terrible please cancel", "leave"),
        ("mi hija se enfermó tengo que cancelar", "leave"),
        ("ma fille est malade je dois annuler", "leave"),
        ("minha filha está doente preciso cancelar", "leave"),
        ("meine Tochter ist krank ich muss absagen", "leave"),
    ],
)
def test_what_happens_to_others_is_a_reason_and_hides_no_order(text, meaning):
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "my wife wants to take me off the list",
        "my friend said cancel my spot",
        "mi mamá quiere un turno",
        "meine Mutter will eine Nummer",
        "si tardan mucho me voy",
        "si c'est trop long je pars",
        "ich will nicht in die Schlange",
        "I may cancel",
    ],
)
def test_what_others_want_and_what_depends_on_something_is_no_order(text):
    assert understand(text, KEYWORDS).meaning not in DECISIVE


def test_a_word_with_another_ending_is_the_word(tmp_path: Path):
    (tmp_path / "xx.toml").write_text("[endings]\nin = 'ing'\n[[later]]\npatterns = ['loitering']\n")
    automaton = load(tmp_path).automaton
    assert automaton.signature("LOITERIN") == automaton.signature("LOITERING")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("not interested, stop texting me", "opt_out"),
        ("kein Interesse, bitte nicht mehr schreiben", "opt_out_and_leave"),
        ("je ne suis pas intéressé, ne m'écrivez plus", "opt_out_and_leave"),
    ],
)
def test_no_interest_and_no_more_texts_go_together(text, meaning):
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "sin mensajes",
        "sem mensagens",
        "keine SMS",
        "keine Nachricht",
        "pas de message",
        "pas de sms",
    ],
)
def test_no_texts_is_an_order_or_a_complaint_and_is_asked_about(text):
    assert meaning_of(text) == "near_miss"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("is the queue full of glorps?", "status"),
        ("está muy glorp la cola?", "status"),
        ("la file glorpe ?", "status"),
        ("the queue is full of glorps", "chat"),
        ("glorp glorp?", "unknown"),
    ],
)
def test_a_short_question_with_a_word_of_the_line_in_it_is_answered_with_the_place(text, meaning):
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text", ["je ne suis pas arrivé encore", "aún no estoy", "I'm not here yet", "bin noch nicht da"]
)
def test_who_is_not_here_yet_is_not_taken_to_be_here(text):
    assert meaning_of(text) != "here"


def test_a_name_at_the_end_takes_nothing_from_an_order():
    assert understand("Sign up please. Marta", KEYWORDS).meaning == Meaning.JOIN
    assert understand("Sign up please. marta told me", KEYWORDS).meaning not in DECISIVE


def test_behind_a_no_nobody_is_let_pass():
    assert understand("dejen que pase la señora", KEYWORDS).meaning == Meaning.LATER
    assert understand("no dejen que pase la señora", KEYWORDS).meaning == Meaning.CHAT
