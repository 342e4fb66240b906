"""A forgotten name stands in no byte of SQLite's file or its -wal, a day after at the latest."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from jobs.upkeep.checkpoints import Checkpoints
from models.people.actors import By
from models.people.customers import Customer
from models.privacy.forgetting import forget
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from models.texts.pretend_phones import store_pretend_text
from tests.world import ANA, BEN, NOON, SHOP_PHONE, join

NAME = "Anastasia Karamazova"
NAMES = [f"{NAME} {index:03d}" for index in range(200)]
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def of_sqlite(db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("of SQLite")
    Checkpoints().run(NOON)


def stands_on_disk(db: Database, words: str) -> bool:
    files = [Path(f"{db.url.database}{end}") for end in ("", "-wal")]
    return any(words.encode() in file.read_bytes() for file in files if file.exists())


def ana_comes_and_is_forgotten(db: Database, queue: Queue) -> None:
    join(queue, ANA, name=NAME), join(queue, ANA, name=f"{NAME} the second")

    def says_something(session: Session) -> None:
        store_pretend_text(session, ANA, SHOP_PHONE, f"I am {NAME}", from_phone=True, now=NOON)

    transaction(says_something)
    assert stands_on_disk(db, NAME)
    assert stands_on_disk(db, ANA)

    def forgotten(session: Session) -> None:
        customer = Customer.of_phone(session, queue.business_id, ANA)
        assert customer is not None
        forget(session, customer, by=By.customer(), now=NOON)

    transaction(forgotten)


def test_a_forgotten_name_and_phone_are_in_no_byte_the_day_after(db: Database, queue: Queue) -> None:
    ana_comes_and_is_forgotten(db, queue)
    Checkpoints().run(TOMORROW)
    assert not stands_on_disk(db, NAME)
    assert not stands_on_disk(db, ANA)


def test_it_is_tried_again_when_somebody_was_reading(db: Database, queue: Queue) -> None:
    ana_comes_and_is_forgotten(db, queue)
    with a_reader(db):
        Checkpoints().run(TOMORROW)
    Checkpoints().run(TOMORROW + timedelta(minutes=1))
    assert not stands_on_disk(db, NAME)


def test_what_erasing_left_in_unused_parts_of_pages_goes_too(db: Database, queue: Queue) -> None:
    erased_without_overwriting(db)
    Checkpoints().run(TOMORROW)
    assert not stands_on_disk(db, NAME)


def test_a_large_file_is_rewritten_when_nobody_waits(
    db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.storage.sqlite_file.QUICKLY_REWRITTEN", 0)
    join(queue, BEN)
    erased_without_overwriting(db)
    Checkpoints().run(TOMORROW)
    assert stands_on_disk(db, NAME), "somebody waits, who would notice"
    transaction(lambda s: s.execute(text("UPDATE tickets SET state = 'left', ended_at = joined_at")))
    Checkpoints().run(TOMORROW + timedelta(minutes=1))
    assert not stands_on_disk(db, NAME)


def test_once_a_day_is_enough(db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    Checkpoints().run(TOMORROW)
    monkeypatch.setattr(Database, "rewrite", lambda _: pytest.fail("again on the same day"))
    Checkpoints().run(TOMORROW + timedelta(hours=1))


@contextmanager
def a_reader(db: Database) -> Iterator[None]:
    with closing(sqlite3.connect(db.url.database or "", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tickets").fetchone()
        yield


def erased_without_overwriting(db: Database) -> None:
    """As an older version of the program, or of SQLite, left it."""
    with closing(sqlite3.connect(db.url.database or "", isolation_level=None)) as other:
        other.execute("PRAGMA secure_delete=OFF")
        other.execute("CREATE TABLE earlier (name TEXT)")
        other.executemany("INSERT INTO earlier VALUES (?)", [(name,) for name in NAMES])
        other.execute("DELETE FROM earlier")
        other.execute("DROP TABLE earlier")
    assert stands_on_disk(db, NAME)
