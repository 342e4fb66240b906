"""`flask backup` and `flask restore`: everything is restored, on either database, and nothing old is sent."""

import gzip
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.engine import make_url

from config.settings import Settings
from jobs.upkeep.backup import back_up
from jobs.upkeep.backup_file import BackupProblem, contents_of
from migrations import migrate, newest_revision, revision_of
from models.people.account_mails import AccountMail, AccountMailKind, AccountMailState, queue_account_mail
from models.people.audit_log import AuditAction, AuditEntry, record_action
from models.people.browser_sessions import BrowserSession
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.mailed_links import Link, LinkKind, make_link
from models.people.phone_numbers import PhoneKeys, use_keys
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary_mail import MailState, SummaryMail, queue_summary_mail
from models.storage import database
from models.storage.database import Database, reading, transaction
from models.storage.dump import rows_of, tables_of
from models.storage.heartbeats import record_heartbeat
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.commands.conftest import Run, refusal
from tests.conftest import TEST_KEYS
from tests.world import ANA, BEN, CAI, NOON, call_next, join, make_business, make_queue, phone

Rows = dict[str, list[dict[str, Any]]]
# What a restore changes so that nothing old is sent or handled, and nobody stays signed in.
LEFT_BEHIND = {
    "outbound_messages": {"state", "error", "settle_after", "lease_until", "claimed_by"},
    "inbound_messages": {"reply_settle_after"},
    "summary_mails": {"state", "error", "lease_until"},
    "letters": {"state", "error", "lease_until"},
    "links": {"ended_at"},
    "our_numbers": {"read_until", "next_text_after"},
    "businesses": {"summarized_day", "summarized_week"},
    "tickets": {"alerted_at", "remind_after", "no_show_after"},
}
ENDED = {"clocks", "browser_sessions"}
KEY = "a key of backups"


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
        record_heartbeat(session, "a clock", now)

    transaction(work)
    return queue


def everything() -> Rows:
    with reading() as session:
        return {
            table.name: [
                dict(zip([c.name for c in table.columns], row, strict=True))
                for row in rows_of(session, table)
            ]
            for table in tables_of(session)
        }


def without_what_is_left_behind(found: Rows) -> Rows:
    return {
        name: [{k: v for k, v in row.items() if k not in LEFT_BEHIND.get(name, ())} for row in rows]
        for name, rows in found.items()
        if name not in ENDED
    }


@pytest.mark.parametrize("elsewhere", ["sqlite", "postgres"], indirect=True)
def test_everything_comes_back_on_either_database(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    file, before = tmp_path / "backup", everything()
    result = run("backup", str(file))
    assert result.exit_code == 0, result.output
    assert "phone_keys" in result.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if "unfinished" in one.name] == []
    made = other()
    result = run("restore", str(file))
    assert result.exit_code == 0, result.output
    assert without_what_is_left_behind(everything()) == without_what_is_left_behind(before)
    assert revision_of(made.engine) == newest_revision()
    numbers = [join(shop, phone(index), datetime.now(UTC)).number for index in (20, 21)]
    assert numbers == [4, 5], "it goes on where it was"


def test_nothing_old_is_sent_taken_in_or_let_in_after_a_restore(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    run("backup", str(tmp_path / "backup"))
    other()
    run("restore", str(tmp_path / "backup"))
    with reading() as session:
        assert {t.state for t in session.scalars(select(OutboundMessage))} == {TextState.EXPIRED}
        assert session.scalars(select(SummaryMail.state)).all() == [MailState.EXPIRED]
        assert session.scalars(select(AccountMail.state)).all() == [AccountMailState.DROPPED]
        assert (session.scalar(select(OurNumber.read_until)) or NOON) >= began
        business = session.scalars(select(Business)).one()
        assert business.summarized_day is not None
        assert business.summarized_day >= business.day_of(began) - timedelta(days=1)
        assert session.scalar(select(func.count()).select_from(BrowserSession)) == 0
        assert session.scalars(select(Link.ended_at)).one() is not None
        assert session.scalars(select(Ticket.remind_after).where(Ticket.state == "called")).one() is None
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_a_restore_refuses_a_database_that_is_in_use(run: Run, shop: Queue, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "backup"))
    before = everything()
    assert "not empty" in refusal(run("restore", str(tmp_path / "backup")), 1)
    assert everything() == before


