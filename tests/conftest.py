"""Tests that touch the database run on SQLite and on a real Postgres, built by the migrations.

Which of them need not run whole on both, tests/one_database.py says.
"""

import faulthandler
import gc
import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import event
from sqlalchemy.orm import Session

from config import logs
from config.process_lifetime import POLL_SECONDS, Parent
from config.zone_rules import use_newest_rules
from models.people.business import Business
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.schema import metadata
from models.storage import database
from models.storage.request_id import current_request_id
from security import passwords
from tests import world
from tests.migrated import migrated_postgres, migrated_sqlite
from tests.one_database import without_rows_of_the_other

NO_POWER_CUTS = "PRAGMA synchronous=OFF"
ANY_ORDER = "PRAGMA reverse_unordered_selects=ON"  # as Postgres may: what needs an order has to ask for it
FILES_BETWEEN = 8
HANGS_AFTER, ARMED_AGAIN_AFTER = 120.0, 10.0  # seconds
# With Python's own 700, collecting garbage takes a sixth of the time of all tests.
OBJECTS_BETWEEN_COLLECTIONS = 100_000
# No test fails because a machine is slow at finding examples, or at one of them.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")
TABLES = [table.name for table in reversed(metadata.sorted_tables)]
WHICH_HAVE_ROWS = f"SELECT {', '.join(f'EXISTS (SELECT 1 FROM {name})' for name in TABLES)}"
FROM_ONE_AGAIN = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
TEST_KEYS = PhoneKeys(["a key for the tests only"], "a hash key for the tests only")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-rows", action="store_true", help="every row on both databases")


def pytest_configure(config: pytest.Config) -> None:
    """A worker ends with the run it belongs to, and a run with the `make` that started it."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    use_newest_rules()  # as every process does as it starts
    started_by = os.environ.pop("STARTED_BY", "")
    if hasattr(config, "workerinput"):
        _end_with(Parent())
    elif started_by:
        _end_with(Parent(int(started_by)))


def _end_with(parent: Parent) -> None:
    def watch() -> None:
        while not parent.is_leaving():
            time.sleep(POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that wait for processes are spread among the others, and early: no core waits with them.

    A browser on a busy machine may be late for once: its tests are tried twice, and the summary says which.
    """
    of_file: dict[Path, list[pytest.Item]] = {}
    chosen = items if _asks_for_all(config) else list(without_rows_of_the_other(items))
    config.hook.pytest_deselected(items=list(set(items) - set(chosen)))
    for item in chosen:
        of_file.setdefault(item.path, []).append(item)
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    waiting = deque(f for f, tests in of_file.items() if tests[0].get_closest_marker("acceptance"))
    others = [file for file in of_file if file not in waiting]
    order = []
    for index, file in enumerate(others):
        if waiting and index % FILES_BETWEEN == 0:
            order.append(waiting.popleft())
        order.append(file)
    items[:] = [item for file in [*order, *waiting] for item in of_file[file]]


def _asks_for_all(config: pytest.Config) -> bool:
    return bool(config.getoption("--all-rows")) or any("::" in asked for asked in config.args)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: no full garbage collection need look through it again."""
    gc.collect()
    gc.freeze()


_armed_at = -math.inf


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _arm(item.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    _arm(item.config)


def _arm(config: pytest.Config) -> None:
    """After two minutes in a test the tracebacks of all threads are printed.

    Each call starts a thread, which costs too much for each test; pytest's `faulthandler_timeout` does that.
    """
    global _armed_at
    told_to = config.stash.get(fault_handler_stderr_fd_key, None)  # none with `-p no:faulthandler`
    if told_to is not None and time.monotonic() - _armed_at > ARMED_AGAIN_AFTER:
        _armed_at = time.monotonic()
        faulthandler.dump_traceback_later(HANGS_AFTER, file=told_to)


def pytest_exception_interact() -> None:
    """pytest disarms it after a failure."""
    global _armed_at
    _armed_at = -math.inf


def pytest_sessionfinish() -> None:
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed as they are in use, but for how long that is made to take."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        patch.setattr(passwords, "_DUMMY_HASH", quick.hash("nobody's password"))
        yield


@pytest.fixture(scope="session", autouse=True)
def phone_keys() -> None:
    use_keys(TEST_KEYS)


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of this test process, emptied between tests."""
    return migrated_sqlite(tmp_path_factory.mktemp("database") / "test.sqlite3", tmp_path_factory)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database of this test process on the shared server, emptied between tests."""
    with migrated_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def kept_databases(request: pytest.FixtureRequest) -> Iterator[Callable[[str], database.Database]]:
    """One engine of each kind for all tests: a new one would have to compile every statement anew."""
    kept: dict[str, database.Database] = {}

    def of_kind(kind: str) -> database.Database:
        if kind not in kept:
            kept[kind] = _connected(request.getfixturevalue(f"{kind}_url"))
        return kept[kind]

    yield of_kind
    for made in kept.values():
        made.close()


def _connected(url: str) -> database.Database:
    made = database.Database(url, connections=12)
    if made.is_sqlite:
        event.listen(made.engine, "connect", lambda connection, _: connection.execute(NO_POWER_CUTS))
        event.listen(made.engine, "connect", lambda connection, _: connection.execute(ANY_ORDER))
    return made


# Not of the session: going from one kind to the other, pytest would end the one and begin the other anew.
@pytest.fixture(params=["sqlite", "postgres"])
def kept_database(
    request: pytest.FixtureRequest, kept_databases: Callable[[str], database.Database]
) -> database.Database:
    return kept_databases(request.param)


@pytest.fixture
def db(kept_database: database.Database, monkeypatch: pytest.MonkeyPatch) -> database.Database:
    """The process's database, empty, once of each kind."""
    _empty(kept_database)
    monkeypatch.setattr(database, "_database", kept_database)
    return kept_database


def _empty(made: database.Database) -> None:
    """DELETE, not TRUNCATE: for a few rows in many tables it takes a tenth of the time. Most have none."""

    def work(session: Session) -> None:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        have_rows = driver.execute(WHICH_HAVE_ROWS).fetchone()
        statements = [f"DELETE FROM {name}" for name, has in zip(TABLES, have_rows, strict=True) if has]
        if not made.is_sqlite:  # in one way to the server; SQLite counts from 1 again by itself
            statements = ["; ".join([*statements, FROM_ONE_AGAIN])]
        for statement in statements:
            driver.execute(statement)

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
