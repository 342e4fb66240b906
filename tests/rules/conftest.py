"""Databases of both kinds apart from the one that other tests use, for tests of the schema itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from migrations.migrate import migrate
from models.schema import metadata
from models.storage.database import Database


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    with _apart(request, request.param, tmp_path, "empty") as engine:
        yield engine


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database that was migrated from the first revision to the newest; whoever changes it puts it back."""
    with _apart(request, request.param, tmp_path_factory.mktemp("schema"), "migrated") as engine:
        migrate(engine)
        yield engine


@pytest.fixture(scope="module")
def created(
    request: pytest.FixtureRequest, migrated: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Of the same kind: with the tables that the models describe, and never migrated."""
    kind = "sqlite" if migrated.dialect.name == "sqlite" else "postgres"
    with _apart(request, kind, tmp_path_factory.mktemp("models"), "created") as engine:
        metadata.create_all(engine)
        yield engine


@contextmanager
def _apart(request: pytest.FixtureRequest, kind: str, folder: Path, name: str) -> Iterator[Engine]:
    if kind == "sqlite":
        made = Database(f"sqlite:///{folder / name}.sqlite3")
        yield made.engine
        made.close()
        return
    admin = create_engine(request.getfixturevalue("postgres_url"))
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine = create_engine(admin.url.update_query_dict({"options": f"-csearch_path={name}"}))
    yield engine
    engine.dispose()
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    admin.dispose()
