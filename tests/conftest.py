"""Every test that touches the database runs on SQLite and on a real Postgres, built by the migrations."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from migrations import migrate
from models import database
from models.business import Business
from models.people import Role, Servicer
from models.phone import PhoneKeys, use_keys
from models.queues import Queue
from tests import world
from tests.postgres import start_postgres

TEST_KEYS = PhoneKeys(["a key for the tests only"], "a hash key for the tests only")


@pytest.fixture(scope="session", autouse=True)
def phone_keys() -> None:
    use_keys(TEST_KEYS)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated database, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    made = database.Database(f"sqlite:///{path}")
    migrate(made.engine)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    made.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database of this test process on the shared server, emptied between tests."""
    server = make_url(start_postgres())
    name = f"test_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name)
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    yield url.render_as_string(hide_password=False)
    if database._database is not None:
        database._database.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[database.Database]:
    """The process's database, empty, once of each kind."""
    if request.param == "sqlite":
        copy = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), copy)
        made = database.connect(f"sqlite:///{copy}", pool_size=12)
    else:
        made = database.connect(request.getfixturevalue("postgres_url"), pool_size=12)
        _empty(made)
    yield made
    made.close()


def _empty(made: database.Database) -> None:
    """DELETE, not TRUNCATE: for a few rows in many tables it takes a tenth of the time."""
    tables = [t.name for t in reversed(database.Base.metadata.sorted_tables)]
    with made.engine.begin() as connection:
        connection.execute(text(";".join(f"DELETE FROM {name}" for name in tables)))
        for sequence in connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'S'")).all():
            connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART"))


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
