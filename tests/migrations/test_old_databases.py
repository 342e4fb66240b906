"""A database of an earlier release, full of rows: nothing is lost on the way to today, and all goes on."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import VARCHAR, inspect, select, text
from sqlalchemy.orm import Session

from app import create_app
from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from config.settings import Settings
from jobs.schedule import schedule_of
from jobs.watchdog import Watch
from migrations.migrate import alembic_config, migrate
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.phone_numbers import use_keys
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.schema import metadata
from models.storage import database
from models.storage.database import Base, Database, reading, transaction
from tests.conftest import TEST_KEYS
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.migrations import old_database
from tests.postgres import fresh_postgres
from tests.web.visitor import Visitor
from tests.world import ANA, CAI, NOON, SHOP_PHONE, phone

# What the clock builds anew from the events: migrations may empty it, and nothing else.
REBUILT = {"queue_days"}
# What was removed from a table, and in which revision: only what no code of the release before it uses.
REMOVED: set[tuple[str, str, str]] = set()


class Old:
    """A database of the old release, migrated to today, with what it held before and afterwards."""

    def __init__(self, url: str) -> None:
        use_keys(TEST_KEYS)  # an application that was made before has brought its own
        self.database = Database(url)
        migrate(self.database.engine, old_database.REVISION)
        self.before = old_database.fill(self.database.engine)
        self.empty_columns = [
            f"{name}.{column['name']}"
            for (_, name), columns in inspect(self.database.engine).get_multi_columns().items()
            for column in columns
            if name != "alembic_version" and all(row[column["name"]] is None for row in self.before[name])
        ]
        migrate(self.database.engine)
        self.after = {name: old_database.rows_in(self.database.engine, name) for name in self.before}


@pytest.fixture(scope="module", autouse=True)
def scripts_read_once() -> Iterator[None]:
    """Alembic reads all files of migrations for each step, which takes longer than the step."""
    read = ScriptDirectory.from_config(alembic_config())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", lambda config: read)
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """Made once, as it takes long: only the last of these tests changes it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            made = Old(f"sqlite:///{tmp_path_factory.mktemp('old') / 'old.sqlite3'}")
        else:
            made = Old(stack.enter_context(fresh_postgres()))
        yield made
        made.database.close()


