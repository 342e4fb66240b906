"""`flask whatif` says what a past day would have been with more or fewer servicers."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.commands.conftest import Run, refusal
from tests.one_database import on_sqlite
from tests.world import NOON, call_next, change, join, minutes, phone

RUSH = ("--day", "2026-03-10", "--from", "12:00", "--to", "13:00")


@pytest.fixture
def rush(db: Database, queue: Queue, rosa: Servicer) -> Queue:
    """Eight come at noon, Rosa serves each for ten minutes; the last gives up after 45."""
    for number in range(1, 9):
        join(queue, phone(number), NOON)
    for number in range(1, 8):
        begins = NOON + minutes(10 * (number - 1))
        if number == 6:
            leaves = NOON + minutes(45)
            change(8, queue, lambda s, t, at=leaves: ending.leave(s, t, by=By.customer(), now=at))  # type: ignore[misc]
        call_next(queue, rosa, begins)
        done = begins + minutes(10)
        change(
            number,
            queue,
            lambda s, t, at=done: ending.finish(s, t, by=By.servicer(rosa.id), now=at),  # type: ignore[misc]
        )
    return queue


def of(run: Run, servicers: str, *words: str) -> dict[str, object]:
    result = run("whatif", "cet236", "--servicers", servicers, *(words or RUSH), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return dict(json.loads(result.stdout, parse_float=lambda seconds: round(float(seconds), 3)))


def test_nothing_changed_is_the_day_as_it_was(run: Run, rush: Queue) -> None:
    found = of(run, "0")
    assert found["would_be"] == found["was"] == found["low"] == found["high"]
    stats = json.loads(run("stats", "cet236", "--json").stdout)
    was = found["was"]
    assert isinstance(was, dict)
    assert (found["called"], was["median"], was["p90"]) == (
        stats["wait"]["n"],
        stats["wait"]["median"],
        stats["wait"]["p90"],
    )


def test_with_one_more_they_wait_half_as_long_and_nobody_gives_up(run: Run, rush: Queue) -> None:
    found = of(run, "+1")
    assert found["was"] == {"median": 1800.0, "p90": 3240.0, "gave_up": 1, "idle": 0.0}
    assert found["would_be"] == {"median": 600.0, "p90": 1440.0, "gave_up": 0, "idle": 3000.0}


@on_sqlite
def test_with_one_fewer_nobody_is_called_in_that_hour(run: Run, rush: Queue) -> None:
    found = of(run, "-1")
    would_be = found["would_be"]
    assert isinstance(would_be, dict)
    assert would_be["median"] == 1800 + 3600


@on_sqlite
def test_it_is_told_in_a_table(run: Run, rush: Queue) -> None:
    result = run("whatif", "cet236", "--servicers", "+1", *RUSH)
    head, people, _, _, median, longest, gave_up, idle = result.stdout.splitlines()
    assert head.endswith("2026-03-10, 12:00 to 13:00: 1 more than the 1 on duty")
    assert people == "8 took a number, 7 were called"
    assert median.split() == ["median", "wait", "30:00", "10:00"]
    assert longest.split()[-2:] == ["54:00", "24:00"]
    assert gave_up.split() == ["gave", "up", "1", "0"]
    assert idle.split()[-2:] == ["0:00", "50:00"]


@on_sqlite
def test_with_fewer_it_says_that_nobody_new_gives_up(run: Run, rush: Queue) -> None:
    assert (
        "how many more would have given up is not known"
        in run("whatif", "cet236", "--servicers", "-1", *RUSH).stdout
    )


@on_sqlite
@pytest.mark.parametrize(
    ("words", "why", "status"),
    [
        (("--servicers", "many"), "'many' is not a change. Write it like +1 or -1.", 2),
        (("--servicers", "+10"), "at most 9", 2),
        (("--servicers", "+1", "--from", "13:00", "--to", "12:00"), "--to must be after --from", 1),
        (("--servicers", "+1", "--day", "2026-03-09"), "Nobody took a number for CET236 on 2026-03-09.", 1),
        (("--servicers", "+1", "--day", "2999-01-01"), "2999-01-01 is still to come.", 1),
        (("--servicers", "-2"), "Only 1 on duty at that time: 2 fewer is not possible.", 1),
        ((), "--servicers", 2),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, rush: Queue, words: tuple[str, ...], why: str, status: int
) -> None:
    day = () if "--day" in words else ("--day", "2026-03-10")
    assert why in refusal(run("whatif", "cet236", *day, *words), status)


@on_sqlite
def test_yesterday_unless_a_day_is_named(run: Run, business: Business, queue: Queue) -> None:
    yesterday = business.day_of(datetime.now(UTC)) - timedelta(days=1)
    assert f"on {yesterday}." in refusal(run("whatif", "cet236", "--servicers", "+1"), 1)
