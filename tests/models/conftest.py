"""What the operations record is recorded under the lock of its queue."""

from collections.abc import Iterator

import pytest

from models.storage.database import Database
from tests.locked_events import events_need_the_lock


@pytest.fixture
def db(db: Database) -> Iterator[Database]:
    if db.is_sqlite:
        yield db  # its writers come one after the other
    else:
        with events_need_the_lock(db):
            yield db
