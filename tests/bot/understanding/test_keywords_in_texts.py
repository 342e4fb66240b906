"""A keyword takes a number however it is written, and what stands beside it counts."""

import pytest
from hypothesis import given, strategies as st

from bot.meanings import Meaning
from bot.understanding import Intent, understand
from tests.bot.understanding.asked import KEYWORDS


@pytest.mark.parametrize(
    ("text", "name", "party"),
    [
        ("CET236", None, None),
        ("cet236", None, None),
        ("  Cet236  ", None, None),
        ("CET236.", None, None),
        ("cet236!!!", None, None),
        ('"Cet236".', None, None),
        ("“CET236”", None, None),
        ("＃cet236", None, None),
        ("#CET236", None, None),
        ("ＣＥＴ２３６", None, None),
        ("cét236", None, None),
        ("CET 236", None, None),
        ("CET-236", None, None),
        ("C.E.T. 236", None, None),
        ("CET236\n", None, None),
        ("CET\x00236", None, None),
        ("\u200eCET236\u200f", None, None),
        ("CET236 👍", None, None),
        ("CET236 Ana", "Ana", None),
        ("CET 236 Ana", "Ana", None),
        ("CET236, Ana", "Ana", None),
        ("CET236-Ana", "Ana", None),
        ("CET236: Ana.", "Ana", None),
        ('"CET236 Ana"', "Ana", None),
        ("CET236\nAna", "Ana", None),
        ("CET236   Ana   Maria", "Ana Maria", None),
        ("CET236 Ana Ana's mother", "Ana Ana's mother", None),
        ("CET236 O'Neil", "O'Neil", None),
        ("CET236 Zoë", "Zoë", None),
        ("CET236 王小明", "王小明", None),
        ("CET236 Анна 3", "Анна", 3),
        ("CET236 Ana 4", "Ana", 4),
        ("cet236 ana,4", "ana", 4),
        ("CET236,Ana,4", "Ana", 4),
        ("CET236 4", None, 4),
        ("CET236 x4", None, 4),
        ("CET236 party of 4", None, 4),
        ("CET236 Ana party of 4", "Ana", 4),
        ("CET236 for 4", None, 4),
        ("CET236 4 people", None, 4),
        ("CET236 0", None, None),
        ("CET236 236", None, None),
        ("CET236 Ana 0", "Ana 0", None),
        ("CET236 Ana 100", "Ana 100", None),
        ("cet236 please", "please", None),
        ("CET236 I'm Max", "Max", None),  # a word in other languages, and a name
        ("CET236, soy Laura", "Laura", None),  # l'aura
        ("Hi it's Mia, CET236", "Mia", None),
        ("CET236 for Ana and 3 friends", "for Ana and 3 friends", None),
        ("JOIN CET236", None, None),
        ("join cet 236 Ana 4", "Ana", 4),
        ("Join the queue CET236", None, None),
        ("Hi, CET236", None, None),
        ("Hello! I would like to join CET236 Ana", "Ana", None),
        ("Please can I get a number for CET236", None, None),
        ("text CET236", None, None),
        ("Table for two please, CET236", None, 2),
        ("hola somos 3 CET236", None, 3),
        ("CET236 for my son Leo", "Leo", None),
        ("CET236 para mi mamá Rosa", "Rosa", None),
        ("CET236 pour ma mère", None, None),
        ("vengo a cortarme el pelo CET236", None, None),
        ("need to see someone about a parcel CET236", None, None),
    ],
)
def test_a_keyword_takes_a_number_however_it_is_written(text, name, party):
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, keyword="CET236", name=name, party=party)


def test_a_name_is_kept_as_it_stands_up_to_forty_characters():
    assert understand("CET236 " + "Ana Maria " * 20, KEYWORDS).name == ("Ana Maria " * 4).strip()


def test_the_longest_keyword_wins_when_one_begins_like_another():
    assert understand("CET 236", {"CET", "CET236"}).keyword == "CET236"
    assert understand("CET 4", {"CET", "CET236"}) == Intent(Meaning.JOIN, keyword="CET", party=4)


