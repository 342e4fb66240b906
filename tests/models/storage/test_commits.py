"""A process learns that something was committed, on both databases, without a look at any table."""

from collections.abc import Iterator

import pytest
from psycopg import OperationalError
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.storage.commits import SKIPPED_ASKS, Commits
from models.storage.database import Database
from models.storage.heartbeats import last_seen, record_heartbeat
from tests.world import ANA, NOON, join

ASKED = 1000  # as other tests commit to the same server of Postgres
WRITES = text("SELECT pg_current_xact_id()")
ENDS = text("SELECT pg_terminate_backend(x) FROM unnest(CAST(:all AS int[])) x")


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


def test_what_is_committed_unnoticed_is_there_and_no_news(commits: Commits, db: Database) -> None:
    def beats_unnoticed() -> bool:
        commits.any_since()
        commits.commit_unnoticed(lambda session: record_heartbeat(session, "ours", NOON))
        return not commits.any_since()

    assert any(beats_unnoticed() for _ in range(ASKED))
    with db.reading() as session:
        assert last_seen(session) == NOON


@pytest.mark.parametrize("joins_before", [True, False])
def test_what_others_commit_meanwhile_is_news(commits: Commits, queue: Queue, joins_before: bool) -> None:
    assert rests(commits)
    if joins_before:
        join(queue, ANA)
    commits.commit_unnoticed(lambda session: record_heartbeat(session, "ours", NOON))
    if not joins_before:
        join(queue, ANA)
    assert commits.any_since()


def test_who_has_no_connection_of_its_own_commits_as_everybody(commits: Commits, db: Database) -> None:
    commits.any_since()
    commits._connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
    commits.commit_unnoticed(lambda session: record_heartbeat(session, "ours", NOON))
    with db.reading() as session:
        assert last_seen(session) == NOON


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_a_connection_that_ends_before_a_commit_takes_none_from_the_pool(
    commits: Commits, db: Database
) -> None:
    """Some restarts of the server later the clock would have none left."""
    commits.any_since()
    with db.engine.raw_connection() as other:
        backend = commits._connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        other.execute("SELECT pg_terminate_backend(%s)", [backend])
    commits.commit_unnoticed(lambda session: record_heartbeat(session, "ours", NOON))
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    with db.reading() as session:
        assert last_seen(session) == NOON


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_after_the_server_ended_every_connection_it_asks_on_a_new_one_at_once(
    commits: Commits, db: Database
) -> None:
    """Those of the pool are as dead; each of them cost the sending loop a second."""
    assert rests(commits)
    pooled = [db.engine.raw_connection() for _ in range(3)]
    ours = commits._connection.connection  # type: ignore[union-attr]
    backends = [each.dbapi_connection.info.backend_pid for each in (ours, *pooled)]
    for each in pooled:
        each.close()
    other = Database(db.url.render_as_string(hide_password=False), connections=1)
    other.transaction(lambda session: session.execute(ENDS, {"all": backends}))
    other.close()
    assert commits.any_since()
    with db.reading() as session:
        session.execute(text("SELECT 1"))


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_while_the_server_has_no_connection_left_there_may_have_been_any(
    commits: Commits, db: Database
) -> None:
    """The sending loop looks then as it did before, over the connections that it has."""
    tried = []

    def none_left(*_: object) -> None:
        tried.append(1)
        raise OperationalError("FATAL: sorry, too many clients already")

    db.engine.dispose()
    event.listen(db.engine, "do_connect", none_left)
    try:
        assert all(commits.any_since() for _ in range(SKIPPED_ASKS))
    finally:
        event.remove(db.engine, "do_connect", none_left)
    assert len(tried) == 1
    assert commits.seen == SKIPPED_ASKS
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
