"""The drawing of the code is the code's own, and the tour beside it leads to files that exist."""

import re
from pathlib import Path

from tests.architecture import DRAWING, drawing

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "docs" / "architecture.md"
LONGEST_TRIP = 7  # files


def test_the_drawing_is_current() -> None:
    assert DRAWING.read_text() == drawing(), "run `make architecture`"


def test_every_file_that_the_tour_names_is_there() -> None:
    named = re.findall(r"`([a-z_]+(?:/[A-Za-z_.-]+)+\.(?:py|md|html|txt|svg))`", TOUR.read_text())
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_no_trip_of_the_tour_passes_more_files_than_one_keeps_in_mind() -> None:
    trips = re.split(r"^### ", TOUR.read_text(), flags=re.MULTILINE)[1:]
    steps = {trip.split("\n")[0]: len(re.findall(r"^\d+\. ", trip, re.MULTILINE)) for trip in trips}
    assert len(steps) == 3
    assert all(0 < count <= LONGEST_TRIP for count in steps.values()), steps
