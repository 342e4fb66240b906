"""`flask stats` prints what a person with a stopwatch would measure, as text or JSON."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.statistics.daily import DayFigures, QueueDay
from models.storage.database import Database, transaction
from tests.commands.conftest import Run, refusal
from tests.models.statistics.coming import live_through
from tests.one_database import in_turn
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, minutes

NOTHING = {"n": 0, "mean": None, "median": None, "p90": None, "max": None}


@pytest.fixture
def served(db: Database, queue: Queue, rosa: Servicer) -> Queue:
    """Ana waits 2:00 and is served 3:30; Ben and Cai join the next day and wait."""
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON + minutes(2))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(5.5)))
    join(queue, BEN, NOON + timedelta(days=1))
    join(queue, CAI, NOON + timedelta(days=1))

    return queue


def of(run: Run, *options: str) -> dict[str, object]:
    result = run("stats", "cet236", "--json", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return dict(json.loads(result.stdout))


def test_json_has_the_promised_keys(run: Run, served: Queue) -> None:
    found = of(run, "--to", "2026-03-10")
    promised = {
        "joined": 1,
        "served": 1,
        "left": 0,
        "no_show": 0,
        "removed": 0,
        "wait": {"n": 1, "mean": 120.0, "median": 120.0, "p90": 120.0, "max": 120.0},
        "service": {"n": 1, "mean": 210.0, "median": 210.0, "p90": 210.0, "max": 210.0},
        "total": {"n": 1, "mean": 330.0, "median": 330.0, "p90": 330.0, "max": 330.0},
    }
    assert found | promised == found


def test_a_day_without_anybody_is_null_and_not_zero(run: Run, served: Queue) -> None:
    found = of(run, "--from", "2026-03-12", "--to", "2026-03-12")
    assert found["joined"] == 0
    assert found["wait"] == found["service"] == found["total"] == NOTHING


def test_days_can_be_limited_on_either_side(run: Run, served: Queue) -> None:
    assert of(run)["joined"] == 3
    assert of(run, "--from", "2026-03-11")["joined"] == 2
    assert of(run, "--to", "2026-03-10")["joined"] == 1
    assert of(run, "--from", "2026-03-10", "--to", "2026-03-11")["joined"] == 3


def test_for_people_it_is_a_table_with_none_for_what_is_not_known(run: Run, served: Queue) -> None:
    result = run("stats", "CET236", "--from", "2026-03-10", "--to", "2026-03-10")
    assert result.exit_code == 0
    assert "CET236 · Haircuts, 2026-03-10" in result.stdout
    assert "1 joined: 1 served, 0 left, 0 no-show, 0 removed" in result.stdout
    assert "wait          1       2:00       2:00        2:00       2:00" in result.stdout
    assert "total         1       5:30" in result.stdout
    assert "wait          0       none" in run("stats", "CET236", "--from", "2026-03-12").stdout


def test_hours_go_on_beyond_a_day(run: Run, served: Queue, rosa: Servicer) -> None:
    call_next(served, rosa, NOON + timedelta(days=3, minutes=5))
    assert "48:05:00" in run("stats", "CET236").stdout


def test_by_day_there_is_a_line_for_each_day_on_which_somebody_came(run: Run, served: Queue) -> None:
    assert run("stats", "CET236", "--by-day").stdout.splitlines() == [
        "day           joined  served  gave up  median wait    longest",
        "2026-03-10         1       1        0         2:00       2:00",
        "2026-03-11         2       0        0         none       none",
    ]
    assert run("stats", "CET236", "--by-day", "--from", "2026-03-12").stdout == "Nobody came.\n"
    by_day = json.loads(run("stats", "CET236", "--by-day", "--json").stdout)
    assert list(by_day) == ["2026-03-10", "2026-03-11"]
    assert of(run, "--to", "2026-03-10").items() >= by_day["2026-03-10"].items()


def test_what_is_beside_the_promised_keys_tells_it_by_hour_and_servicer(run: Run, served: Queue) -> None:
    found = of(run, "--to", "2026-03-10")
    assert found["joined_by"] == {"text": 1, "web": 0, "desk": 0, "history": 0}
    assert found["wait_median_with_gave_up"] == 120
    assert list(found["by_hour"]) == ["12"]  # type: ignore[call-overload]
    assert list(found["by_servicer"]) == ["Rosa"]  # type: ignore[call-overload]
    assert found["duties"]["Rosa"]["on_duty"] > found["duties"]["Rosa"]["idle"]  # type: ignore[index]


def test_how_well_waits_were_promised_is_told_by_hour_and_by_how_many_were_ahead(
    run: Run, served: Queue
) -> None:
    promises = of(run)["promises"]
    whole = {"called": 1, "held": 1, "share_held": 1.0, "error_minutes": 0.5, "bias_minutes": 0.5}
    assert promises | whole | {"gave_up": 0, "not_called": 2} == promises  # type: ignore[operator]
    assert promises["by_hour"]["12"]["called"] == 1  # type: ignore[index]
    assert {ahead: each["not_called"] for ahead, each in promises["by_ahead"].items()} == {"0": 1, "1-2": 1}  # type: ignore[index]
    words = run("stats", "CET236").stdout
    assert "off by 0.5 min on average, and 0.5 min too much" in words
    assert "left out: 0 who gave up before the call, 2 not called" in words
    assert "with     0 ahead: 1 of 1 held, off by 0.5 min, bias +0.5" in words
    nobody = of(run, "--from", "2026-03-12")["promises"]
    assert nobody == {  # none where nothing is known
        **dict.fromkeys(("called", "held", "gave_up", "not_called"), 0),
        **dict.fromkeys(("share_held", "error_minutes", "bias_minutes")),
        "by_hour": {},
        "by_ahead": {},
    }


def test_who_wrote_and_who_came_late_but_was_waited_for_is_told(
    run: Run, queue: Queue, rosa: Servicer
) -> None:
    live_through(queue, rosa, "called 0, 10 min late 1, answered 3, start 8, done 20")
    found = of(run)
    assert (found["said"], found["saved_by_coming"]) == (1, 1)
    assert found["answer"] == {"n": 1, "mean": 120.0, "median": 120.0, "p90": 120.0, "max": 120.0}
    words = run("stats", "CET236").stdout
    assert "1 wrote to the counter; 1 answered, half of them within 2:00" in words
    assert "1 served who would have been no-shows, but were coming" in words
    (day,) = csv.DictReader(io.StringIO(run("stats", "CET236", "--csv", "days").stdout))
    counts = {"said": "1", "answered": "1", "answer_median": "120", "saved_by_coming": "1"}
    assert day | counts == day


def test_rebuilding_changes_nothing_that_was_right_and_mends_what_was_not(run: Run, served: Queue) -> None:
    first = run("stats", "rebuild")
    assert "CET236: 2 days checked, 2 written; no stored day was different." in first.stdout
    before = of(run, "--to", "2026-03-10")

    def spoil(session: Session) -> None:
        row = session.get_one(QueueDay, (served.id, date(2026, 3, 10)))
        row.figures = DayFigures().as_json()
        row.computed_at = NOON

    assert "1 days checked" not in run("stats", "rebuild", "CET236").stdout
    transaction(spoil)
    assert of(run, "--to", "2026-03-10")["joined"] == 0
    assert "1 stored days were different" in run("stats", "rebuild", "cet236").stdout
    assert of(run, "--to", "2026-03-10") == before
    assert "no queue 'NONE'" in refusal(run("stats", "rebuild", "NONE"), 1)


@in_turn
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["CET999"], 1, "no queue 'CET999'"),
        (["CET236", "--from", "yesterday"], 2, "'yesterday' is not a day"),
        (["CET236", "--from", "2026-02-30"], 2, "'2026-02-30' is not a day"),
        (["CET236", "--from", "2026-03-11", "--to", "2026-03-10"], 2, "--from must not be after --to"),
        ([], 2, "Missing argument 'KEYWORD'"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    run: Run, queue: Queue, words: list[str], status: int, told: str
) -> None:
    assert told in refusal(run("stats", *words), status)


def test_a_table_of_tickets_holds_phones_only_where_they_are_asked_for(run: Run, served: Queue) -> None:
    tickets = run("stats", "CET236", "--csv", "tickets").stdout
    assert tickets.splitlines()[0].startswith("queue,day,number,name,")
    assert len(tickets.splitlines()) == 1 + 3
    assert ANA[1:] not in tickets
    assert ANA[1:] in run("stats", "CET236", "--csv", "tickets", "--phones").stdout
    days = run("stats", "CET236", "--csv", "days", "--to", "2026-03-10").stdout.splitlines()
    assert [line.split(",")[:3] for line in days[1:]] == [["CET236", "2026-03-10", "1"]]


@in_turn
@pytest.mark.parametrize(
    "asked", [("--csv", "days", "--phones"), ("--csv", "days", "--json"), ("--phones",), ("--csv", "all")]
)
def test_what_does_not_go_together_is_refused_in_a_line(
    run: Run, served: Queue, asked: tuple[str, ...]
) -> None:
    found = run("stats", "CET236", *asked)
    assert found.exit_code != 0
    assert found.stdout == ""
