"""A slip of the finger is asked about, or understood where it harms nobody."""

import pytest
from hypothesis import given, strategies as st

from bot.meanings import Meaning
from bot.spelling import distance
from bot.understanding import Intent, understand
from tests.bot.understanding.asked import KEYWORDS, meaning_of


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("CET263", ("CET236",)),  # two digits swapped
        ("CTE236", ("CET236",)),
        ("CET26", ("CET236",)),  # one lost
        ("CET2336", ("CET236",)),  # one too many
        ("CET237", ("CET236",)),  # one wrong
        ("CE236 Ana 4", ("CET236",)),
        ("CTE 236 for Ana and 3 friends", ("CET236",)),
        ("join cet263", ("CET236",)),
        ("join cet263 Ana", ("CET236",)),
        ("СЕТ236", ("CET236",)),  # the same look in Cyrillic letters
        ("CET236Ana", ("CET236",)),
        ("CET", ("CET236",)),
        ("236", ("CET236",)),
        ("barbar", ("BARBER",)),
        ("dmeo", ("DEMO",)),
        ("is CET236 open today?", ("CET236",)),
        ("leave CET263", ("LEAVE CET236",)),
        ("status cet2366", ("STATUS CET236",)),
        ("laeve", ("LEAVE",)),
        ("can I leave now?", ("LEAVE",)),
        ("can I cancel?", ("LEAVE",)),
        ("CET236 can't make it", ("LEAVE CET236",)),
        ("CET236 Will leave", ("LEAVE CET236",)),
    ],
)
def test_a_near_miss_is_asked_about_and_nothing_is_done(text, suggestions):
    assert understand(text, KEYWORDS) == Intent(Meaning.NEAR_MISS, suggestions=suggestions)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("STAUS", Meaning.STATUS),
        ("where am I in the queeu", Meaning.STATUS),
        ("stuck in trafiic", Meaning.LATER),
    ],
)
def test_a_slip_is_understood_where_it_harms_nobody(text, meaning):
    assert meaning_of(text) == meaning


def test_what_erases_is_never_suggested():
    assert understand("forgt", KEYWORDS).suggestions == ()


def test_a_near_miss_of_two_keywords_names_both():
    assert understand("CET238", {"CET236", "CET237"}).suggestions == ("CET236", "CET237")


def test_a_near_miss_of_a_crowd_of_keywords_names_three():
    assert len(understand("CET23", {f"CET23{digit}" for digit in range(10)}).suggestions) == 3


@pytest.mark.parametrize("text", ["A13", "AB", "cat", "x", "B12"])
def test_a_short_keyword_has_no_near_misses(text):
    assert understand(text, {"A12", "CAR", "XY"}).meaning in (Meaning.UNKNOWN, Meaning.CHAT)


def test_no_keywords_at_all_is_no_trouble():
    assert understand("CET236", []).meaning == Meaning.UNKNOWN
    assert understand("JOIN", []) == Intent(Meaning.JOIN)


@given(st.text("ABC1", max_size=6), st.text("ABC1", max_size=6))
def test_distance_counts_swaps_as_one_slip_and_is_symmetric(a, b):
    assert distance(a, b, 6) == distance(b, a, 6)
    assert (distance(a, b, 6) == 0) == (a == b)
    for i in range(len(a) - 1):
        swapped = a[:i] + a[i + 1] + a[i] + a[i + 2 :]
        assert distance(a, swapped, 6) <= 1
