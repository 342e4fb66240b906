"""`flask history export`: what was imported or lived here comes out unchanged."""

import json
from datetime import date, timedelta
from pathlib import Path

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import UNDONE
from tests.commands.conftest import Run, refusal
from tests.commands.history.importing import DAY, HEAD, NEXT_DAY, export_records, take_in, tickets
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_queue, make_servicer, minutes


def test_what_came_in_goes_out_with_the_same_bytes(run: Run, queue: Queue, file: Path) -> None:
    assert (
        take_in(run, file, DAY, NEXT_DAY) == "Imported 7 tickets of 2026-03-09 to 2026-03-10 into CET236.\n"
    )
    assert export_records(run) == HEAD + DAY + NEXT_DAY


def test_a_day_lived_here_comes_back_the_same_in_another_queue(
    run: Run, queue: Queue, business: Business, rosa: Servicer, file: Path
) -> None:
    by = By.servicer(rosa.id)
    join(queue, ANA, NOON, party=3)
    join(queue, BEN, NOON + minutes(1))
    join(queue, CAI, NOON + minutes(1.5))
    call_next(queue, rosa, NOON + timedelta(minutes=2, microseconds=7))
    change(1, queue, lambda s, t: calling.start(s, t, by=by, now=NOON + minutes(3)))
    change(1, queue, lambda s, t: ending.finish(s, t, by=by, now=NOON + minutes(9)))
    call_next(queue, rosa, NOON + minutes(10))
    change(2, queue, lambda s, t: calling.start(s, t, by=by, now=NOON + minutes(11)))
    change(2, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=NOON + minutes(700), forgotten=True))
    change(3, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(12)))

    text = export_records(run)
    assert text.splitlines()[1:] == [
        "1,2026-03-10T12:00:00+00:00,2026-03-10T12:02:00.000007+00:00,2026-03-10T12:03:00+00:00,"
        "2026-03-10T12:09:00+00:00,served,Rosa,3",
        "2,2026-03-10T12:01:00+00:00,2026-03-10T12:10:00+00:00,2026-03-10T12:11:00+00:00,,served,Rosa,1",
        "3,2026-03-10T12:01:30+00:00,,,2026-03-10T12:12:00+00:00,left,,1",
    ]
    make_queue(business, "OTHER")
    file.write_text(text)
    assert run("history", "import", "other", str(file)).exit_code == 0
    assert run("history", "export", "other").stdout == text
    assert stats(run, "other") == stats(run, "CET236")
    assert (
        "Nothing to do: CET236 already has all 3 tickets"
        in run("history", "import", "CET236", str(file)).stdout
    )


def test_a_servicer_named_like_a_formula_is_run_by_no_spreadsheet_and_comes_back_the_same(
    run: Run, queue: Queue, business: Business, file: Path
) -> None:
    name = "=1+1;-2"
    call_next_and_serve(queue, make_servicer(business, name))
    text = export_records(run)
    assert f",'{name[:-2]}'-2," in text
    make_queue(business, "OTHER")
    file.write_text(text)
    assert run("history", "import", "other", str(file)).exit_code == 0
    assert run("history", "export", "other").stdout == text


def call_next_and_serve(queue: Queue, servicer: Servicer) -> None:
    by = By.servicer(servicer.id)
    join(queue, ANA, NOON)
    call_next(queue, servicer, NOON + minutes(2))
    change(1, queue, lambda s, t: calling.start(s, t, by=by, now=NOON + minutes(3)))
    change(1, queue, lambda s, t: ending.finish(s, t, by=by, now=NOON + minutes(9)))


def test_a_number_that_undo_took_back_never_was(run: Run, queue: Queue) -> None:
    join(queue, ANA, NOON), join(queue, BEN, NOON)
    change(1, queue, lambda s, t: ending.remove(s, t, by=By.clock(), now=NOON, reason=UNDONE))
    change(2, queue, lambda s, t: ending.remove(s, t, by=By.clock(), now=NOON))
    assert [line[:2] for line in export_records(run).splitlines()[1:]] == ["2,"]


def stats(run: Run, keyword: str) -> object:
    """The statistics that a history file contains: it has no source, no place and no promise."""
    known = json.loads(run("stats", keyword, "--json").stdout)
    kept = ("joined", "served", "left", "no_show", "removed", "wait", "service", "total")
    return {name: known[name] for name in kept}


def test_offsets_going_out_are_those_of_the_business(run: Run, business: Business, file: Path) -> None:
    make_queue(business, "CET236")
    take_in(run, file, "1,2026-07-01T21:00:00-03:00,,,2026-07-01T21:05:00-03:00,left,,1\n")
    assert export_records(run) == HEAD + "1,2026-07-02T01:00:00+01:00,,,2026-07-02T01:05:00+01:00,left,,1\n"
    assert tickets() == [(date(2026, 7, 1), 1, "left")]  # it is one o'clock: still the first's business day


def test_days_can_be_limited_on_either_side(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY, NEXT_DAY)
    assert export_records(run, "--from", "2026-03-10") == HEAD + NEXT_DAY
    assert export_records(run, "--to", "2026-03-09") == HEAD + DAY
    assert export_records(run, "--from", "2026-03-11") == HEAD
    assert "--from" in refusal(
        run("history", "export", "CET236", "--from", "2026-03-11", "--to", "2026-03-10"), 2
    )
