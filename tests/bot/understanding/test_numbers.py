"""Minutes, ratings and plain numbers."""

import pytest

from bot.meanings import Meaning
from bot.understanding import Intent, understand
from tests.bot.understanding.asked import KEYWORDS


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(
            ("15 MIN", 15),
            ("15min", 15),
            ("15 mins", 15),
            ("15 minutes", 15),
        ),
        *(
            ("in 15 minutes", 15),
            ("15 min away", 15),
            ("5m", 5),
        ),
    ],
)
def test_minutes_are_a_lead(text, minutes):
    assert understand(text, KEYWORDS) == Intent(Meaning.MINUTES, number=minutes)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("5", 5), ("15", 15), (" 15. ", 15), ("5!", 5), ("１５", 15), ("٥", 5), ("0", 0), ("180", 180)),
        *(("15 please", 15), ("5 thanks", 5)),
    ],
)
def test_a_number_alone_is_minutes_or_a_rating_as_the_conversation_knows(text, number):
    assert understand(text, KEYWORDS) == Intent(Meaning.NUMBER, number=number)


@pytest.mark.parametrize(
    ("text", "rating"),
    [("5/5", 5), ("4 / 5", 4), ("5 stars", 5), ("1 star!", 1), ("3 out of 5", 3), ("3 of 5", 3)],
)
def test_some_numbers_can_only_be_a_rating(text, rating):
    assert understand(text, KEYWORDS) == Intent(Meaning.RATING, number=rating)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        *(("6/10", 3), ("7/10", 4), ("8/10", 4), ("9/10", 5), ("10/10", 5)),
        *(("1 out of 10", 1), ("4 out of 10", 2), ("5 out of ten", 3), ("it was a 3 out of 10", 2)),
        *(
            ("4 de 10", 2),
            ("5 sobre 10", 3),
            ("4 sur 10", 2),
            ("5 em 10", 3),
            ("3 von 10", 2),
            ("5 von zehn", 3),
        ),
        *(("4 stars waited 10 minutes", 4), ("5 of 5", 5)),
    ],
)
def test_a_rating_of_ten_is_halved_and_a_half_is_the_next_star(text, rating):
    intent = understand(text, KEYWORDS)
    assert (intent.meaning, intent.number) == (Meaning.RATING, rating)
