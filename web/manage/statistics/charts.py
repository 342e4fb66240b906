"""Computes the coordinates of charts, in SVG units, for a template to draw.

Pure functions without colours or texts. A missing value gets no mark, never one at 0.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH = 360
HEIGHT = 190
LEFT = 34
TOP = 24
BOTTOM = 166
SHADES = 5


class Mark(NamedTuple):
    """One column of a chart by hour."""

    hour: int
    x: float
    width: float
    middle: float
    is_labelled: bool
    y: float | None = None  # top of the value's column
    height: float = 0
    low_y: float | None = None  # the range drawn beside it
    high_y: float | None = None


class Axis(NamedTuple):
    """A horizontal grid line and its value."""

    y: float
    value: int


class Columns(NamedTuple):
    marks: tuple[Mark, ...]
    axes: tuple[Axis, ...]


class Cell(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    shade: int  # 0 (empty) to SHADES
    value: int


class Bar(NamedTuple):
    name: str
    value: int
    y: float
    width: float


def columns(
    hours: Sequence[int],
    values: Mapping[int, float],
    ranges: Mapping[int, tuple[float, float]] | None = None,
) -> Columns:
    """A column chart: for each hour a value and a range, both optional."""
    ranges = ranges or {}
    top = nice_top(max([*values.values(), *(high for _, high in ranges.values())], default=0))
    step = (WIDTH - LEFT) / max(1, len(hours))
    every = ceil(len(hours) / 12)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * min(value, top) / top, 1)

    marks = []
    for index, hour in enumerate(hours):
        value, between = values.get(hour), ranges.get(hour)
        marks.append(
            Mark(
                hour=hour,
                x=round(LEFT + index * step + step * 0.14, 1),
                width=round(step * 0.72, 1),
                middle=round(LEFT + (index + 0.5) * step, 1),
                is_labelled=index % every == 0,
                y=None if value is None else y(value),
                height=0 if value is None else round(BOTTOM - y(value), 1),
                low_y=None if between is None else y(between[0]),
                high_y=None if between is None else y(between[1]),
            )
        )
    return Columns(tuple(marks), tuple(Axis(y(value), round(value)) for value in (0, top / 2, top)))


def heat_map(hours: Sequence[int], counts: Mapping[tuple[int, int], int]) -> list[list[Cell]]:
    """A row per weekday, a cell per hour; the shade is relative to the largest count."""
    most = max(counts.values(), default=0)
    step, height = (WIDTH - LEFT) / max(1, len(hours)), 24.0
    return [
        [
            Cell(
                x=round(LEFT + index * step + 1, 1),
                y=weekday * height + 1,
                width=round(step - 2, 1),
                height=height - 2,
                shade=ceil(SHADES * counts.get((weekday, hour), 0) / most) if most else 0,
                value=counts.get((weekday, hour), 0),
            )
            for index, hour in enumerate(hours)
        ]
        for weekday in range(7)
    ]


def bars(values: Mapping[str, int]) -> list[Bar]:
    """Horizontal bars; the longest fills the width."""
    most = max(values.values(), default=0)
    return [
        Bar(name, value, 34.0 * index, round((WIDTH - 60) * value / most, 1) if most else 0)
        for index, (name, value) in enumerate(values.items())
    ]


def nice_top(most: float) -> float:
    """The upper end of an axis: 1, 2, 4, 6 or 10 times a power of ten, and at least 2."""
    if most <= 2:
        return 2
    power = 10 ** floor(log10(most))
    return next(step * power for step in (1, 2, 4, 6, 10) if step * power >= most)