@pytest.mark.parametrize(
    ("text", "name", "party"),
    [
        ("JOIN", None, None),
        ("join!", None, None),
        ("Join please", None, None),
        ("join the line", None, None),
        ("can I join", None, None),
        ("JOIN Ana", "Ana", None),
        ("join Ana 4", "Ana", 4),
        ("JOIN 4", None, 4),
        ("take a number", None, None),
    ],
)
def test_join_without_a_keyword_means_whichever_queue_is_open(text, name, party):
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, name=name, party=party)


@pytest.mark.parametrize(
    ("text", "meaning", "number"),
    [
        ("leave CET236", Meaning.LEAVE, None),
        ("LEAVE cet-236.", Meaning.LEAVE, None),
        ("leave the CET236 queue please", Meaning.LEAVE, None),
        ("CET236 leave", Meaning.LEAVE, None),
        ("out cet 236", Meaning.LEAVE, None),
        ("cancel CET236", Meaning.LEAVE, None),
        ("status cet236", Meaning.STATUS, None),
        ("status of CET236", Meaning.STATUS, None),
        ("CET236?", Meaning.JOIN, None),
        ("cet236 status", Meaning.STATUS, None),
        ("where am I in CET236", Meaning.STATUS, None),
        ("later CET236", Meaning.LATER, None),
        ("LATER 3 CET236", Meaning.LATER, 3),
        ("later cet236 3", Meaning.LATER, 3),
        ("15 CET236", Meaning.NUMBER, 15),
        ("15 min cet236", Meaning.MINUTES, 15),
        ("here CET236", Meaning.HERE, None),
        ("again cet236", Meaning.AGAIN, None),
        ("stop CET236", Meaning.OPT_OUT, None),
        ("CET236 stop", Meaning.OPT_OUT, None),
        ("stop texting me about CET236", Meaning.OPT_OUT, None),
    ],
)
def test_a_word_with_a_keyword_is_about_that_queue(text, meaning, number):
    assert understand(text, KEYWORDS) == Intent(meaning, keyword="CET236", number=number)


@given(
    st.sampled_from(sorted(KEYWORDS)), st.sampled_from([" ", ".", "!", "?", '"', "\t", "…"]), st.booleans()
)
def test_signs_around_a_keyword_change_nothing(keyword, sign, small):
    text = sign + (keyword.lower() if small else keyword) + sign
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, keyword=keyword)


@pytest.mark.parametrize(
    ("text", "party", "name", "said"),
    [
        ("CET236 Ana", None, "Ana", (False, False)),
        ("CET236 my name is Ana", None, "Ana", (True, False)),
        ("CET236 party of 1", 1, None, (False, True)),
        ("hi it's Ana, CET236", None, "Ana", (True, False)),
        ("CET236 para 3 personas", 3, None, (False, True)),
        ("CET236 Ana 4", 4, "Ana", (False, False)),
    ],
)
def test_a_name_that_is_said_is_told_from_words_behind_a_keyword(text, party, name, said):
    intent = understand(text, KEYWORDS)
    assert (intent.meaning, intent.name, intent.party) == (Meaning.JOIN, name, party)
    assert (intent.said_name, intent.said_party) == said


@pytest.mark.parametrize(
    "text",
    [
        "I want to get out of the thing CET236",
        "do I need my ID for CET236?",
        "I want to know the hours of CET236",
        "quiero que me borren de CET236",
        "je voudrais savoir si CET236 est ouvert",
        "queria saber se CET236 está aberto",
        "ich möchte raus aus CET236",
        "did my wife join? CET236",
        "do I need to join? CET236",
        "cet236 doesn't work",
    ],
)
def test_who_wants_something_else_of_a_queue_does_not_join_it(text):
    assert understand(text, KEYWORDS).meaning != Meaning.JOIN


@pytest.mark.parametrize(
    "text", ["can i line up by text? cet236", "hello, do you have space for two? CET236", "CET236 - just me"]
)
def test_a_wish_and_a_keyword_in_a_sentence_of_its_own_take_a_number(text):
    assert understand(text, KEYWORDS).meaning == Meaning.JOIN


def test_a_name_in_capitals_is_none_of_french_words_run_together() -> None:
    assert understand("CET236, soy Laura", KEYWORDS).name == "Laura"
