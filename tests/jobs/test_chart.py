"""The picture of a summary mail: a PNG of the waits, or none where there is nothing to show."""

from io import BytesIO
from typing import Any

import pytest
from matplotlib.image import imread

from jobs.chart import draw_waits


def column(
    label: str, wait: float | None, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {"label": label, "wait": wait, "low": low, "high": high}


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
