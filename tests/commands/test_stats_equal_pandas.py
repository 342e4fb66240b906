"""The figures of whole days against pandas, which computes them from the file and shares no code with ours.

The days are docs/samples/*.csv; DAYS_OF_HISTORY names a folder with more of them, in the format of a history.
"""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from models.database import Database
from tests.commands.conftest import Run

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
FOLDERS = [SAMPLES, *(Path(name) for name in os.environ.get("DAYS_OF_HISTORY", "").split(os.pathsep) if name)]
FILES = [file for folder in FOLDERS for file in sorted(folder.glob("*.csv"))]
ZONES = {"+00:00": "Europe/Lisbon", "+01:00": "Europe/Warsaw", "+12:00": "Pacific/Auckland"}


def recorded(file: Path) -> pd.DataFrame:
    told = pd.read_csv(file, dtype={"servicer": str})
    for name in ("joined_at", "called_at", "started_at", "ended_at"):
        told[name] = pd.to_datetime(told[name], utc=True)
    # Two clocks that disagree by less than a minute: called on joining.
    early = (told.joined_at - told.called_at).dt.total_seconds().between(0, 60, inclusive="neither")
    told.loc[early, "joined_at"] = told.called_at
    return told


def durations(since: pd.Series, until: pd.Series) -> dict[str, float | None]:
    seconds = (until - since).dt.total_seconds().dropna()
    if seconds.empty:
        return {"n": 0, "mean": None, "median": None, "p90": None, "max": None}
    found = (seconds.mean(), seconds.median(), seconds.quantile(0.9), seconds.max())
    return {"n": len(seconds)} | dict(zip(("mean", "median", "p90", "max"), found, strict=True))


def by_pandas(told: pd.DataFrame) -> dict[str, object]:
    served = told[told.outcome == "served"]
    began = served.started_at.fillna(served.called_at)
    return {
        "joined": len(told),
        **{
            outcome: int((told.outcome == outcome).sum())
            for outcome in ("served", "left", "no_show", "removed")
        },
        "wait": durations(told.joined_at, told.called_at),
        "service": durations(began, served.ended_at),
        "total": durations(served.joined_at, served.ended_at),
        "service_from_start": durations(served.started_at, served.ended_at),
    }


def assert_equal(ours: object, theirs: object, where: str) -> None:
    if isinstance(theirs, dict):
        assert isinstance(ours, dict)
        for name, value in theirs.items():
            assert_equal(ours[name], value, f"{where}.{name}")
    else:
        assert ours == (theirs if theirs is None else pytest.approx(theirs, rel=1e-9)), where


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_figures_are_those_that_pandas_finds(run: Run, db: Database, file: Path) -> None:
    told = recorded(file)
    offset = pd.read_csv(file).joined_at.str[-6:].mode()[0]
    zone = ZONES[offset]
    setup = ("--business", "Shop", "--timezone", zone, "--number", "+15550100000", "--email", "m@example.com")
    assert run("setup", *setup, "--name", "Mia", "--password-stdin", typed="secret-pass-123").exit_code == 0
    assert run("queue", "add", "DAYS", "--name", "Days").exit_code == 0
    assert run("history", "import", "DAYS", str(file)).exit_code == 0
    whole = json.loads(run("stats", "DAYS", "--json").stdout)
    assert_equal(whole, by_pandas(told), "whole")
    assert run("stats", "rebuild").exit_code == 0
    assert json.loads(run("stats", "DAYS", "--json").stdout) == whole  # from stored rows
    local = told.joined_at.dt.tz_convert(zone)
    by_day = json.loads(run("stats", "DAYS", "--by-day", "--json").stdout)
    # The sample and the real counters all open after 04:00, so that their days are those of the calendar.
    days = {str(day): part for day, part in told.groupby(local.dt.date)}
    assert set(days) == set(by_day)
    for day, part in days.items():
        assert_equal(by_day[day], by_pandas(part), day)
    for parts, key in (
        (whole["by_hour"], local.dt.hour),
        (whole["by_weekday"], local.dt.day_of_week),
        (whole["by_servicer"], told.servicer[told.called_at.notna()]),
    ):
        grouped = {str(name): part for name, part in told.groupby(key)}
        assert set(grouped) == set(parts)
        for name, part in grouped.items():
            assert_equal(parts[name], by_pandas(part), f"{name}")
