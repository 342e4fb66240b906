"""Migrates a database to the newest schema: `migrate(engine)`; used by `flask migrate` and the tests."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

FOLDER = Path(__file__).parent
LONGEST_STATEMENT = "1h"  # building an index over years of tickets may take long
LOCK = 7_204_001  # arbitrary, the same for all hosts: two that start at once migrate one after the other


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to `revision`; does nothing if the database is there already."""
    config = alembic_config()
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET statement_timeout = '{LONGEST_STATEMENT}'"))
            connection.execute(text("SET lock_timeout = 0"))  # wait for another migration to end
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.execute(text("RESET lock_timeout"))  # but not for tables: others would queue behind us
            connection.commit()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
            connection.commit()
        finally:
            if connection.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                connection.execute(text("RESET statement_timeout"))
                connection.commit()


def go_back(engine: Engine, revision: str) -> None:
    """Downgrade to `revision`, which loses data that the old schema can't hold: for empty databases only."""
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def is_known(revision: str) -> bool:
    """Whether this program has the migrations that lead to `revision`."""
    return any(s.revision == revision for s in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def is_served_by_us(revision: str) -> bool:
    """Whether this program works with a database at `revision`: its own newest revision, or a later one."""
    return revision == newest_revision() or not is_known(revision)


@cache
def newest_revision() -> str | None:
    """The revision this program was written for; cached, as the files may be updated while it runs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def revision_of(engine: Engine) -> str | None:
    """The revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
