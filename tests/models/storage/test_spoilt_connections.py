"""A connection that went bad while the database is well is thrown away, and the work is tried again."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select, text

from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.storage.write_lock import WriteLock
from tests import failing_database
from tests.world import ANA, BEN, join, line


def look(db: Database) -> None:
    with reading() as session:
        session.scalars(select(Ticket)).all()


def _run(db: Database, statement: str) -> None:
    with db.engine.begin() as other:
        other.execute(text(statement))


def test_a_file_that_could_not_be_written_for_a_while_is_written_again(db: Database, queue: Queue) -> None:
    with failing_database.read_only(db):
        look(db)  # opens connections that only read, and puts them back into the pool
        with pytest.raises(Exception, match=r"read-?only|can't be opened"):
            join(queue, ANA)
    join(queue, BEN)
    assert line(queue) == [1]


def test_a_failover_leaves_no_connection_that_only_reads(
    db: Database, queue: Queue, business: Business
) -> None:
    if db.is_sqlite:
        pytest.skip("of Postgres")
    with failing_database.demoted(db):
        join(queue, ANA)
        join(queue, BEN)
    assert line(queue) == [1, 2]


def test_a_table_that_a_migration_changed_under_a_connection_is_read_again(
    db: Database, queue: Queue
) -> None:
    if db.is_sqlite:
        pytest.skip("of Postgres")

    def read(session: object) -> int:
        return len(session.execute(text("SELECT * FROM desks")).all())  # type: ignore[attr-defined]

    for _ in range(7):  # psycopg prepares what it has run five times
        transaction(read)
    _run(db, "ALTER TABLE desks ADD COLUMN colour text")
    try:
        assert transaction(read) == 0
    finally:
        _run(db, "ALTER TABLE desks DROP COLUMN colour")


def test_a_lock_file_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    mine, others = WriteLock(str(tmp_path / "turn"), 0.1), WriteLock(str(tmp_path / "turn"), 0.1)
    with mine:
        pass
    os.unlink(tmp_path / "turn")
    with others:
        assert mine._file() != others._descriptor
        assert os.fstat(mine._file()).st_ino == os.stat(tmp_path / "turn").st_ino