@pytest.fixture
def migrated(old: Old, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """This process is connected to it."""
    use_keys(TEST_KEYS)
    monkeypatch.setattr(database, "_database", old.database)
    with time_machine.travel(NOON, tick=True):
        yield old.database


def test_the_old_database_has_rows_in_every_table_and_a_value_in_every_column(old: Old) -> None:
    assert old.empty_columns == []


def test_no_row_and_no_value_is_lost(old: Old) -> None:
    for name in old.before.keys() - REBUILT:
        kept = [{column: row[column] for column in old.before[name][0]} for row in old.after[name]]
        assert sorted(kept, key=str) == sorted(old.before[name], key=str), name


def test_it_has_the_shape_of_a_new_one(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_row_is_read_as_what_it_is_today(migrated: Database) -> None:
    with reading() as session:
        for mapper in Base.registry.mappers:
            session.scalars(select(mapper.class_)).all()
        assert {one.phone for one in session.scalars(select(Customer))} >= {ANA, CAI, None}


def test_what_is_new_starts_as_it_should(migrated: Database) -> None:
    with reading() as session:
        business = session.scalars(select(Business)).one()
        assert (business.texts_per_day, business.forget_after_days, business.own_words_count) == (5000, 90, 0)
        assert business.summarized_week is not None, "weeks before this version are not told"
        rosa, luis = session.scalars(select(Servicer).order_by(Servicer.id))
        assert (rosa.gets_weekly_summary, luis.gets_weekly_summary) == (True, False)
        assert [number.unanswered for number in session.scalars(select(OurNumber))] == [0, 0]
        assert [queue.archived_at for queue in session.scalars(select(Queue))] == [None, None]


def test_texts_pages_and_jobs_go_on(
    migrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert "number 3" in texted("STATUS", CAI)
    assert "number 6" in texted("CET236 Dora", phone(1))

    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    visitor = visitor_of(settings, migrated, monkeypatch)
    assert visitor.open("/control/CET236").now_serving == "2"
    assert visitor.press("Done").now_serving == "3"
    for address in (
        "/q/CET236",
        "/q/COLOUR",
        "/control/CET236/ticket/1",
        "/manage/statistics",
        "/readyz/web",
    ):
        assert visitor.client.get(address, follow_redirects=True).status_code == 200, address

    carrier = ScriptedCarrier()
    day = Day(datetime.now(UTC))
    sender = sender_with(carrier, day)
    for job in schedule_of(sender, carrier, settings, Watch()).get_jobs():
        job.func()
    send_all(sender, day, rounds=4)
    told = [text.body for text in carrier.got if text.to == CAI]
    assert any(body.startswith("It's your turn, number 3") for body in told), told
    assert any("Back at two." in body for body in told), "the announcement that waited"
    assert [line for line in caplog.messages if "failed" in line] == []
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM queue_days")).scalar_one() >= 1, "built anew"


def visitor_of(settings: Settings, migrated: Database, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Rosa, signed in."""
    app = create_app(settings)
    app.config["TESTING"] = True
    database.database().close()
    use_keys(TEST_KEYS)
    monkeypatch.setattr(database, "_database", migrated)
    with reading() as session:
        rosa = session.get_one(Servicer, 1)
    return Visitor(app).sign_in(rosa)


# One step after the other --------------------------------------------------------------------------------


def test_every_migration_only_adds(tmp_path: Path) -> None:
    """So that the version before goes on while the next one is being deployed: add, deploy, remove."""
    made = Database(f"sqlite:///{tmp_path / 'steps.sqlite3'}")
    empty = made.engine
    before: dict[str, dict[str, Any]] = {}
    for revision in revisions():
        migrate(empty, revision)
        now = {
            table: {column["name"]: column for column in columns}
            for (_, table), columns in inspect(empty).get_multi_columns().items()
        }
        faults = [
            fault for table, columns in before.items() for fault in _faults(revision, table, columns, now)
        ]
        assert faults == []
        before = now
    made.close()


def _faults(revision: str, table: str, columns: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if table not in now:
        yield f"{revision} drops {table}"
        return
    for name, old in columns.items():
        new = now[table].get(name)
        if new is None:
            if (revision, table, name) not in REMOVED:
                yield f"{revision} drops {table}.{name}, which the version before may still use"
        elif str(new["type"]) != str(old["type"]) and not _is_wider(old["type"], new["type"]):
            yield f"{revision} makes {table}.{name} another type"
        elif old["nullable"] and not new["nullable"]:
            yield f"{revision} refuses rows without {table}.{name}, which the version before writes"
    for name, new in now[table].items():
        if name not in columns and not new["nullable"] and new["default"] is None:
            yield f"{revision} asks for {table}.{name}, of which the version before knows nothing"


def _is_wider(old: Any, new: Any) -> bool:
    """A longer text: whatever the version before writes fits."""
    return isinstance(old, VARCHAR) and isinstance(new, VARCHAR) and (new.length or 0) > (old.length or 0)


def test_no_migration_empties_a_table_that_can_not_be_built_anew() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    for script in scripts.walk_revisions():
        upgrade = Path(script.path).read_text().partition("def downgrade")[0].upper()
        for words in upgrade.split("DELETE FROM ")[1:]:
            assert words.split('"')[0].split()[0].lower() in REBUILT | {"queue_months"}, script.path
        assert "TRUNCATE" not in upgrade


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config())
    return sorted(script.revision for script in scripts.walk_revisions())


def texted(body: str, sender: str) -> str:
    text_at_door = UnroutedText(f"SM{body}{sender}"[:34], SHOP_PHONE, sender, body)

    def work(session: Session) -> str:
        [taken] = handle_texts(
            session,
            [text_at_door],
            now=NOON,
            public_url="https://queue.example.org",
            settle_after=timedelta(seconds=45),
        )
        return (taken.reply if taken else None) or ""

    return transaction(work)
