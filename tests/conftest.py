"""Every test that touches the database runs on SQLite and on a real Postgres, built by the migrations."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from config import logs
from migrations import migrate
from models.people.business import Business
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage import database
from models.storage.request_id import current_request_id
from tests import world
from tests.postgres import fresh_postgres

NO_POWER_CUTS = "PRAGMA synchronous=OFF"
FROM_ONE_AGAIN = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
TEST_KEYS = PhoneKeys(["a key for the tests only"], "a hash key for the tests only")


@pytest.fixture(scope="session", autouse=True)
def phone_keys() -> None:
    use_keys(TEST_KEYS)


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of this test process, emptied between tests."""
    return f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.sqlite3'}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database of this test process on the shared server, emptied between tests."""
    with fresh_postgres() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def kept_database(request: pytest.FixtureRequest) -> Iterator[database.Database]:
    """One engine for all tests of its kind: a new one would have to compile every statement anew."""
    made = database.Database(request.getfixturevalue(f"{request.param}_url"), pool_size=12)
    if made.is_sqlite:
        event.listen(made.engine, "connect", lambda connection, _: connection.execute(NO_POWER_CUTS))
    migrate(made.engine)
    yield made
    made.close()


@pytest.fixture
def db(kept_database: database.Database, monkeypatch: pytest.MonkeyPatch) -> database.Database:
    """The process's database, empty, once of each kind."""
    _empty(kept_database)
    monkeypatch.setattr(database, "_database", kept_database)
    return kept_database


def _empty(made: database.Database) -> None:
    """DELETE, not TRUNCATE: for a few rows in many tables it takes a tenth of the time."""

    def work(session: Session) -> None:
        connection = session.connection()
        for table in reversed(database.Base.metadata.sorted_tables):
            connection.execute(table.delete())
        if not made.is_sqlite:  # SQLite counts from 1 again by itself
            connection.execute(text(FROM_ONE_AGAIN))

    made.transaction(work)


@pytest.fixture
def business(db: database.Database) -> Business:
    return world.make_business()


@pytest.fixture
def queue(business: Business) -> Queue:
    return world.make_queue(business)


@pytest.fixture
def rosa(business: Business) -> Servicer:
    return world.make_servicer(business, "Rosa", role=Role.MANAGER)


@pytest.fixture
def luis(business: Business) -> Servicer:
    return world.make_servicer(business, "Luis")


@pytest.fixture
def written() -> Iterator[StringIO]:
    """The log as a process writes it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.set_up("debug", request_id=current_request_id)
    lines = StringIO()
    root.handlers[0].setStream(lines)  # type: ignore[attr-defined]
    yield lines
    root.handlers = handlers
    root.setLevel(level)
