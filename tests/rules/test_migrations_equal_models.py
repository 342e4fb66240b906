"""The migrations build exactly the tables that the models describe, on both databases."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from migrations.migrate import alembic_config, go_back, migrate
from migrations.revisions import is_known, newest_revision, revision_of
from models.schema import metadata

ALEMBIC_TABLE = "alembic_version"


def shape(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every table as reflected: what alembic compares, and what it does not. Asked of all tables at once."""
    found = inspect(engine)
    primary_keys, foreign_keys = found.get_multi_pk_constraint(), found.get_multi_foreign_keys()
    uniques, indexes = found.get_multi_unique_constraints(), found.get_multi_indexes()
    checks = found.get_multi_check_constraints()
    return {
        table[1]: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in columns},
            "primary key": primary_keys[table]["constrained_columns"],
            "foreign keys": sorted(
                (fk["name"], fk["constrained_columns"], fk["referred_table"], fk["referred_columns"])
                for fk in foreign_keys[table]
            ),
            "uniques": sorted((u["name"], u["column_names"]) for u in uniques[table]),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]), condition(i)) for i in indexes[table]
            ),
            "checks": sorted((c["name"], plain(c["sqltext"])) for c in checks[table]),
        }
        for table, columns in found.get_multi_columns().items()
        if table[1] != ALEMBIC_TABLE
    }


def condition(index: Any) -> str:
    options = index.get("dialect_options", {})
    return plain(str(options.get("sqlite_where", options.get("postgresql_where", ""))))


def plain(sql: str) -> str:
    return " ".join(sql.split())


def test_the_migrations_build_what_the_models_describe(created: Engine, migrated: Engine) -> None:
    described = shape(created)
    assert shape(migrated) == described
    assert sorted(described) == sorted(metadata.tables)


def test_alembic_has_nothing_to_add(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing_and_says_where_it_is(created: Engine, migrated: Engine) -> None:
    assert revision_of(created) is None
    before = shape(migrated)
    migrate(migrated)
    assert shape(migrated) == before
    assert revision_of(migrated) == newest_revision()


def test_every_migration_can_be_taken_back(migrated: Engine) -> None:
    before = shape(migrated)
    config = alembic_config()
    with migrated.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert shape(migrated) == {}
    migrate(migrated)
    assert shape(migrated) == before


def test_mailed_summaries_are_kept_and_who_stopped_them_gets_no_weekly_ones(empty: Engine) -> None:
    """The one migration that rebuilds a table (0015): its rows, its index, and the new switch."""
    migrate(empty, "0014")
    with empty.begin() as connection:
        for statement in BEFORE_WEEKS:
            connection.execute(text(statement))
    migrate(empty, "0015")
    with empty.begin() as connection:
        mails = connection.execute(text("SELECT period, servicer_id, state FROM summary_mails ORDER BY 2"))
        assert [tuple(row) for row in mails] == [("day", 1, "sent"), ("day", 2, "waiting")]
        switches = connection.execute(text("SELECT id, gets_weekly_summary FROM servicers ORDER BY id"))
        assert [(number, bool(gets_it)) for number, gets_it in switches] == [(1, True), (2, False)]
        assert connection.scalar(text("SELECT summarized_week FROM businesses")) is not None
        week = (
            BEFORE_WEEKS[-1]
            .replace("(business_id,", "(period, business_id,")
            .replace("(1, '", "('week', 1, '")
        )
        connection.execute(text(week))  # of the same day
    go_back(empty, "0014")
    with empty.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM summary_mails")) == 2


NOW = "'2026-03-09 20:00:00+00:00'"
BEFORE_WEEKS = (
    "INSERT INTO businesses (id, name, timezone, day_start_hour, language, carrier_answers_help, created_at)"
    f" VALUES (1, 'Barber Lopes', 'Europe/Lisbon', 4, 'en', true, {NOW})",
    *(
        "INSERT INTO servicers (id, business_id, email, name, role, password_hash, session_key,"
        " wants_join_texts, calls_next_when_done, gets_summary, created_at) VALUES"
        f" ({number}, 1, '{number}@example.com', 'Rosa', 'manager', '!', 'x', false, true, {gets_it}, {NOW})"
        for number, gets_it in ((1, "true"), (2, "false"))
    ),
    *(
        "INSERT INTO summary_mails (business_id, day, servicer_id, facts, state, created_at, send_after,"
        " expires_at, attempts) VALUES"
        f" (1, '2026-03-09', {number}, '{{}}', '{state}', {NOW}, {NOW}, {NOW}, 1)"
        for number, state in ((1, "sent"), (2, "waiting"))
    ),
)


def test_migrations_are_one_line_of_revisions() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert sorted(revisions, reverse=True) == revisions
    assert newest_revision() == revisions[0]
    assert all(is_known(revision) for revision in revisions)
    assert not is_known("no revision")
