"""What can be a keyword, and what is said of one that can not."""

import pytest
from hypothesis import given, strategies as st

from bot.meanings import CARRIERS_WORDS, Meaning
from bot.understanding import Intent, keyword_problem, keyword_warning, normal_keyword, understand

# Keywords ----------------------------------------------------------------------------------------------
from tests.bot.understanding.asked import CONTRACT


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("cet236", "CET236"),
        (" CET-236 ", "CET236"),
        ("ｃｅｔ２３６", "CET236"),
        ("café", "CAFE"),
        ("#1Barber", "1BARBER"),
    ],
)
def test_a_keyword_is_kept_in_capitals_without_signs_and_accents(text, keyword):
    assert normal_keyword(text) == keyword


@pytest.mark.parametrize("keyword", ["CET236", "cet236", "Barber", "A1", "2A", "café", "X" * 20, "LEAVES"])
def test_a_plain_word_can_be_a_keyword(keyword):
    assert keyword_problem(keyword) is None


@pytest.mark.parametrize(
    ("keyword", "says"),
    [
        *(("", "empty"), ("   ", "empty"), ("A", "2 to 20"), ("X" * 21, "2 to 20")),
        *(("CET 236", "without spaces"), ("CET-236", "without spaces"), ("Анна", "A to Z"), ("👍", "A to Z")),
        *(("236", "minutes"), ("15min", "minutes"), ("15M", "minutes"), ("２３６", "minutes")),
        *(
            (word, "in passing")
            for word in ("go", "come", "yeah", "oh", "next", "what", "my", "done", "wait")
        ),
        *(
            (word, "in passing")
            for word in ("hola", "bon", "oui", "ja", "sim", "gracias", "danke", "lol", "home")
        ),
        *(("please", "in passing"), ("Hello", "in passing"), ("cool", "in passing"), ("xD", "in passing")),
    ],
)
def test_a_keyword_that_would_not_work_is_refused_with_the_reason(keyword, says):
    assert says in keyword_problem(keyword)


@pytest.mark.parametrize("word", sorted(CONTRACT))
def test_no_reserved_word_can_be_a_keyword(word):
    problem = keyword_problem(word.lower())
    assert problem.startswith(f"{word} can't be a keyword")
    assert ("phone companies" in problem) == (word in CARRIERS_WORDS)


@given(st.text(max_size=30))
def test_a_keyword_without_a_problem_is_understood_as_joining(keyword):
    if keyword_problem(keyword) is None:
        kept = normal_keyword(keyword)
        assert understand(keyword, {kept}) == Intent(Meaning.JOIN, keyword=kept)


@given(st.from_regex(r"\A[A-Z0-9]{2,8}\Z"))
def test_every_accepted_code_takes_a_number(keyword):
    if keyword_problem(keyword) is None:
        assert understand(f"{keyword} Ana 4", {keyword}) == Intent(
            Meaning.JOIN, keyword=keyword, name="Ana", party=4
        )


@pytest.mark.parametrize(
    ("keyword", "others", "says"),
    [
        ("CET236", ["CET237"], "is one typo away from CET237"),
        ("LEAVES", [], "one typo away from LEAVE"),
        ("CET236", ["BARBER"], None),
    ],
)
def test_a_keyword_one_slip_from_another_word_is_warned_about(keyword, others, says):
    warning = keyword_warning(keyword, others)
    assert (says in warning) if says else warning is None
