"""`flask waits evaluate` says how good the waits would have been, or in one line why it can't."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.commands.conftest import Run
from tests.world import NOON, call_next, change, join, minutes, phone

HEAD = "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"


def days(count: int) -> str:
    """Every day the same: forty people at nine, one called every six minutes."""
    lines = []
    for day in range(count):
        for number in range(1, 41):
            hour, minute = divmod(9 * 60 + 6 * number, 60)
            date = f"2026-03-{day + 1:02}"
            called, (hour, minute) = f"{hour:02}:{minute:02}", divmod(9 * 60 + 6 * number + 5, 60)
            lines.append(
                f"{number},{date}T09:00Z,{date}T{called}Z,,{date}T{hour:02}:{minute:02}Z,served,Rosa,1\n"
            )
    return HEAD + "".join(lines)


def test_a_steady_past_is_told_better_than_by_the_plain_average(
    db: Database, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "past.csv"
    file.write_text(days(6))
    result = run("waits", "evaluate", str(file), "--minutes", "20")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "240 tickets; 240 waited and were called" in result.stdout
    errors = [float(re.findall(r"[\d.]+", line)[0]) for line in result.stdout.splitlines()[-2:]]
    assert errors[0] < errors[1]


def test_a_queue_is_evaluated_by_its_own_past(run: Run, queue: Queue, rosa: Servicer) -> None:
    for number in range(1, 9):
        join(queue, phone(number), NOON)
    for number in range(1, 9):
        call_next(queue, rosa, NOON + minutes(5 * number))
        at = NOON + minutes(5 * number + 4)
        change(
            number,
            queue,
            lambda s, t, at=at: ending.finish(s, t, by=By.servicer(rosa.id), now=at + timedelta(0)),
        )
    result = run("waits", "evaluate", "cet236")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "8 tickets; 8 waited" in result.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nonsense\n", "line 1"),
        (HEAD, "nothing to compare"),
        (HEAD + "1,2026-03-01T09:00Z,2026-03-01T08:00Z,,2026-03-01T10:00Z,served,Rosa,1\n", "line 2"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    db: Database, run: Run, tmp_path: Path, content: str, words: str
) -> None:
    file = tmp_path / "past.csv"
    file.write_text(content)
    result = run("waits", "evaluate", str(file))
    assert result.exit_code != 0
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("past", ["nowhere.csv", "NOWHERE"])
def test_what_is_not_there_is_told_in_one_line(db: Database, run: Run, past: str) -> None:
    result = run("waits", "evaluate", past)
    assert result.exit_code != 0
    assert past in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
