"""The median wait with people who gave up, compared with a slow implementation of the definition."""

from fractions import Fraction

from hypothesis import given, strategies as st

from models.statistics.durations import median_wait

waits = st.lists(st.integers(0, 12), max_size=14)


def by_the_book(called: list[int], gave_up: list[int]) -> int | None:
    """S(t) = ∏ (1 - d/n), in fractions, over every moment at which somebody was called."""
    survived = Fraction(1)
    for moment in sorted(set(called)):
        at_risk = sum(wait >= moment for wait in called + gave_up)
        survived *= 1 - Fraction(called.count(moment), at_risk)
        if survived <= Fraction(1, 2):
            return moment
    return None


@given(waits, waits)
def test_it_is_as_defined(called: list[int], gave_up: list[int]) -> None:
    assert median_wait(sorted(called), sorted(gave_up)) == by_the_book(called, gave_up)


def test_who_gave_up_late_makes_the_median_longer_and_who_gave_up_at_once_changes_nothing() -> None:
    assert median_wait([5, 10, 15], []) == 10
    assert median_wait([5, 10, 15], [12, 12, 12]) == 15
    assert median_wait([5, 10, 15], [0, 0, 0]) == 10


def test_where_fewer_than_half_were_called_nobody_knows() -> None:
    assert median_wait([], []) is None
    assert median_wait([], [3, 4]) is None
    assert median_wait([5], [6, 7]) is None
