"""Databases that are migrated already and empty: a copy of one takes a twentieth of what migrating takes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from migrations.migrate import migrate
from models.storage.database import Database
from tests.once import made_once
from tests.postgres import fresh_postgres, start_postgres

NAME, BEGUN = "migrated", "migrated_begun"
LOCK = 7_204_002  # arbitrary: one test process of a run migrates, and the others wait for it


def migrated_sqlite(file: Path, folders: pytest.TempPathFactory) -> str:
    """The address of a database in `file`, which is made."""

    def make(folder: Path) -> None:
        folder.mkdir()
        _migrate(f"sqlite:///{folder / NAME}")

    shutil.copy(made_once(NAME, folders, make) / NAME, file)
    return f"sqlite:///{file}"


@contextmanager
def migrated_postgres() -> Iterator[str]:
    """The address of a database on the test run's server, dropped at the end."""
    _make_template(start_postgres())
    with fresh_postgres(like=NAME) as url:
        yield url


def _make_template(server: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        if not connection.scalar(text(f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'")):
            connection.execute(text(f"DROP DATABASE IF EXISTS {BEGUN}"))  # of a process that was killed
            connection.execute(text(f"CREATE DATABASE {BEGUN}"))
            _migrate(admin.url.set(database=BEGUN).render_as_string(hide_password=False))
            connection.execute(text(f"ALTER DATABASE {BEGUN} RENAME TO {NAME}"))
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
    admin.dispose()


def _migrate(url: str) -> None:
    made = Database(url)
    migrate(made.engine)
    made.close()
