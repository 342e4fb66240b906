"""`flask queue hours` and `flask holiday`: set, told, refused in one line, and safe to repeat."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from commands.queues import hours as hours_command
from models.people.business import Business
from models.queueing.hours.opening_hours import Holiday, hours_of
from models.queueing.setup.keywords import change_keyword
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from tests.commands.conftest import Run, refusal
from tests.world import ANA, NOON, join, line, make_business, make_queue, outbox

NINE_TO_FIVE = ["--opens", "09:00", "--closes", "17:00"]


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Tuesday, noon in Lisbon."""

    class Noon:
        @staticmethod
        def now(_zone: object) -> object:
            return NOON

    monkeypatch.setattr(hours_command, "datetime", Noon)


def hours(queue: Queue) -> dict[int, tuple[time, time]]:
    with reading() as session:
        return {day: (row.opens_at, row.closes_at) for day, row in hours_of(session, queue.id).items()}


def kept_at(queue: Queue) -> object:
    with reading() as session:
        return session.get_one(Queue, queue.id).hours_kept_at


def test_hours_are_set_on_the_days_named_and_told(run: Run, queue: Queue) -> None:
    result = run("queue", "hours", "cet236", "--days", "mon-fri", *NINE_TO_FIVE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert hours(queue) == {day: (time(9), time(17)) for day in range(5)}
    assert result.stdout.splitlines() == [
        "CET236 · Haircuts (Europe/Lisbon)",
        "Mon-Fri   09:00-17:00",
        "Sat-Sun   closed",
        "It is open now, and closes today at 17:00.",
    ]


def test_each_day_may_have_its_own(run: Run, queue: Queue) -> None:
    run("queue", "hours", "CET236", *NINE_TO_FIVE)
    run("queue", "hours", "CET236", "--days", "fri,sat", "--opens", "20:00", "--closes", "02:00")
    result = run("queue", "hours", "CET236", "--days", "sunday", "--closed")
    assert result.stdout.splitlines()[1:4] == [
        "Mon-Thu   09:00-17:00",
        "Fri-Sat   20:00-02:00",
        "Sun       closed",
    ]


def test_without_anything_they_are_printed_and_nothing_is_changed(run: Run, queue: Queue) -> None:
    result = run("queue", "hours", "CET236")
    assert result.stdout.splitlines()[1:] == ["No hours: you open and close it yourself.", "It is open now."]
    run("queue", "hours", "CET236", *NINE_TO_FIVE)
    before = kept_at(queue)
    assert "Mon-Sun   09:00-17:00" in run("queue", "hours", "CET236").stdout
    assert kept_at(queue) == before


def test_of_a_shift_over_the_days_start_it_says_when_the_day_ends(run: Run, queue: Queue) -> None:
    printed = run("queue", "hours", "CET236", "--opens", "22:00", "--closes", "06:00").stdout
    assert "at 06:00, when it closes, because its hours span the day's start; customers" in printed
    printed = run("queue", "hours", "CET236", "--opens", "00:00", "--closes", "24:00").stdout
    assert "because it is open round the clock; the line is kept." in printed


def test_a_repeated_command_changes_nothing(run: Run, queue: Queue) -> None:
    command = ["queue", "hours", "CET236", "--days", "fri-mon", *NINE_TO_FIVE]
    first = run(*command)
    assert sorted(hours(queue)) == [0, 4, 5, 6]
    assert run(*command).stdout == first.stdout


def test_by_hand_forgets_all_hours(run: Run, queue: Queue) -> None:
    run("queue", "hours", "CET236", *NINE_TO_FIVE)
    assert "you open and close it yourself" in run("queue", "hours", "CET236", "--by-hand").stdout
    assert hours(queue) == {}


def test_the_last_day_cannot_be_closed_by_mistake(run: Run, queue: Queue) -> None:
    run("queue", "hours", "CET236", "--days", "mon", *NINE_TO_FIVE)
    result = run("queue", "hours", "CET236", "--days", "mon", "--closed")
    assert "--by-hand" in refusal(result, 1)
    assert hours(queue) == {0: (time(9), time(17))}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--opens", "09:00"], "--opens and --closes together"),
        (["--opens", "09:00", "--closes", "09:00"], "differ"),
        (["--opens", "9", "--closes", "17"], "is not a time of day"),
        (["--days", "mon"], "--days needs"),
        (["--days", "someday", *NINE_TO_FIVE], "no weekdays"),
        (["--days", "m-f", *NINE_TO_FIVE], "no weekdays"),
        (["--days", "mon-tue-wed", *NINE_TO_FIVE], "no weekdays"),
        (["--days", "", *NINE_TO_FIVE], "no weekdays"),
        (["--closed", *NINE_TO_FIVE], "only one of these"),
        (["--by-hand", *NINE_TO_FIVE], "only one of these"),
        (["--by-hand", "--days", "mon"], "only one of these"),
    ],
)
def test_bad_input_is_refused_in_one_line(run_alone: Run, options: list[str], told: str) -> None:
    assert told in refusal(run_alone("queue", "hours", "CET236", *options), 2)


