"""The chart in a summary mail: columns of the median wait, behind them the promised ranges, and for a week a
line for the week before.

The only file that uses matplotlib, which is imported when the first chart is drawn: in the process that sends
mails, never in a web process. Knows no mail and no words but the given labels.
"""

import threading
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

WIDTH, HEIGHT = 5.44, 2.6  # inches, each 100 px in the mail
SHARPNESS = 200  # dpi: two dots per pixel, for today's screens
MOST_LABELS = 12
FIGURES = ("wait", "high", "before")
LETTERS = 13  # points: on a phone the chart is shown at little more than half its width
_one_at_a_time = threading.Lock()


class Colors(NamedTuple):
    """Those of the mail around it (templates/mail/summary.html)."""

    card: str
    ink: str
    soft: str
    line: str
    wait: str
    on_wait: str
    promised: str


LIGHT = Colors("#ffffff", "#1c1917", "#57534e", "#e7e5e4", "#0f766e", "#ffffff", "#f3d08a")
DARK = Colors("#26221f", "#f5f5f4", "#c7c2bd", "#4a4540", "#14a394", "#171412", "#5c4813")


def draw_waits(columns: Sequence[Mapping[str, Any]], colors: Colors = LIGHT) -> bytes | None:
    """A PNG of these columns (label, and minutes: wait, low, high, before, each None if unknown).

    None if there is nothing to show.
    """
    if not any(column["wait"] is not None for column in columns):
        return None
    with _one_at_a_time:
        return _draw(columns, colors)


def _draw(columns: Sequence[Mapping[str, Any]], colors: Colors) -> bytes:
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=SHARPNESS, facecolor=colors.card, layout="constrained")
    axes = figure.add_subplot(facecolor=colors.card)
    at = range(len(columns))
    promised = [(place, each) for place, each in zip(at, columns, strict=True) if each["high"] is not None]
    axes.bar(
        [place for place, _ in promised],
        [max(each["high"] - each["low"], 0.5) for _, each in promised],
        bottom=[each["low"] for _, each in promised],
        width=0.9,
        color=colors.promised,
    )
    axes.bar(at, [each["wait"] or 0 for each in columns], width=0.5, color=colors.wait)
    before = [(place, each["before"]) for place, each in zip(at, columns, strict=True) if each.get("before")]
    axes.hlines(
        [minutes for _, minutes in before],
        [place - 0.36 for place, _ in before],
        [place + 0.36 for place, _ in before],
        colors=colors.ink,
        linewidth=2.5,
    )
    axes.set_xlim(-0.6, len(columns) - 0.4)
    top = max(max(each[figure] or 0 for figure in FIGURES if figure in each) for each in columns)
    axes.set_ylim(0, max(top * 1.2, 5))
    line_of_words = 0.14 * max(top * 1.2, 5)
    for place, each in zip(at, columns, strict=True):
        if each["wait"] is not None and len(columns) <= MOST_LABELS:
            height, is_inside = place_of_words(each["wait"], each.get("before"), line_of_words)
            axes.annotate(
                str(round(each["wait"])) if each["wait"] >= 0.5 else "<1",
                (place, height),
                xytext=(0, -3 if is_inside else 3),
                textcoords="offset points",
                ha="center",
                va="top" if is_inside else "bottom",
                fontsize=LETTERS,
                color=colors.on_wait if is_inside else colors.ink,
            )
    every = -(-len(columns) // MOST_LABELS)
    axes.set_xticks(list(at)[::every], [each["label"] for each in columns][::every])
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.tick_params(length=0, labelsize=LETTERS, labelcolor=colors.soft)
    axes.grid(axis="y", color=colors.line, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def place_of_words(wait: float, before: float | None, line_of_words: float) -> tuple[float, bool]:
    """The height of a column's label, and whether it goes below that, inside: it must not cover the line."""
    if before is None or not wait - 0.02 * line_of_words <= before <= wait + line_of_words:
        return wait, False
    is_inside = wait >= line_of_words and before > wait
    return (wait, True) if is_inside else (before, False)
