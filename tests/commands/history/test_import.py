"""`flask history import`: the past is added once, and changes nothing of today."""

import json
from datetime import date, datetime, time
from pathlib import Path

import time_machine
from sqlalchemy import func, select

from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from tests.commands.conftest import Run
from tests.commands.history.importing import DAY, HEAD, NEXT_DAY, events, export_records, take_in, tickets
from tests.jobs.queues.hours import give_hours
from tests.world import ANA, BEN, NOON, join, make_servicer, minutes


def test_the_same_file_again_changes_nothing_and_says_so(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    before, told = tickets(), len(events())
    assert take_in(run, file, DAY) == "Nothing to do: CET236 already has all 6 tickets of the file.\n"
    assert (tickets(), len(events())) == (before, told)


def test_only_what_is_new_is_added(run: Run, queue: Queue, file: Path) -> None:
    take_in(run, file, DAY)
    said = take_in(run, file, DAY, NEXT_DAY)
    assert said == "Imported 1 ticket of 2026-03-10 into CET236. Already there: 6 tickets.\n"
    assert export_records(run) == HEAD + DAY + NEXT_DAY


def test_an_empty_file_is_nothing_to_do(run: Run, queue: Queue, file: Path) -> None:
    assert take_in(run, file) == "Nothing to do: the file has no tickets.\n"
    assert export_records(run) == HEAD


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


def test_tickets_of_a_night_shift_belong_to_the_day_on_which_it_began(
    run: Run, queue: Queue, file: Path
) -> None:
    give_hours(queue, NOON, time(22), time(6))
    shift = (
        "1,2026-03-08T23:00:00+00:00,2026-03-08T23:10:00+00:00,,2026-03-08T23:30:00+00:00,served,Rosa,1\n"
        "2,2026-03-09T05:00:00+00:00,2026-03-09T05:10:00+00:00,,2026-03-09T05:30:00+00:00,served,Rosa,1\n"
    )
    take_in(run, file, shift)
    with reading() as session:
        days = set(session.scalars(select(Ticket.day).where(Ticket.queue_id == queue.id)))
    assert days == {date(2026, 3, 8)}
    assert take_in(run, file, shift).startswith("Nothing to do")
