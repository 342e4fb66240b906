"""How transactions begin on Postgres, with a pooler in front of it too, and when it has no connection left.

`python -m tests.proof --database pgbouncer` runs the whole product behind a real pooler.
"""

import secrets
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import create_engine, literal, make_url, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import PoolProxiedConnection

from migrations.migrate import migrate
from migrations.revisions import newest_revision, revision_of
from models.storage import database as database_module
from models.storage.database import Database, reading, reading_connection
from models.storage.postgres import LIMITS, is_pooled, read_afresh
from tests.postgres import fresh_postgres, start_postgres

LIMITS_NOW = text(f"SELECT {', '.join(f'current_setting({name!r})' for name in LIMITS)}")


@pytest.fixture
def here() -> Iterator[Database]:
    with fresh_postgres() as url:
        made = Database(url, connections=2)
        yield made
        made.close()


@pytest.mark.parametrize("pooled", [False, True], ids=["server", "pooler"])
def test_every_transaction_has_its_limits_and_leaves_none_at_a_pooler(
    here: Database, monkeypatch: pytest.MonkeyPatch, pooled: bool
) -> None:
    if pooled:  # it makes up the process id that a connection is told
        monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", -1)
    expected = ("15s", "8s", "20s")
    assert here.transaction(lambda session: tuple(session.execute(LIMITS_NOW).one())) == expected
    with here.reading() as session:
        assert tuple(session.execute(LIMITS_NOW).one()) == expected
        assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    with here.reading_connection(once=True) as connection:
        assert tuple(connection.execute(LIMITS_NOW).one()) == expected
        in_transaction = connection.connection.driver_connection.info.transaction_status.name == "INTRANS"
        assert in_transaction == pooled
    assert is_pooled(here.engine) == pooled
    raw = here.engine.raw_connection()
    try:
        left = raw.driver_connection.execute("SHOW statement_timeout").fetchone()
        assert left == ("0" if pooled else "15s",)
    finally:
        raw.close()


def test_how_a_transaction_begins_is_not_left_to_the_next_one(here: Database) -> None:
    isolation = text("SHOW transaction_isolation")
    for _ in range(2):  # by the same connection of the pool
        with here.reading() as session:
            assert session.scalar(isolation) == "repeatable read"
        assert here.transaction(lambda session: session.scalar(isolation)) == "read committed"


def test_what_is_read_afresh_is_of_one_moment_too(here: Database) -> None:
    isolation = text("SHOW transaction_isolation")
    with here.reading() as session:
        assert session.scalar(isolation) == "repeatable read"
        read_afresh(session)
        assert session.scalar(isolation) == "repeatable read"


def test_a_connection_that_was_to_be_read_afresh_begins_as_any_other(here: Database) -> None:
    isolation = text("SHOW transaction_isolation")
    with here.reading() as session:
        session.scalar(isolation)
        read_afresh(session)  # and then nothing is read
    assert here.transaction(lambda session: session.scalar(isolation)) == "read committed"


def test_a_connection_that_has_lost_its_notes_sets_limits_itself(here: Database) -> None:
    """`detach()` copies them when the pool has its record again: another thread may have cleared it."""
    with here.engine.connect() as connection:
        connection.connection.info.clear()
        assert connection.scalar(text("SHOW statement_timeout")) == "15s"


def test_no_statement_looks_for_listeners(here: Database) -> None:
    assert not here.engine._has_events


def test_columns_are_described_to_whoever_looks_and_to_nobody_else(
    here: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    described: list[int] = []
    of_the_driver = psycopg.Column.__init__

    def describe(column: psycopg.Column, cursor: psycopg.Cursor, index: int) -> None:
        described.append(index)
        of_the_driver(column, cursor, index)

    asked = select(literal(1).label("one"), literal("two").label("two"))
    with here.reading_connection() as connection:
        assert connection.execute(asked).one()._asdict() == {"one": 1, "two": "two"}
        monkeypatch.setattr(psycopg.Column, "__init__", describe)
        assert connection.execute(asked).one()._asdict() == {"one": 1, "two": "two"}
        assert not described
        cursor = connection.connection.cursor()
        cursor.execute("SELECT 3 AS three, 4 AS four")
        assert [column[0] for column in cursor.description] == ["three", "four"]
        assert described == [0, 1]
        cursor.execute("SET LOCAL application_name = 'nothing to describe'")
        assert cursor.description is None


def test_a_limit_of_the_address_itself_stays() -> None:
    with fresh_postgres() as url:
        longer = make_url(url).update_query_dict({"options": "-c statement_timeout=60000"})
        made = Database(longer.render_as_string(hide_password=False))
        with made.reading() as session:
            assert tuple(session.execute(LIMITS_NOW).one()) == ("1min", "8s", "20s")
        made.close()


def test_nothing_is_left_of_a_migration(here: Database) -> None:
    """Neither a lock nor a limit, which a pooler would hand to the next one."""
    for _ in range(3):
        migrate(here.engine)
    assert revision_of(here.engine) == newest_revision()
    with here.reading() as session:
        here_only = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        locks = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {here_only}")
        assert session.scalar(locks) == 0


def test_two_that_migrate_at_once_make_each_step_once(here: Database) -> None:
    migrate(here.engine, "0015")
    both = [threading.Thread(target=migrate, args=(here.engine,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert revision_of(here.engine) == newest_revision()


@pytest.fixture
def few() -> Iterator[tuple[Engine, str]]:
    """An administrator's engine, and the address of a role that may have one connection only."""
    server, name = make_url(start_postgres()), f"few_{secrets.token_hex(4)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1"))
    yield admin, server.set(username=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP ROLE {name}"))
    admin.dispose()


def test_where_the_server_has_no_connection_left_one_waits_for_one_of_ours(few: tuple[Engine, str]) -> None:
    made = Database(few[1], connections=3)
    inside, go = threading.Event(), threading.Event()
    answers: list[int] = []

    def hold(session: object) -> None:
        inside.set()
        go.wait(10)

    def read() -> None:
        with made.reading() as session:
            answers.append(session.execute(text("SELECT 1")).scalar_one())

    holder = threading.Thread(target=made.transaction, args=(hold,))
    holder.start()
    assert inside.wait(10)
    waiters = [threading.Thread(target=read) for _ in range(4)]
    for one in waiters:
        one.start()
    assert not answers
    go.set()
    for one in (holder, *waiters):
        one.join()
    assert answers == [1, 1, 1, 1]
    made.close()


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_a_page_waits_for_a_pooler_that_has_none_free_as_it_begins(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, begun = db.engine.dialect.do_begin, list[int]()

    def begin_at_the_third(connection: PoolProxiedConnection) -> None:
        begun.append(1)
        if len(begun) < 3:
            raise psycopg.OperationalError("query_wait_timeout")
        begin(connection)

    monkeypatch.setattr(db.engine.dialect, "do_begin", begin_at_the_third)
    with reading() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    with reading_connection() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    assert len(begun) == 4  # each begins once, in the round trip that it would have begun with anyway


def test_a_server_that_refuses_for_another_reason_is_not_waited_for(
    few: tuple[Engine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 1000.0)
    made = Database(make_url(few[1]).set(username="nobody-there").render_as_string(hide_password=False))
    with pytest.raises(Exception, match="does not exist"), made.reading():
        pass
    made.close()


def test_a_server_itself_is_told_from_a_pooler(here: Database) -> None:
    assert not is_pooled(here.engine)
