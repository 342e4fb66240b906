"""A process learns that something was committed, on both databases, without a look at any table."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.storage.commits import Commits
from models.storage.database import Database
from tests.world import ANA, join

ASKED = 1000  # as other tests commit to the same server of Postgres
WRITES = text("SELECT pg_current_xact_id()")


@pytest.fixture
def commits(db: Database) -> Iterator[Commits]:
    made = Commits(db)
    yield made
    made.close()


def rests(commits: Commits) -> bool:
    return any(not commits.any_since() for _ in range(ASKED))


def test_at_first_there_may_have_been_any(commits: Commits) -> None:
    assert commits.any_since()


def test_what_only_reads_is_none(commits: Commits, db: Database) -> None:
    def reads_between() -> bool:
        with db.reading() as session:
            session.execute(text("SELECT 1"))
        return commits.any_since()

    assert any(not reads_between() for _ in range(ASKED))


def test_each_commit_is_noticed_once(commits: Commits, queue: Queue) -> None:
    assert rests(commits)
    seen = commits.seen
    join(queue, ANA)
    assert commits.any_since()
    assert commits.seen == seen + 1
    assert rests(commits)


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_one_that_ends_after_others_that_began_later_is_noticed(commits: Commits, db: Database) -> None:
    def first(session: Session) -> None:
        session.execute(WRITES)
        db.transaction(lambda later: later.execute(WRITES))
        assert rests(commits)

    db.transaction(first)
    assert commits.any_since()


def test_after_it_was_closed_it_begins_anew(commits: Commits) -> None:
    assert rests(commits)
    commits.close()
    assert commits.any_since()
