"""The picture of a summary mail: a PNG of the waits, or none where there is nothing to show."""

from io import BytesIO
from typing import Any

import pytest
from matplotlib.image import imread

from jobs.reports.chart import draw_waits, place_of_words


def column(
    label: str,
    wait: float | None,
    low: float | None = None,
    high: float | None = None,
    before: float | None = None,
) -> dict[str, Any]:
    return {"label": label, "wait": wait, "low": low, "high": high, "before": before}


@pytest.mark.parametrize("hours", [1, 9, 24])
def test_it_is_a_png_twice_as_wide_as_it_is_shown(hours: int) -> None:
    png = draw_waits([column(str(hour), hour * 7.5, hour, hour * 9 + 1) for hour in range(hours)])
    assert png is not None
    height, width, _ = imread(BytesIO(png)).shape
    assert (width, height) == (1088, 520)


def test_hours_of_which_nobody_knows_and_waits_of_seconds_are_drawn_too() -> None:
    assert draw_waits([column("9", None, 5, 10), column("10", 0.2), column("11", None)])


def test_a_day_on_which_nobody_was_called_has_no_picture() -> None:
    assert draw_waits([]) is None
    assert draw_waits([column("9", None), column("10", None, 5, 10)]) is None


def test_where_the_week_before_stood_is_drawn() -> None:
    days = [column("Mon", 10, 5, 20), column("Tue", 12), column("Wed", None)]
    compared = [day | {"before": minutes} for day, minutes in zip(days, (11, 40, 8), strict=True)]
    assert draw_waits(compared) != draw_waits(days)


@pytest.mark.parametrize(
    ("before", "height", "is_inside"),
    [(None, 20, False), (10, 20, False), (60, 20, False), (22, 20, True), (20, 20, False)],
)
def test_the_minutes_of_a_column_are_never_written_over_the_line(
    before: float | None, height: float, is_inside: bool
) -> None:
    assert place_of_words(20, before, line_of_words=8) == (height, is_inside)


def test_on_a_column_too_low_for_words_they_stand_above_the_line() -> None:
    assert place_of_words(2, 4, line_of_words=8) == (4, False)
