"""Whatever is sent has a meaning, and costs bounded work."""

import sys

import pytest
from hypothesis import given, strategies as st

from bot.meanings import Meaning
from bot.understanding import understand
from tests.bot.understanding.asked import KEYWORDS


@pytest.mark.parametrize(
    "text",
    [
        *(
            "x" * 20_000,
            "a " * 10_000,
            "1" * 20_000,
            "\x00" * 20_000,
            "CET236 " + "-, " * 7_000,
            "ﷺ" * 20_000,
        ),
        *(
            "CET 23 " * 3_000,
            "JOIN " * 4_000,
            "stop " * 4_000,
            "'" * 20_000,
            "\u0301" * 20_000,
            "CET236 4 " * 2_000,
        ),
    ],
)
def test_a_text_of_twenty_thousand_characters_costs_no_more_than_one_of_a_few_lines(text):
    understand("how long is the wait", KEYWORDS)
    understand(text, KEYWORDS)  # what is met for the first time is remembered
    assert calls_of(text) < 30_000


@pytest.mark.parametrize(
    "line", ["how long is the wait ", "please cancel my ", "a b c d ", "me llamo ", "no "]
)
def test_twice_the_text_costs_at_most_twice_the_work(line):
    short, long = line * (400 // len(line)), line * (800 // len(line))
    for text in (short, long):
        understand(text, KEYWORDS)
    assert calls_of(long) < 2.4 * calls_of(short)


def calls_of(text: str) -> int:
    """How many calls it takes to understand it, of Python's functions and of C's."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        understand(text, KEYWORDS)
    finally:
        sys.setprofile(None)
    return calls


@given(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.sets(st.from_regex(r"\A[A-Z0-9]{2,20}\Z"), max_size=5),
)
def test_any_text_whatever_has_a_meaning(text, keywords):
    intent = understand(text, keywords)
    assert intent.meaning in Meaning
    assert intent.keyword is None or intent.keyword in keywords
    assert intent.name is None or 0 < len(intent.name) <= 40
    assert intent.party is None or 1 <= intent.party <= 99
    assert "\x00" not in (intent.name or "")
    (intent.name or "").encode()  # no half characters
