"""`flask queue add` makes a queue, open, and never changes one that is there."""

from datetime import time

import pytest
from sqlalchemy import select

from models.people.business import Business
from models.queueing.hours.opening_hours import hours_of
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.commands.conftest import Run, refusal
from tests.world import make_business


def queues() -> list[Queue]:
    with reading() as session:
        return list(session.scalars(select(Queue).order_by(Queue.id)))


def test_it_makes_an_open_queue_with_the_usual_rules(run: Run, business: Business) -> None:
    result = run("queue", "add", "cet236", "--name", "Lab class")
    assert (result.exit_code, result.stderr) == (0, "")
    (queue,) = queues()
    assert (queue.keyword, queue.name, queue.state) == ("CET236", "Lab class", QueueState.OPEN)
    assert (queue.business_id, queue.alert_ahead, queue.minutes_per_customer) == (business.id, 2, 5.0)
    with reading() as session:
        assert hours_of(session, queue.id) == {}


def test_every_option_is_kept(run: Run, business: Business) -> None:
    options = ["--alert-ahead", "4", "--opens", "9:00", "--closes", "17:30", "--minutes-per-customer", "2.5"]
    assert run("queue", "add", "CET236", "--name", "Lab", *options).exit_code == 0
    (queue,) = queues()
    assert (queue.alert_ahead, queue.minutes_per_customer) == (4, 2.5)
    with reading() as session:
        hours = hours_of(session, queue.id)
    assert [(day, h.opens_at, h.closes_at) for day, h in sorted(hours.items())] == [
        (day, time(9), time(17, 30)) for day in range(7)
    ]


def test_repeated_with_the_same_values_it_changes_nothing_and_says_so(run: Run, business: Business) -> None:
    asked = ["queue", "add", "CET236", "--name", "Lab", "--opens", "09:00", "--closes", "17:00"]
    run(*asked)
    for again in (asked, asked[:5]):  # an option left out is not compared
        result = run(*again)
        assert result.exit_code == 0
        assert "exists already" in result.stdout
    assert len(queues()) == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--name", "Office"], "--name"),
        (["--name", "Lab", "--alert-ahead", "3"], "--alert-ahead"),
        (["--name", "Lab", "--minutes-per-customer", "7"], "--minutes-per-customer"),
        (["--name", "Lab", "--opens", "09:00", "--closes", "18:00"], "--opens and --closes"),
    ],
)
def test_repeated_with_another_value_it_changes_nothing_and_names_it(
    run: Run, business: Business, options: list[str], named: str
) -> None:
    run("queue", "add", "CET236", "--name", "Lab", "--opens", "09:00", "--closes", "17:00")
    line = refusal(run("queue", "add", "CET236", *options), 1)
    assert f"another value for {named}. Nothing was changed." in line
    assert [(queue.name, queue.alert_ahead) for queue in queues()] == [("Lab", 2)]


@pytest.mark.parametrize(
    ("keyword", "why"),
    [
        ("STOP", "phone companies keep that word"),
        ("help", "phone companies keep that word"),
        ("Leave", "already does something else"),
        ("status", "already does something else"),
        ("15", "means minutes"),
        ("CET 236", "without spaces"),
        ("", "can't be empty"),
        ("X" * 21, "has 21"),
    ],
)
def test_a_word_that_cannot_be_a_keyword_is_refused_with_the_reason(
    run_alone: Run, keyword: str, why: str
) -> None:
    assert why in refusal(run_alone("queue", "add", keyword, "--name", "Lab"), 2)


@pytest.mark.parametrize(
    "options",
    [
        ["--opens", "09:00"],
        ["--closes", "17:00"],
        ["--opens", "09:00", "--closes", "09:00"],
        ["--opens", "25:00", "--closes", "17:00"],
        ["--opens", "9", "--closes", "17"],
        ["--alert-ahead", "-1"],
        ["--alert-ahead", "100"],
        ["--minutes-per-customer", "0"],
        ["--minutes-per-customer", "nan"],
        ["--unknown"],
    ],
)
def test_a_bad_option_is_refused_in_one_line(run_alone: Run, options: list[str]) -> None:
    refusal(run_alone("queue", "add", "CET236", "--name", "Lab", *options), 2)


def test_without_a_business_it_says_what_comes_first(run: Run, db: Database) -> None:
    assert "flask setup" in refusal(run("queue", "add", "CET236", "--name", "Lab"), 1)


def test_among_several_businesses_one_must_be_named(run: Run, business: Business) -> None:
    clinic = make_business(name="Clinic", number="+15550100001")
    line = refusal(run("queue", "add", "CET236", "--name", "Lab"), 1)
    assert "'Barber Lopes', 'Clinic'" in line
    assert "'Clinic'" in refusal(run("queue", "add", "CET236", "--name", "Lab", "--business", "Bank"), 1)
    assert run("queue", "add", "CET236", "--name", "Lab", "--business", "Clinic").exit_code == 0
    assert [queue.business_id for queue in queues()] == [clinic.id]
    # Its customers text another number.
    assert run("queue", "add", "CET236", "--name", "Lab", "--business", "Barber Lopes").exit_code == 0
    assert [queue.address for queue in queues()] == ["CET236", "CET236-2"]
