"""The sending loop looks after every commit, and while nobody is there only now and then."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.outbox import send_texts
from jobs.outbox.polling import ANYWAY_SECONDS, Polling
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.commits import Commits
from models.storage.database import Database
from models.storage.doorbell import listen, ring
from tests.acceptance.installation import comes_true
from tests.jobs.scripted import Day, ScriptedCarrier, sender_with
from tests.one_database import on_sqlite
from tests.world import ANA, call_next, join


class Hands:
    """A clock that stands still."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def commits(db: Database) -> Iterator[Commits]:
    made = Commits(db)
    yield made
    made.close()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def polling(commits: Commits, hands: Hands) -> Polling:
    """One that has looked and found nothing."""
    made = Polling(commits, hands)
    assert made.is_due()
    made.looked(found=False)
    return made


@on_sqlite
def test_a_minute_with_nobody_there_is_twelve_looks(polling: Polling, hands: Hands) -> None:
    looks = 0
    for _ in range(60):
        hands.at += 1
        if polling.is_due():
            looks += 1
            polling.looked(found=False)
    assert looks == 12


@on_sqlite
def test_without_a_commit_there_is_nothing_to_look_for(polling: Polling) -> None:
    assert [polling.is_due() for _ in range(5)] == [False] * 5


def test_a_commit_of_anybody_is_looked_at_at_once(polling: Polling, queue: Queue) -> None:
    polling.is_due(), polling.looked(found=False)
    join(queue, ANA)
    assert polling.is_due()


def test_what_only_time_makes_due_is_found_too(polling: Polling, hands: Hands) -> None:
    hands.at += ANYWAY_SECONDS
    assert polling.is_due()


def test_it_looks_when_the_next_text_is_due(polling: Polling, hands: Hands) -> None:
    polling.looked(found=False, next_due=2)
    hands.at += 2
    assert polling.is_due()


def test_texts_that_wait_for_their_number_are_looked_at_again(polling: Polling) -> None:
    polling.looked(found=True)
    assert polling.is_due()


def test_after_a_fault_it_looks_again_on_a_new_connection(polling: Polling) -> None:
    polling.close()
    assert polling.is_due()


@on_sqlite
def test_a_text_leaves_as_soon_as_the_doorbell_rings(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_texts, "POLL_SECONDS_WITH_DOORBELL", 3600.0)
    carrier, stop = ScriptedCarrier(), threading.Event()
    # With a short name, as that of a socket must be.
    with tempfile.TemporaryDirectory() as name, listen(folder := Path(name)) as doorbell:
        assert doorbell is not None
        monkeypatch.setattr(db, "_doorbell_in", folder)
        sending = threading.Thread(
            target=sender_with(carrier, Day()).run, args=(stop, Commits(db), doorbell), daemon=True
        )
        sending.start()
        join(queue, ANA)
        call_next(queue, rosa)
        is_sent = comes_true(lambda: carrier.got)
        stop.set()
        ring(folder)
        sending.join(60)
    assert is_sent
