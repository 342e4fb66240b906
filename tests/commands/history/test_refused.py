"""`flask history import` refuses a file as a whole, and tells each bad line."""

from datetime import timedelta
from pathlib import Path

import time_machine

from models.history.records import MOST_FAULTS
from models.queueing.tables.queues import Queue
from tests.commands.conftest import Run, refusal
from tests.commands.history.importing import DAY, HEAD, NEXT_DAY, refused, take_in
from tests.world import ANA, NOON, join, line, minutes


def test_one_bad_line_keeps_all_others_out(run: Run, queue: Queue, file: Path) -> None:
    said = refused(run, file, DAY, "7,yesterday,,,,left,,1\n")
    assert said == [
        f"Error: Nothing was changed: {file}, line 8: joined_at must be a moment like "
        "2026-03-10T09:05:00+00:00, not 'yesterday'."
    ]


def test_every_bad_line_is_told(run: Run, queue: Queue, file: Path) -> None:
    backwards = "9,2026-03-09T09:30:00Z,2026-03-09T09:29:00Z,,,served,,1\n"
    said = refused(run, file, backwards, DAY, DAY[: DAY.index("\n") + 1])
    assert said[0] == f"Error: Nothing was changed: {file} has 2 errors."
    assert said[1:] == [
        "line 2: called_at is before joined_at.",
        "line 9: number 1 of 2026-03-09 is on line 3 already.",
    ]


def test_of_very_many_bad_lines_the_first_are_told(run: Run, queue: Queue, file: Path) -> None:
    said = refused(run, file, *["x,,,,,,,\n"] * 33)
    assert (len(said), said[1].split(":")[0], said[-1]) == (22, "line 2", "and 13 more.")


def test_of_a_large_file_that_is_no_history_not_all_are_looked_for(
    run: Run, queue: Queue, file: Path
) -> None:
    said = refused(run, file, "x\n" * (MOST_FAULTS + 1))
    assert said[0] == f"Error: Nothing was changed: {file} has 1000 errors or more."


def test_what_is_still_to_come_is_refused(run: Run, queue: Queue, file: Path) -> None:
    with time_machine.travel(NOON - timedelta(days=1)):
        said = refused(run, file, DAY.replace("2026-03-09", "2026-03-08"), NEXT_DAY)
    assert said == [f"Error: Nothing was changed: {file}, line 8: joined_at is still to come."]


def test_a_number_that_somebody_else_has_had_is_refused(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    said = refused(run, file, DAY.replace("09:15:00+00:00,served", "09:16:00+00:00,served"), NEXT_DAY)
    assert said == [
        f"Error: Nothing was changed: {file}, line 2: number 1 of 2026-03-09 is there already, "
        "with another ended_at."
    ]


def test_who_is_in_line_now_is_never_touched(run: Run, queue: Queue, file: Path) -> None:
    with time_machine.travel(NOON):
        join(queue, ANA, NOON - minutes(5))
        said = refused(run, file, NEXT_DAY)
        assert said == [
            f"Error: Nothing was changed: {file}, line 2: "
            "number 1 of 2026-03-10 is in the line at this moment."
        ]
        take_in(run, file, DAY)
        assert line(queue) == [1]
        result = run("history", "export", "CET236")
        assert result.stdout == HEAD + DAY
        assert result.stderr == "Left out: 1 ticket still in line.\n"


def test_an_unknown_queue_or_file_is_refused_in_one_line(run: Run, queue: Queue, file: Path) -> None:
    file.write_text(HEAD + DAY)
    assert "'NOPE'" in refusal(run("history", "import", "NOPE", str(file)), 1)
    assert "'NOPE'" in refusal(run("history", "export", "NOPE"), 1)
    assert "none.csv" in refusal(run("history", "import", "CET236", str(file.with_name("none.csv"))), 2)
