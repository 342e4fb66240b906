"""`flask queue open`, `close` and `list`: what the buttons do, told in a line, and safe to repeat."""

import pytest

from commands.queues import states
from models.people.actors import By
from models.people.business import Business
from models.queueing.opening import close_for_good, pause_queue
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.commands.conftest import Run, refusal
from tests.world import ANA, BEN, NOON, join, line, make_queue, outbox, state


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Tuesday, noon in Lisbon."""

    class Noon:
        @staticmethod
        def now(_zone: object) -> object:
            return NOON

    monkeypatch.setattr(states, "datetime", Noon)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "is_terminal", lambda: True)


def test_closing_sends_whoever_waits_home_and_says_so(run: Run, queue: Queue) -> None:
    join(queue, ANA)
    join(queue, BEN)
    result = run("queue", "close", "cet236")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "CET236 is closed.",
        "2 people who were waiting get a text. Bring back, on its page, gives them their places again.",
    ]
    assert state(queue) == "closed"
    assert sorted(outbox(queue)) == [(1, "day_ended", "waiting"), (2, "day_ended", "waiting")]


def test_each_may_be_repeated(run: Run, queue: Queue) -> None:
    assert run("queue", "open", "CET236").stdout == "CET236 is open already: nothing to do.\n"
    assert run("queue", "close", "CET236").stdout == "CET236 is closed.\n"
    assert run("queue", "close", "CET236").stdout == "CET236 is closed already: nothing to do.\n"
    assert run("queue", "open", "CET236").stdout == "CET236 is open.\n"
    assert state(queue) == "open"


def test_opening_ends_a_pause(run: Run, queue: Queue) -> None:
    transaction(lambda s: pause_queue(s, Queue.lock(s, queue.id), by=By.command(), now=NOON))
    assert run("queue", "open", "CET236").stdout == "CET236 is open.\n"
    assert state(queue) == "open"


def test_on_a_terminal_closing_asks_while_people_wait(run: Run, queue: Queue, terminal: None) -> None:
    join(queue, ANA)
    result = run("queue", "close", "CET236", typed="n\n")
    assert "1 person is waiting and will lose their place. Close CET236 anyway?" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert (result.exit_code, state(queue), line(queue)) == (1, "open", [1])
    assert "CET236 is closed." in run("queue", "close", "CET236", typed="y\n").stdout


def test_with_yes_or_with_nobody_waiting_nothing_is_asked(run: Run, queue: Queue, terminal: None) -> None:
    assert run("queue", "close", "CET236").stdout == "CET236 is closed.\n"
    run("queue", "open", "CET236")
    join(queue, ANA)
    assert "CET236 is closed." in run("queue", "close", "CET236", "--yes").stdout


@pytest.mark.parametrize("verb", ["open", "close"])
def test_what_there_is_not_is_refused(run: Run, queue: Queue, verb: str) -> None:
    assert "There is no queue 'NONE'." in refusal(run("queue", verb, "NONE"), 1)


def test_an_archived_queue_is_not_opened(run: Run, queue: Queue) -> None:
    def archive(session: object) -> None:
        found = Queue.lock(session, queue.id)  # type: ignore[arg-type]
        close_for_good(session, found, by=By.command(), now=NOON)  # type: ignore[arg-type]
        found.archived_at = NOON

    transaction(archive)
    assert "is archived" in refusal(run("queue", "open", "CET236"), 1)
    assert run("queue", "list").stdout.startswith("No queues yet")


def test_the_list_tells_state_waiting_hours_and_addresses(run: Run, queue: Queue, business: Business) -> None:
    lab = make_queue(business, "LAB", name="Lab")
    join(lab, ANA)
    run("queue", "hours", "CET236", "--opens", "09:00", "--closes", "17:00")
    assert run("queue", "list").stdout.splitlines() == [
        "CET236 · Haircuts (Barber Lopes)",
        "  open, 0 waiting, closes today at 17:00",
        "  Queue page      http://127.0.0.1:8000/q/CET236",
        "  Control page    http://127.0.0.1:8000/control/CET236",
        "LAB · Lab (Barber Lopes)",
        "  open, 1 waiting",
        "  Queue page      http://127.0.0.1:8000/q/LAB",
        "  Control page    http://127.0.0.1:8000/control/LAB",
    ]
    assert "Nobody" in refusal(run("queue", "list", "--business", "Nobody"), 1)
