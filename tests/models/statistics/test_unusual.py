"""What a summary calls unusual, and what it does not."""

import pytest

from models.statistics.day_events import DayTexts
from models.statistics.distributions import Measure, Tally
from models.statistics.unusual import Unusual, Usual, unusual, usual_of

NO_TEXTS = DayTexts()
USUAL = Usual(wait=600, joined=20, gave_up=2)


def tally(*, waits: tuple[float, ...] = (600,) * 6, **counts: int) -> Tally:
    made = Tally()
    made.add({"joined": 20, **counts}, {Measure.WAIT: waits})
    return made


def kinds(of: Tally, usual: Usual = USUAL, texts: DayTexts = NO_TEXTS) -> list[str]:
    return [each["kind"] for each in unusual(of, usual, texts)]


def test_a_day_like_the_others_has_nothing_unusual() -> None:
    assert kinds(tally(gave_up=3, kept=8, late=2)) == []


@pytest.mark.parametrize(
    ("waits", "is_told"),
    [
        ((900,) * 6, False),  # one and a half times exactly
        ((901,) * 6, True),
        ((901,) * 4, False),  # too few people to say so
    ],
)
def test_a_median_wait_of_more_than_one_and_a_half_times_the_usual(
    waits: tuple[float, ...], is_told: bool
) -> None:
    assert (Unusual.LONG_WAIT in kinds(tally(waits=waits))) == is_told


def test_two_minutes_instead_of_one_are_no_news() -> None:
    assert kinds(tally(waits=(120,) * 9), Usual(wait=60)) == []


def test_how_many_times_as_long_is_told_only_where_the_usual_is_something() -> None:
    assert unusual(tally(waits=(1500,) * 6), USUAL, NO_TEXTS) == [{"kind": "long_wait", "times": 2.5}]
    assert unusual(tally(waits=(1500,) * 6), Usual(wait=5), NO_TEXTS) == [
        {"kind": "long_wait", "times": None}
    ]


@pytest.mark.parametrize(("gave_up", "is_told"), [(4, False), (5, True)])
def test_more_than_twice_the_usual_gave_up(gave_up: int, is_told: bool) -> None:
    assert (Unusual.MANY_GAVE_UP in kinds(tally(gave_up=gave_up))) == is_told


def test_two_who_gave_up_where_nobody_does_are_no_news() -> None:
    assert kinds(tally(gave_up=2), Usual(joined=20, gave_up=0)) == []
    assert kinds(tally(gave_up=3), Usual(joined=20, gave_up=0)) == [Unusual.MANY_GAVE_UP]


@pytest.mark.parametrize(
    ("kept", "late", "is_told"), [(7, 3, False), (69, 31, True), (6, 4, True), (5, 4, False)]
)
def test_promises_kept_for_fewer_than_seven_in_ten(kept: int, late: int, is_told: bool) -> None:
    assert (Unusual.BROKEN_PROMISES in kinds(tally(kept=kept, late=late))) == is_told


@pytest.mark.parametrize(
    ("sent", "failed", "is_told"),
    [(0, 1, True), (49, 1, True), (50, 1, False), (660, 13, False), (0, 0, False)],
)
def test_texts_that_failed_are_told_unless_they_are_very_few_of_many(
    sent: int, failed: int, is_told: bool
) -> None:
    told = unusual(tally(), Usual(), DayTexts(sent=sent, failed=failed))
    assert told == ([{"kind": "failed_texts", "count": failed}] if is_told else [])


@pytest.mark.parametrize(("joined", "is_told"), [(30, False), (31, True)])
def test_half_as_many_again_is_busy(joined: int, is_told: bool) -> None:
    assert (Unusual.BUSY in kinds(tally(joined=joined))) == is_told


def test_without_times_before_nothing_is_compared() -> None:
    assert kinds(tally(waits=(9000,) * 50, gave_up=50, joined=500), Usual()) == []


def test_the_usual_of_several_days_is_that_of_one_so_many_times() -> None:
    assert USUAL.times(3) == Usual(wait=600, joined=60, gave_up=6)
    assert Usual(saved=1).times(3) == Usual(saved=3)
    assert Usual().times(3) == Usual()


def test_times_at_which_it_was_closed_are_no_measure_of_the_usual() -> None:
    assert usual_of([Tally(), Tally()]) == Usual()
    days = [tally(gave_up=4, saved_by_coming=1), Tally(), tally(waits=(), gave_up=1)]
    assert usual_of(days) == Usual(600, 20, 2.5, 0.5)


@pytest.mark.parametrize(
    ("said", "answered", "is_told"), [(5, 2, True), (5, 3, False), (4, 0, False), (6, 3, False)]
)
def test_fewer_than_half_of_those_who_wrote_to_the_counter_were_answered(
    said: int, answered: int, is_told: bool
) -> None:
    day = tally(said=said)
    day.durations[Measure.ANSWER] = [30.0] * answered
    assert (Unusual.UNHEARD in kinds(day)) == is_told


@pytest.mark.parametrize(
    ("saved", "usual", "is_told"),
    [(5, 2.4, True), (5, 2.5, False), (4, 0, False), (5, 0, True), (9, None, False)],
)
def test_more_than_twice_the_usual_came_late_but_were_waited_for(
    saved: int, usual: float | None, is_told: bool
) -> None:
    found = unusual(tally(saved_by_coming=saved), Usual(saved=usual), NO_TEXTS)
    told = {"kind": "came_late", "count": saved, "usual": round(usual or 0)}
    assert found == ([told] if is_told else [])
