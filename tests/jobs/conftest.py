"""What all tests of the clock share."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from jobs.reports import daily_summary
from jobs.reports.chart import Colors, draw_waits

_drawn: dict[str, bytes | None] = {}


@pytest.fixture(autouse=True)
def pictures_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that is tried again and again shows the same picture: drawing it takes longer than all else."""
    monkeypatch.setattr(daily_summary, "draw_waits", _draw_waits_once)


def _draw_waits_once(columns: Sequence[Mapping[str, Any]], colors: Colors) -> bytes | None:
    shown = repr((columns, colors))
    if shown not in _drawn:
        _drawn[shown] = draw_waits(columns, colors)
    return _drawn[shown]
