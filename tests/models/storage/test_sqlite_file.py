"""SQLite's file is whole after its last user, and what stands beside it stays small."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from jobs.upkeep.checkpoints import Checkpoints
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from tests.world import ANA, NOON, join

MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def of_sqlite(db: Database) -> Iterator[None]:
    if not db.is_sqlite:
        pytest.skip("of SQLite")
    yield
    transaction(lambda session: session.execute(text("DROP TABLE IF EXISTS ballast")))


def grow(db: Database, megabytes: int) -> None:
    def work(session: Session) -> None:
        session.execute(text("CREATE TABLE IF NOT EXISTS ballast (b BLOB)"))
        session.execute(text("INSERT INTO ballast VALUES (zeroblob(:size))"), {"size": MEGABYTE})

    for _ in range(megabytes):
        transaction(work)


def test_a_copy_of_the_file_after_the_last_connection_is_the_shop(
    db: Database, queue: Queue, tmp_path: Path
) -> None:
    join(queue, ANA)
    db.close()
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(db.url.database or "", copy)
    with closing(sqlite3.connect(copy)) as taken:
        assert taken.execute("SELECT number FROM tickets").fetchall() == [(1,)]


def test_the_file_is_whole_though_another_process_still_has_it_open(
    db: Database, queue: Queue, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(db.url.database or "")) as other:
        other.execute("SELECT count(*) FROM tickets").fetchone()
        join(queue, ANA)
        db.close()
        copy = tmp_path / "copy.sqlite3"
        shutil.copy(db.url.database or "", copy)
    with closing(sqlite3.connect(copy)) as taken:
        assert taken.execute("SELECT number FROM tickets").fetchall() == [(1,)]


def test_what_a_long_reader_made_grow_is_cut_once_it_is_gone(db: Database, queue: Queue) -> None:
    with reading() as session:
        session.execute(text("SELECT count(*) FROM tickets")).scalar()
        grow(db, 20)
        Checkpoints().run(NOON)
        assert db.wal_size() > 16 * MEGABYTE
    Checkpoints().run(NOON)
    assert db.wal_size() <= 8 * MEGABYTE


def test_a_log_of_changes_is_cut_without_the_clock_too(db: Database, queue: Queue) -> None:
    with reading() as session:
        session.execute(text("SELECT count(*) FROM tickets")).scalar()
        grow(db, 20)
    for _ in range(3):  # the next writers begin it from the front
        grow(db, 1)
    assert db.wal_size() <= 8 * MEGABYTE


def test_a_file_that_may_not_be_written_ends_without_a_fault(db: Database, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'gone.sqlite3'}")
    away.close()
    assert not (tmp_path / "nowhere").exists()
