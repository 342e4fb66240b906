"""Empty databases of both kinds, for tests of the schema itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from models.storage.database import Database


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table, apart from the one that other tests use."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield made.engine
        made.close()
        return
    admin = create_engine(request.getfixturevalue("postgres_url"))
    with admin.begin() as connection:
        connection.execute(text("CREATE SCHEMA apart"))
    engine = create_engine(admin.url.update_query_dict({"options": "-csearch_path=apart"}))
    yield engine
    engine.dispose()
    with admin.begin() as connection:
        connection.execute(text("DROP SCHEMA apart CASCADE"))
    admin.dispose()