def test_hours_that_begin_later_say_that_it_is_left_open_and_close_it_when_asked(
    run: Run, queue: Queue
) -> None:
    """It is Tuesday noon."""
    join(queue, ANA)
    weekend = ("--days", "sat,sun", *NINE_TO_FIVE)
    told = run("queue", "hours", "CET236", *weekend).stdout
    assert "By these hours it should be closed now: --close-now closes it." in told
    assert line(queue) == [1]
    told = run("queue", "hours", "CET236", "--close-now").stdout
    assert "It is closed now, and opens on Sat" in told
    assert (line(queue), outbox(queue)) == ([], [(1, "day_ended", "waiting")])


def test_an_old_keyword_is_refused_with_the_present_one(run: Run, queue: Queue) -> None:
    now = datetime.now(UTC)
    transaction(lambda s: change_keyword(s, Queue.lock(s, queue.id), "CUTS1", now=now))
    told = refusal(run("queue", "hours", "CET236", *NINE_TO_FIVE), 1)
    assert "The keyword 'CET236' has changed: it is CUTS1 now." in told


def test_an_unknown_queue_is_refused(run: Run, queue: Queue) -> None:
    assert "no queue 'CET999'" in refusal(run("queue", "hours", "CET999", *NINE_TO_FIVE), 1)


def test_a_queue_made_with_hours_says_what_the_clock_will_do(run: Run, business: Business) -> None:
    result = run("queue", "add", "LAB", "--name", "Lab", *NINE_TO_FIVE)
    assert result.stdout.splitlines() == [
        "Made the queue LAB (Lab). It is open.",
        "From now on it closes at 17:00 and opens at 09:00 by itself.",
    ]


# Holidays -----------------------------------------------------------------------------------------------


def holidays() -> dict[date, str]:
    with reading() as session:
        return {row.day: row.name for row in session.scalars(select(Holiday))}


def test_a_holiday_is_added_once_listed_and_removed(run: Run, business: Business) -> None:
    for told in ("2026-12-25 is a holiday.", "2026-12-25 is a holiday already: nothing to do."):
        assert run("holiday", "add", "2026-12-25", "--name", "Christmas").stdout.strip() == told
    run("holiday", "add", "2026-12-08")
    assert run("holiday", "list").stdout.splitlines() == ["2026-12-08 Tue", "2026-12-25 Fri Christmas"]
    assert run("holiday", "add", "2026-12-25").exit_code == 0  # a name left out is not taken away
    assert holidays()[date(2026, 12, 25)] == "Christmas"
    for told in ("not a holiday any more", "not a holiday: nothing to do"):
        assert run("holiday", "remove", "2026-12-25").stdout.strip() == f"2026-12-25 is {told}."
    assert list(holidays()) == [date(2026, 12, 8)]


def test_without_any_it_says_so(run: Run, business: Business) -> None:
    assert run("holiday", "list").stdout == "No holidays.\n"


def test_a_holiday_today_names_the_queues_that_are_open(run: Run, business: Business, queue: Queue) -> None:
    result = run("holiday", "add", "2026-03-10")
    assert "Still open now: CET236." in result.stdout


def test_the_opening_over_a_holiday_is_told(run: Run, business: Business) -> None:
    make_queue(business, "SHUT", state="closed")
    run("holiday", "add", "2026-03-11")
    assert "opens on Thu 2026-03-12 at 09:00" in run("queue", "hours", "SHUT", *NINE_TO_FIVE).stdout
    run("holiday", "remove", "2026-03-11")
    assert "opens tomorrow at 09:00" in run("queue", "hours", "SHUT").stdout


def test_among_several_businesses_one_must_be_named(run: Run, db: Database, business: Business) -> None:
    make_business(name="Clinic", number="+15550100001")
    assert "'Clinic'" in refusal(run("holiday", "add", "2026-12-25"), 1)
    assert run("holiday", "add", "2026-12-25", "--business", "Clinic").exit_code == 0
    assert run("holiday", "list", "--business", "Barber Lopes").stdout == "No holidays.\n"


@pytest.mark.parametrize("words", [["add", "christmas"], ["remove", "2026-02-30"], ["add"]])
def test_a_day_that_is_none_is_refused_in_one_line(run_alone: Run, words: list[str]) -> None:
    refusal(run_alone("holiday", *words), 2)