# From here on the kind of database does not matter ----------------------------------------------------


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all the tables and nothing in them, to be copied: migrating takes a second."""
    file = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    made = Database(f"sqlite:///{file}")
    migrate(made.engine)
    made.close()
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


def fill() -> None:
    queue = make_queue(make_business())
    for index in range(3):
        join(queue, phone(index), NOON)


def into_a_new_one(tmp_path: Path) -> Database:
    return database.connect(f"sqlite:///{tmp_path / 'new.sqlite3'}")


def nothing_is_in_it() -> bool:
    every_table = " UNION ALL ".join(f"SELECT 1 FROM {name}" for name in database.Base.metadata.tables)
    with reading() as session:
        return session.execute(text(every_table)).first() is None


def with_key(app: Flask, tmp_path: Path, key: str | None) -> None:
    environ = {"DATA_DIR": str(tmp_path / "data")} | ({"BACKUP_KEY": key} if key else {})
    app.config["SETTINGS"] = Settings.from_environment(environ)


def test_with_a_key_nothing_can_be_read_without_it(
    app: Flask, run_alone: Run, small: Database, tmp_path: Path
) -> None:
    fill()
    file = tmp_path / "backup"
    with_key(app, tmp_path, KEY)
    result = run_alone("backup", str(file))
    assert "encrypted" in result.stdout
    assert "BACKUP_KEY" in result.stdout
    assert b"CET236" not in file.read_bytes()
    with pytest.raises(OSError, match="gzip"):
        gzip.decompress(file.read_bytes())
    into_a_new_one(tmp_path)
    for key, told in ((None, "is encrypted"), ("another key of backups", "not the key")):
        with_key(app, tmp_path, key)
        assert told in refusal(run_alone("restore", str(file)), 1)
    assert nothing_is_in_it()
    with_key(app, tmp_path, KEY)
    assert run_alone("restore", str(file)).exit_code == 0
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 3


@pytest.mark.parametrize(
    ("harm", "key"),
    # With a key, what stands behind the last piece is never read.
    [*product(["cut", "changed", "empty", "another file"], [None, KEY]), ("longer", None)],
)
def test_a_damaged_file_is_refused_and_changes_nothing(
    app: Flask,
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    harm: str,
    key: str | None,
) -> None:
    whole = backups[key]
    middle = len(whole) // 2
    file = tmp_path / "backup"
    file.write_bytes(
        {
            "cut": whole[:-40],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "another file": b"PK\x03\x04 something else",
            "longer": whole + gzip.compress(b'{"table":"queues"}\n'),
        }[harm]
    )
    with_key(app, tmp_path, key)
    into_a_new_one(tmp_path)
    assert "Nothing was restored" in refusal(run_alone("restore", str(file)), 1)
    assert nothing_is_in_it()


def test_a_file_of_a_newer_version_is_refused(run_alone: Run, small: Database, tmp_path: Path) -> None:
    fill()
    transaction(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    back_up(tmp_path / "backup", None, NOON)
    into_a_new_one(tmp_path)
    line = refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert "9999" in line
    assert "newer" in line
    assert nothing_is_in_it()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (PhoneKeys(["another key altogether"], "a hash key for the tests only"), "PHONE_KEYS"),
        (PhoneKeys(["a key for the tests only"], "another hash key"), "PHONE_HASH_KEY"),
    ],
)
def test_a_restore_without_the_keys_of_the_phones_says_so(
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    keys: PhoneKeys,
    told: str,
) -> None:
    (tmp_path / "backup").write_bytes(backups[None])
    into_a_new_one(tmp_path)
    use_keys(keys)
    assert told in refusal(run_alone("restore", str(tmp_path / "backup")), 1)
    assert nothing_is_in_it()
    assert run_alone("restore", "--without-phones", str(tmp_path / "backup")).exit_code == 0


@pytest.mark.parametrize("is_migrated_already", [True, False])
def test_a_file_of_an_older_schema_is_restored_and_migrated(
    run_alone: Run, tmp_path: Path, is_migrated_already: bool
) -> None:
    old = database.connect(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate(old.engine, "0003")
    transaction(
        lambda session: session.execute(
            text(
                "INSERT INTO businesses (name, timezone, day_start_hour, language, carrier_answers_help,"
                " created_at) VALUES ('Old', 'Europe/Lisbon', 4, 'en', 1, '2026-01-01 00:00:00.000000')"
            )
        )
    )
    back_up(tmp_path / "backup", None, NOON)
    new = into_a_new_one(tmp_path)
    if is_migrated_already:
        migrate(new.engine)
    result = run_alone("restore", str(tmp_path / "backup"))
    assert result.exit_code == 0, result.output
    assert revision_of(new.engine) == newest_revision()
    with reading() as session:
        business = session.scalars(select(Business)).one()
    assert (business.name, business.texts_per_day) == ("Old", 5000)
    new.close()


@pytest.mark.parametrize(
    ("place", "told"), [("no/such/folder/backup", "there is no folder"), (".", "is a directory")]
)
def test_a_backup_that_cannot_be_written_says_so(
    run_alone: Run, small: Database, tmp_path: Path, place: str, told: str
) -> None:
    result = run_alone("backup", str(tmp_path / place))
    assert result.exit_code != 0
    (line,) = result.stderr.splitlines()
    assert told in line


def test_a_full_disk_leaves_the_backup_of_yesterday_alone(
    run_alone: Run, small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    folder = tmp_path / "backups"
    folder.mkdir()
    run_alone("backup", str(folder / "backup"))
    before = (folder / "backup").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no space left" in refusal(run_alone("backup", str(folder / "backup")), 1)
    assert (folder / "backup").read_bytes() == before
    assert [one.name for one in folder.iterdir()] == ["backup"]


def test_a_restore_that_breaks_off_leaves_the_database_empty(
    run_alone: Run,
    small: Database,
    backups: dict[str | None, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "backup").write_bytes(backups[None])
    into_a_new_one(tmp_path)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("commands.backup.neutralize", broken)
    assert isinstance(run_alone("restore", str(tmp_path / "backup")).exception, ZeroDivisionError)
    assert nothing_is_in_it()
    monkeypatch.undo()
    assert run_alone("restore", str(tmp_path / "backup")).exit_code == 0


def test_a_backup_while_people_join_holds_everybody_who_had_joined_before(
    business: Business, queue: Queue, other: Callable[[], Database], run: Run, tmp_path: Path
) -> None:
    joined: list[int] = []
    stop = threading.Event()

    def keep_joining(crowd: int) -> None:
        for index in range(200):
            if stop.is_set():
                return
            joined.append(join(queue, phone(crowd * 1000 + index), datetime.now(UTC)).number)

    threads = [threading.Thread(target=keep_joining, args=(crowd,)) for crowd in (1, 2)]
    for thread in threads:
        thread.start()
    while len(joined) < 10:
        stop.wait(0.01)
    before = set(joined)
    contents = back_up(tmp_path / "backup", None, datetime.now(UTC))
    stop.set()
    for thread in threads:
        thread.join()
    other()
    assert run("restore", str(tmp_path / "backup")).exit_code == 0
    with reading() as session:
        numbers = session.scalars(select(Ticket.number).order_by(Ticket.number)).all()
        assert session.scalar(select(func.count()).select_from(Customer)) == len(numbers)
        last = session.scalars(select(Queue.last_number)).one()
    assert before <= set(numbers)
    assert numbers == list(range(1, last + 1)), "one moment: the counter and the tickets agree"
    assert contents.counts["tickets"] == len(numbers)


def test_a_file_that_does_not_hold_what_was_written_is_never_given_its_name(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    monkeypatch.setattr("jobs.upkeep.backup.contents_of", lambda *_: contents_of(_harmed(tmp_path), None))
    with pytest.raises(BackupProblem):
        back_up(tmp_path / "backup", None, NOON)
    assert not (tmp_path / "backup").exists()


def _harmed(tmp_path: Path) -> Any:
    (unfinished,) = tmp_path.glob(".backup.*")
    unfinished.write_bytes(unfinished.read_bytes()[:-9])
    return unfinished.open("rb")


@pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
def test_texts_bound_to_the_carrier_stay_what_they_are(
    run: Run, shop: Queue, other: Callable[[], Database], tmp_path: Path
) -> None:
    transaction(lambda s: s.execute(update(OutboundMessage).values(state="delivered", carrier_sid="SM1")))
    run("backup", str(tmp_path / "backup"))
    other()
    run("restore", str(tmp_path / "backup"))
    with reading() as session:
        assert session.scalars(select(OutboundMessage.state)).all() == [TextState.DELIVERED]
