"""Writes without the ORM beside objects of the same transaction; deferred statements are executed once."""

import pytest
from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.storage.database import ATTEMPTS, Database, reading, transaction
from models.storage.spoilt_connections import ChangedMeanwhile
from models.storage.writes import defer, write
from tests.one_database import on_sqlite

pytestmark = on_sqlite

INCREASE = (
    update(Queue.__table__)  # type: ignore[arg-type]
    .where(Queue.id == bindparam("row_id"))
    .values(revision=Queue.revision + 10)
)


def revision(queue: Queue) -> int:
    with reading() as session:
        return session.get_one(Queue, queue.id).revision


def test_what_was_changed_on_an_object_is_written_before(db: Database, queue: Queue) -> None:
    def work(session: Session) -> None:
        session.get_one(Queue, queue.id).revision = 5
        write(session, INCREASE, {"row_id": queue.id})

    transaction(work)
    assert revision(queue) == 15


def test_a_deferred_statement_is_executed_once(db: Database, queue: Queue) -> None:
    before = revision(queue)

    def work(session: Session) -> None:
        defer(session, INCREASE, queue.id)
        defer(session, INCREASE, queue.id)

    transaction(work)
    assert revision(queue) == before + 10


def test_work_that_found_things_changed_is_run_again_with_nothing_left_of_before(
    db: Database, queue: Queue
) -> None:
    before, tries = revision(queue), [0]

    def work(session: Session) -> None:
        tries[0] += 1
        defer(session, INCREASE, queue.id)
        write(session, INCREASE, {"row_id": queue.id})
        if tries[0] < 2:
            raise ChangedMeanwhile

    transaction(work)
    assert (tries, revision(queue)) == ([2], before + 20)


def test_work_that_never_finds_things_at_rest_fails(
    db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.storage.database.time.sleep", lambda seconds: None)
    tries = []

    def work(session: Session) -> None:
        tries.append(session)
        raise ChangedMeanwhile

    with pytest.raises(ChangedMeanwhile):
        transaction(work)
    assert len(tries) == ATTEMPTS
