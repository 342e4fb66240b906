"""A database of an earlier release, full of rows: nothing is lost on the way to today, and all goes on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from app import create_app
from bot.incoming import TextAtTheDoor
from bot.taking_in import take_in_texts
from config import Settings
from jobs.__main__ import schedule_of
from jobs.watch import Watch
from migrations import alembic_config, migrate
from models import database
from models.business import Business, OurNumber
from models.database import Base, Database, reading, transaction
from models.message import OutboundMessage, TextKind
from models.people import Customer, Servicer
from models.phone import use_keys
from models.queues import Queue
from models.schema import metadata
from tests import old_database
from tests.conftest import TEST_KEYS
from tests.jobs.scripted import Day, ScriptedCarrier, sender_with, texts
from tests.web.visitor import Visitor
from tests.world import ANA, CAI, NOON, SHOP_PHONE, phone

# What the clock builds anew from the events: migrations may empty it, and nothing else.
REBUILT = {"queue_days"}
# What was removed from a table, and in which revision: only what no code of the release before it uses.
REMOVED: set[tuple[str, str, str]] = set()


@pytest.fixture
def old_rows(empty: Engine) -> dict[str, list[dict[str, Any]]]:
    """The database is one of the old release, with its rows."""
    migrate(empty, old_database.REVISION)
    return old_database.fill(empty)


@pytest.fixture
def migrated(
    empty: Engine, old_rows: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """… and now of today, with this process connected to it."""
    migrate(empty)
    made = Database(empty.url.render_as_string(hide_password=False))
    monkeypatch.setattr(database, "_database", made)
    with time_machine.travel(NOON, tick=True):
        yield made
    made.close()


def test_the_old_database_has_rows_in_every_table_and_a_value_in_every_column(
    empty: Engine, old_rows: dict[str, list[dict[str, Any]]]
) -> None:
    tables = set(inspect(empty).get_table_names()) - {"alembic_version"}
    assert tables == set(old_rows)
    assert [
        f"{name}.{column['name']}"
        for name in tables
        for column in inspect(empty).get_columns(name)
        if all(row[column["name"]] is None for row in old_rows[name])
    ] == []


def test_no_row_and_no_value_is_lost(empty: Engine, old_rows: dict[str, list[dict[str, Any]]]) -> None:
    migrate(empty)
    for name in old_rows.keys() - REBUILT:
        today = old_database.rows_in(empty, name)
        assert len(today) == len(old_rows[name]), name
        kept = [{column: row[column] for column in old_rows[name][0]} for row in today]
        assert sorted(kept, key=str) == sorted(old_rows[name], key=str), name


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


def test_texts_are_answered_and_numbers_go_on(migrated: Database) -> None:
    assert "number 3" in texted("STATUS", CAI)
    assert "number 6" in texted("CET236 Dora", phone(1))


def test_the_pages_work_and_a_press_counts(migrated: Database, app_of: Callable[[], Visitor]) -> None:
    visitor = app_of()
    with reading() as session:
        rosa = session.get_one(Servicer, 1)
    visitor.sign_in(rosa)
    page = visitor.open("/control/CET236")
    assert page.now_serving == "2"
    assert visitor.press("Done").now_serving == "3"
    for address in (
        "/q/CET236",
        "/q/COLOUR",
        "/control/CET236/ticket/1",
        "/manage/statistics",
        "/readyz/web",
    ):
        assert visitor.client.get(address, follow_redirects=True).status_code == 200, address
    with reading() as session:
        turn = session.scalars(select(OutboundMessage).where(OutboundMessage.ticket_id == 3)).one()
        assert (turn.kind, turn.state) == (TextKind.YOUR_TURN, "waiting")


def test_every_sweep_runs_and_the_text_that_waited_leaves(
    migrated: Database, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    carrier = ScriptedCarrier()
    sender = sender_with(carrier, Day(NOON))
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    for job in schedule_of(sender, carrier, settings, Watch()).get_jobs():
        job.func()
    sender.send_due()
    assert sender.wait_until_idle(10)
    assert CAI in {text.to for text in carrier.got}, [(t.kind, t.state, t.error) for t in texts()]
    assert [line for line in caplog.messages if "failed" in line] == []
    with reading() as session:
        rebuilt = session.execute(text("SELECT count(*) FROM queue_days")).scalar_one()
        assert rebuilt >= 1, "the day's figures are there again"


# One step after the other --------------------------------------------------------------------------------


def test_every_migration_only_adds(empty: Engine) -> None:
    """So that the version before goes on while the next one is being deployed: add, deploy, remove."""
    before: dict[str, dict[str, Any]] = {}
    for revision in revisions():
        migrate(empty, revision)
        found = inspect(empty)
        now = {
            table: {column["name"]: column for column in found.get_columns(table)}
            for table in found.get_table_names()
        }
        faults = [
            fault for table, columns in before.items() for fault in _faults(revision, table, columns, now)
        ]
        assert faults == []
        before = now


def _faults(revision: str, table: str, columns: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if table not in now:
        yield f"{revision} drops {table}"
        return
    for name, old in columns.items():
        new = now[table].get(name)
        if new is None:
            if (revision, table, name) not in REMOVED:
                yield f"{revision} drops {table}.{name}, which the version before may still use"
        elif str(new["type"]) != str(old["type"]):
            yield f"{revision} makes {table}.{name} another type"
        elif old["nullable"] and not new["nullable"]:
            yield f"{revision} refuses rows without {table}.{name}, which the version before writes"
    for name, new in now[table].items():
        if name not in columns and not new["nullable"] and new["default"] is None:
            yield f"{revision} asks for {table}.{name}, of which the version before knows nothing"


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
    text_at_door = TextAtTheDoor(f"SM{body}{sender}"[:34], SHOP_PHONE, sender, body)

    def work(session: Session) -> str:
        [taken] = take_in_texts(
            session,
            [text_at_door],
            now=NOON,
            public_url="https://queue.example.org",
            settle_after=timedelta(seconds=45),
        )
        return (taken.reply if taken else None) or ""

    return transaction(work)


@pytest.fixture
def app_of(migrated: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Visitor]:
    def visitor() -> Visitor:
        app = create_app(Settings.from_environment({"DATA_DIR": str(tmp_path)}))
        app.config["TESTING"] = True
        database.database().close()
        use_keys(TEST_KEYS)
        monkeypatch.setattr(database, "_database", migrated)
        return Visitor(app)

    return visitor
