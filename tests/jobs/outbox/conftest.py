"""A day, and a carrier that accepts everything."""

import pytest

from models.storage.database import Database
from tests.jobs.scripted import Day, ScriptedCarrier


@pytest.fixture
def day(db: Database) -> Day:
    return Day()


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()
