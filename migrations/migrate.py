"""Migrates a database to the newest schema: `migrate(engine)`; used by `flask migrate` and the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

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
    with _connected(engine) as connection:
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
