"""A shop to back up, an empty database to restore into, and backups made once."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from jobs.upkeep.backup import back_up
from models.people.account_mails import AccountMailKind, queue_account_mail
from models.people.audit_log import AuditAction, record_action
from models.people.browser_sessions import BrowserSession
from models.people.business import Business
from models.people.mailed_links import LinkKind, make_link
from models.people.phone_numbers import use_keys
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import queue_summary_mail
from models.storage import database
from models.storage.database import Database, transaction
from models.storage.heartbeats import record_heartbeat
from models.texts.open_questions import QuestionKind, ask_question
from tests.commands.backup.databases import KEY, fill
from tests.conftest import TEST_KEYS
from tests.migrated import migrated_sqlite
from tests.world import ANA, BEN, CAI, NOON, call_next, join, make_queue, phone


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of another database, without any table."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
        return
    admin = create_engine(request.getfixturevalue("postgres_url"))
    with admin.begin() as connection:
        connection.execute(text("CREATE SCHEMA elsewhere"))
    url = make_url(request.getfixturevalue("postgres_url"))
    yield url.update_query_dict({"options": "-csearch_path=elsewhere"}).render_as_string(hide_password=False)
    with admin.begin() as connection:
        connection.execute(text("DROP SCHEMA elsewhere CASCADE"))
    admin.dispose()


@pytest.fixture
def other(elsewhere: str, db: Database) -> Iterator[Callable[[], Database]]:
    """`other()` connects the process to the empty database; after the test it is `db` again."""
    made: list[Database] = []

    def change() -> Database:
        made.append(Database(elsewhere))
        database._database = made[-1]
        return made[-1]

    yield change
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def keys_put_back() -> Iterator[None]:
    """Another test's application may have left its own."""
    use_keys(TEST_KEYS)
    yield
    use_keys(TEST_KEYS)


@pytest.fixture
def shop(business: Business, queue: Queue, rosa: Servicer) -> Queue:
    """A shop in the middle of its day, with rows in most tables."""
    now = datetime.now(UTC)
    for index, number in enumerate((ANA, BEN, CAI)):
        join(queue, number, now - timedelta(minutes=9 - index), name="Zoë “Z”")
    call_next(queue, rosa, now - timedelta(minutes=3))
    other = make_queue(business, "LAB2", name="Lab")
    moved = join(other, phone(5), now)

    def work(session: Any) -> None:
        first = session.scalars(select(Ticket).order_by(Ticket.id)).first()
        first.moved_to_id = moved.ticket_id  # refers to a row that comes later
        record_action(session, AuditAction.SIGNED_IN, business_id=business.id, now=now, servicer_id=rosa.id)
        link = make_link(
            session,
            LinkKind.INVITATION,
            business_id=business.id,
            email="new@example.com",
            now=now,
            made_by_id=rosa.id,
        )
        facts = {"name": "Nell", "empty": None, "count": 3}
        queue_account_mail(
            session,
            AccountMailKind.INVITATION,
            email="new@example.com",
            language="en",
            now=now,
            link=link,
            facts=facts,
        )
        queue_summary_mail(session, rosa, date(2026, 3, 9), {"business": "B"}, now=now)
        session.add(
            BrowserSession(
                key_hash="k",
                servicer_id=rosa.id,
                session_key=rosa.session_key,
                browser="Firefox",
                address="127.0.0.1",
                began_at=now,
                seen_at=now,
            )
        )
        ask_question(session, first.customer_id, QuestionKind.FORGET, now=now)
        record_heartbeat(session, "a clock", now)

    transaction(work)
    return queue


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all the tables and nothing in them, to be copied: migrating takes a second."""
    file = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    migrated_sqlite(file, tmp_path_factory)
    return file


@pytest.fixture
def small(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database, made the process's own; `new.sqlite3` beside it is another one."""
    for name in ("small", "new"):
        shutil.copy(migrated, tmp_path / f"{name}.sqlite3")
    made = database.connect(f"sqlite:///{tmp_path / 'small.sqlite3'}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def backups(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, bytes]:
    """A whole backup without a key and one with `KEY`: to write one takes half a second."""
    folder = tmp_path_factory.mktemp("backups")
    shutil.copy(migrated, folder / "small.sqlite3")
    made = database.connect(f"sqlite:///{folder / 'small.sqlite3'}")
    use_keys(TEST_KEYS)
    fill()
    for key in (None, KEY):
        back_up(folder / str(key), key, NOON)
    made.close()
    return {key: (folder / str(key)).read_bytes() for key in (None, KEY)}
