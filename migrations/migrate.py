"""Migrates a database to the newest schema: `migrate(engine)`; used by `flask migrate` and the tests."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

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
