"""Migrates a database to the newest schema: `migrate(engine)`; used by `flask migrate` and the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from migrations.revisions import newest_revision, next_revision, revision_at

FOLDER = Path(__file__).parent
LONGEST_WAIT = "8s"
LONGEST_STATEMENT = "1h"  # building an index over years of tickets may take long
LOCK = 7_204_001  # arbitrary, the same for all hosts: two that start at once migrate one after the other


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine, revision: str | None = None) -> None:
    """Upgrade to `revision`, or the newest; does nothing if the database is there already."""
    goal = revision or newest_revision()
    assert goal is not None, "there are no migrations"
    if engine.dialect.name == "postgresql":
        while not _is_there_after_a_step(engine, goal):
            pass
        return
    config = alembic_config()
    with _connected(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, goal)
        connection.commit()


def _is_there_after_a_step(engine: Engine, goal: str) -> bool:
    """One migration in one transaction, unless another host has made it meanwhile. An empty database takes all.

    The lock and the limits end with the transaction, so nothing is left on a pooler's connection.
    """
    config = alembic_config()
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # wait for another migration to end
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'"))  # others would queue behind us
        connection.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_STATEMENT}'"))
        present = revision_at(connection)
        step = next_revision(present, goal) if present is not None else goal
        if step is None:
            return True
        config.attributes["connection"] = connection
        command.upgrade(config, step)
    return step == goal


def go_back(engine: Engine, revision: str) -> None:
    """Downgrade to `revision`, which loses data that the old schema can't hold: for empty databases only."""
    config = alembic_config()
    with _connected(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """On SQLite without foreign keys: a table that others point to is built anew by dropping the old one.

    Its rows keep their ids. The setting has no effect inside a transaction, so it is made outside of any.
    """
    with engine.connect() as connection:
        raw = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
        if raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            if raw is not None:
                connection.rollback()
                raw.execute("PRAGMA foreign_keys=ON")
