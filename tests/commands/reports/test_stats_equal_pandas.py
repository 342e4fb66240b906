"""The figures of whole days compared with pandas, which reads the same file and shares no code with us.

Promises are computed from the exported tickets, as history files have none. The days are docs/samples/*.csv;
DAYS_OF_HISTORY names a folder with more history files.
"""

import io
import json
import os
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database
from tests.commands.conftest import Run
from tests.one_database import on_sqlite
from tests.world import NOON, call_next, change, join, minutes, phone

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
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
        "wait_median_with_gave_up": kaplan_meier_median(told),
    }


def kaplan_meier_median(told: pd.DataFrame) -> float | None:
    """By the product over every moment of a call; who was never called is censored when they ended."""
    until = told.called_at.fillna(told.ended_at)
    waits = pd.DataFrame(
        {"seconds": (until - told.joined_at).dt.total_seconds(), "called": told.called_at.notna()}
    )
    waits = waits.dropna().sort_values("seconds")
    at_risk = waits.seconds.map(lambda seconds: int((waits.seconds >= seconds).sum()))
    each = (
        waits.assign(at_risk=at_risk)[waits.called]
        .groupby("seconds")
        .agg(n=("called", "size"), risk=("at_risk", "max"))
    )
    still_waiting = (1 - each.n / each.risk).cumprod()
    reached = still_waiting[still_waiting <= 0.5 + 1e-9]
    return None if reached.empty else float(reached.index[0])


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
    assert run("queue", "add", "DAY236", "--name", "Days").exit_code == 0
    assert run("history", "import", "DAY236", str(file)).exit_code == 0
    whole = json.loads(run("stats", "DAY236", "--json").stdout)
    assert_equal(whole, by_pandas(told), "whole")
    assert run("stats", "rebuild").exit_code == 0
    assert json.loads(run("stats", "DAY236", "--json").stdout) == whole  # from stored rows
    local = told.joined_at.dt.tz_convert(zone)
    by_day = json.loads(run("stats", "DAY236", "--by-day", "--json").stdout)
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


def a_day_with_promises(queue: Queue, rosa: Servicer) -> None:
    """Eighty guests, who are called at odd intervals; every ninth gives up, and two still wait at the end."""
    dice = random.Random(7)
    moments = sorted(NOON + minutes(dice.uniform(0, 300)) for _ in range(80))
    called_at = NOON
    for index, joined_at in enumerate(moments):
        join(queue, phone(index), joined_at)
        if index % 9 == 8:
            change(index + 1, queue, _leave(joined_at + minutes(dice.uniform(0, 40))))
        while called_at + minutes(3) < joined_at:
            called_at += minutes(dice.uniform(1, 6))
            number = call_next(queue, rosa, max(called_at, joined_at))
            if number is None:
                break
            change(number, queue, _finish(max(called_at, joined_at) + minutes(0.5)))


def _leave(at: datetime) -> Callable[[Session, Ticket], None]:
    return lambda session, ticket: ending.leave(session, ticket, by=By.customer(), now=at)


def _finish(at: datetime) -> Callable[[Session, Ticket], None]:
    return lambda session, ticket: ending.finish(session, ticket, by=By.clock(), now=at)


def promises_by_pandas(tickets: pd.DataFrame) -> dict[str, dict[str, float]]:
    told = tickets.dropna(subset=["promised_low", "promised_high"])
    until = told.called_at.fillna(told.ended_at)
    wait = (until - told.joined_at).dt.total_seconds() / 60
    called = told.called_at.notna()
    within = (wait >= told.promised_low) & (wait <= told.promised_high)
    off = (told.promised_expected - wait)[called & told.promised_expected.notna()]
    return {
        "promised": {
            "n": len(told),
            "low_mean": told.promised_low.mean(),
            "high_mean": told.promised_high.mean(),
            "kept": int((called & within).sum()),
            "early": int((called & (wait < told.promised_low)).sum()),
            "late": int((wait > told.promised_high).sum()),
        },
        "promises": {
            "called": int(called.sum()),
            "held": int((called & within).sum()),
            "error_minutes": off.abs().mean(),
            "bias_minutes": off.mean(),
            "gave_up": int((~called & (told.outcome == "left")).sum()),
        },
    }


@on_sqlite  # arithmetic knows no database
def test_promises_beside_what_came_are_those_that_pandas_finds(
    run: Run, db: Database, queue: Queue, rosa: Servicer
) -> None:
    a_day_with_promises(queue, rosa)
    tickets = pd.read_csv(io.StringIO(run("stats", "CET236", "--csv", "tickets").stdout))
    for name in ("joined_at", "called_at", "ended_at"):
        tickets[name] = pd.to_datetime(tickets[name], utc=True)
    theirs = promises_by_pandas(tickets)
    assert all(theirs["promised"][name] > 3 for name in ("kept", "early", "late"))
    ours = json.loads(run("stats", "CET236", "--json").stdout)
    assert ours["promised"] == pytest.approx(theirs["promised"])
    # Exported moments are whole seconds.
    found = {name: ours["promises"][name] for name in theirs["promises"]}
    assert found == pytest.approx(theirs["promises"], abs=0.02)
