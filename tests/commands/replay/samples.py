"""The sample day of the documentation, and the head of such files."""

from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "docs" / "samples" / "day.csv"
HEAD = "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"
