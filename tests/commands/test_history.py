"""`flask history import` and `export`: a history is imported whole or not at all, and exported unchanged."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import UNDONE, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from tests.commands.conftest import Run, refusal
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, line, make_queue, make_servicer, minutes

HEAD = "number,joined_at,called_at,started_at,ended_at,outcome,servicer,party\n"
DAY = (
    "1,2026-03-09T09:00:00+00:00,2026-03-09T09:05:00+00:00,2026-03-09T09:06:00+00:00,"
    "2026-03-09T09:15:00+00:00,served,Rosa,2\n"
    "2,2026-03-09T09:01:00+00:00,,,2026-03-09T09:04:00+00:00,left,,1\n"
    "3,2026-03-09T09:02:00+00:00,2026-03-09T09:15:00+00:00,,2026-03-09T09:20:00+00:00,no_show,Rosa,1\n"
    "4,2026-03-09T09:03:00+00:00,2026-03-09T09:20:30.250000+00:00,,,served,Desk 2,\n"
    "5,2026-03-09T09:04:00+00:00,2026-03-09T09:25:00+00:00,,2026-03-09T09:26:00+00:00,removed,Desk 2,1\n"
    "6,2026-03-09T09:30:00+00:00,,,,left,,1\n"
)
NEXT_DAY = "1,2026-03-10T09:00:00+00:00,,,2026-03-10T09:05:00+00:00,left,,1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "days.csv"


def take_in(run: Run, file: Path, *lines: str, head: str = HEAD) -> str:
    """Import these lines; returns the output."""
    file.write_text(head + "".join(lines))
    result = run("history", "import", "CET236", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refused(run: Run, file: Path, *lines: str) -> list[str]:
    """The lines printed when these are refused; nothing may have changed."""
    before = tickets()
    file.write_text(HEAD + "".join(lines))
    result = run("history", "import", "CET236", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert tickets() == before
    return result.stderr.splitlines()


def export_records(run: Run, *options: str) -> str:
    result = run("history", "export", "CET236", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def tickets() -> list[tuple[date, int, str]]:
    with reading() as session:
        rows = session.execute(select(Ticket.day, Ticket.number, Ticket.state).order_by(Ticket.id))
        return [(day, number, state.value) for day, number, state in rows]


def events() -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def test_what_came_in_goes_out_with_the_same_bytes(run: Run, queue: Queue, file: Path) -> None:
    assert take_in(run, file, DAY, NEXT_DAY) == "Took 7 tickets of 2026-03-09 to 2026-03-10 into CET236.\n"
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
    assert "Nothing to do: 3 tickets" in run("history", "import", "CET236", str(file)).stdout


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


def test_the_same_file_again_changes_nothing_and_says_so(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    before, told = tickets(), len(events())
    assert take_in(run, file, DAY) == "Nothing to do: 6 tickets of the file are in CET236 already.\n"
    assert (tickets(), len(events())) == (before, told)


def test_only_what_is_new_is_added(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    said = take_in(run, file, DAY, NEXT_DAY)
    assert said == (
        "Took 1 ticket of 2026-03-09 to 2026-03-10 into CET236. 6 tickets of the file were there already.\n"
    )
    assert export_records(run) == HEAD + DAY + NEXT_DAY


def test_an_empty_file_is_nothing_to_do(run: Run, queue: Queue, file: Path) -> None:
    assert take_in(run, file) == "Nothing to do: the file holds no tickets.\n"
    assert export_records(run) == HEAD


def test_one_bad_line_keeps_all_others_out(run: Run, queue: Queue, file: Path) -> None:
    said = refused(run, file, DAY, "7,2026-03-09T09:30:00,,,,left,,1\n")
    assert said == [
        f"Error: Nothing was changed: {file}, line 8: joined_at has no offset: "
        "write it like 2026-03-09T09:30:00+00:00, not '2026-03-09T09:30:00'."
    ]


def test_every_bad_line_is_told(run: Run, queue: Queue, file: Path) -> None:
    backwards = "9,2026-03-09T09:30:00Z,2026-03-09T09:29:00Z,,,served,,1\n"
    said = refused(run, file, backwards, DAY, DAY[: DAY.index("\n") + 1])
    assert said[0] == f"Error: Nothing was changed: {file} has 2 faults."
    assert said[1:] == [
        "line 2: called_at is before joined_at.",
        "line 9: number 1 of 2026-03-09 is on line 3 already.",
    ]


def test_of_very_many_bad_lines_the_first_are_told(run: Run, queue: Queue, file: Path) -> None:
    said = refused(run, file, *["x,,,,,,,\n"] * 33)
    assert (len(said), said[1].split(":")[0], said[-1]) == (22, "line 2", "and 13 more.")


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
        assert result.stderr == "1 ticket still in line: not in the history yet.\n"


def test_numbers_taken_in_for_today_are_not_given_again(run: Run, queue: Queue, file: Path) -> None:
    with time_machine.travel(NOON):
        take_in(run, file, NEXT_DAY.replace("1,", "41,", 1))
        assert join(queue, ANA, NOON).number == 42
        take_in(run, file, NEXT_DAY.replace("1,", "7,", 1), DAY)
        assert join(queue, BEN, NOON).number == 43


def test_numbers_of_earlier_days_leave_todays_counter_alone(run: Run, queue: Queue, file: Path) -> None:
    with time_machine.travel(NOON):
        assert join(queue, ANA, NOON).number == 1
        take_in(run, file, DAY)
        assert join(queue, BEN, NOON).number == 2


def test_statistics_know_the_past_and_leave_out_what_nobody_recorded(
    run: Run, queue: Queue, file: Path
) -> None:
    take_in(run, file, DAY)
    found = json.loads(run("stats", "CET236", "--json").stdout)
    counts = [found[name] for name in ("joined", "served", "left", "no_show", "removed")]
    assert counts == [6, 2, 2, 1, 1]
    assert found["wait"]["n"] == 4
    assert found["service"] == {"n": 1, "mean": 540.0, "median": 540.0, "p90": 540.0, "max": 540.0}
    assert found["total"]["mean"] == 900.0


def test_events_tell_the_past_in_the_order_of_time(
    run: Run, queue: Queue, rosa: Servicer, file: Path
) -> None:
    take_in(run, file, NEXT_DAY, DAY)  # the file may have any order
    found = events()
    assert [event.at for event in found] == sorted(event.at for event in found)
    with reading() as session:
        numbers = {ticket.id: ticket.number for ticket in session.scalars(select(Ticket))}
    told = [(f"{event.at:%H:%M}", numbers.get(event.ticket_id or 0), event.kind.value) for event in found]
    assert told[4:10] == [
        ("09:04", 2, "left"),
        ("09:04", 5, "joined"),
        ("09:05", None, "duty_began"),
        ("09:05", 1, "called"),
        ("09:06", 1, "started"),
        ("09:15", 1, "served"),
    ]
    assert {event.actor for event in found} == {"command"}
    calls = [event for event in found if event.kind == EventKind.CALLED]
    assert [(event.servicer_id, event.facts) for event in calls] == [
        (rosa.id, {"servicer": "Rosa"}),
        (rosa.id, {"servicer": "Rosa"}),
        (None, {"servicer": "Desk 2"}),
        (None, {"servicer": "Desk 2"}),
    ]
    ends = {numbers[e.ticket_id]: e.facts for e in found if e.kind == EventKind.SERVED and e.ticket_id}
    assert ends == {1: {"servicer": "Rosa"}, 4: {"servicer": "Desk 2", "forgotten": True}}


def test_a_name_that_two_servicers_bear_is_neithers(
    run: Run, queue: Queue, business: Business, rosa: Servicer, file: Path
) -> None:
    make_servicer(business, "Rosa")
    take_in(run, file, DAY)
    assert {event.servicer_id for event in events()} == {None}
    assert export_records(run) == HEAD + DAY


def test_tickets_of_the_past_are_of_nobody_in_particular(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    with reading() as session:
        found = session.scalars(select(Ticket)).all()
        assert {ticket.source for ticket in found} == {Source.HISTORY}
        assert {ticket.customer.phone for ticket in found} == {None}
        assert session.scalar(select(func.count()).select_from(Customer)) == 1
        assert {t.number: t.state for t in found}[4] == TicketState.SERVED
        assert len({ticket.token for ticket in found}) == 6


def test_pages_hear_of_it(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    with reading() as session:
        assert session.get_one(Queue, queue.id).revision == queue.revision + 1


def test_an_unknown_queue_or_file_is_refused_in_one_line(run: Run, queue: Queue, file: Path) -> None:
    file.write_text(HEAD + DAY)
    assert "'NOPE'" in refusal(run("history", "import", "NOPE", str(file)), 1)
    assert "'NOPE'" in refusal(run("history", "export", "NOPE"), 1)
    assert "none.csv" in refusal(run("history", "import", "CET236", str(file.with_name("none.csv"))), 2)


def test_days_of_the_clock_changes_keep_every_moment(run: Run, queue: Queue, file: Path) -> None:
    nights = [
        datetime.fromisoformat("2025-10-25T23:30:00+00:00"),
        datetime.fromisoformat("2026-03-28T23:30:00+00:00"),
    ]
    lines = [
        f"{number},{(night + minutes(30 * number)).isoformat()},,,"
        f"{(night + minutes(200)).isoformat()},left,,1\n"
        for night in nights
        for number in range(1, 7)
    ]
    take_in(run, file, *lines)
    there = [datetime.fromisoformat(row.split(",")[1]) for row in export_records(run).splitlines()[1:]]
    assert there == [datetime.fromisoformat(row.split(",")[1]) for row in lines]


def test_a_call_moments_before_its_joining_is_a_matter_of_two_clocks(
    run: Run, queue: Queue, file: Path
) -> None:
    file.write_text(
        HEAD + "1,2026-03-09T09:00:21+00:00,2026-03-09T09:00:00+00:00,,2026-03-09T09:02:00+00:00,served,,1\n"
    )
    result = run("history", "import", "CET236", str(file))
    assert result.exit_code == 0
    assert "line 2: called 21 s before joining; taken as called on joining." in result.stderr
    stored = stored_ticket()
    assert stored.joined_at == stored.called_at
    assert run("history", "import", "CET236", str(file)).stdout.startswith("Nothing to do")


def stored_ticket() -> Ticket:
    with reading() as session:
        return session.scalars(select(Ticket)).one()
