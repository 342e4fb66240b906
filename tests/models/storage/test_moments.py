"""Moments on their way into the database: in UTC, and converted once for all rows written together."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from models.storage.moments import UtcDateTime
from tests.world import NOON

DIALECTS = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]
EAST = timezone(timedelta(hours=5))


class Counted(UtcDateTime):
    cache_ok = True

    def __init__(self) -> None:
        super().__init__()
        self.converted: list[datetime | None] = []

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        self.converted.append(value)
        return super().process_bind_param(value, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_moment_is_converted_once_for_many_rows(dialect: Dialect) -> None:
    kind = Counted()
    stored = kind.bind_processor(dialect)
    assert stored is not None
    assert len({stored(moment) for moment in (NOON, None) * 100}) == 2
    assert kind.converted == [NOON, None]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_stored_alike_whatever_its_zone_and_never_without_one(dialect: Dialect) -> None:
    stored = UtcDateTime().bind_processor(dialect)
    assert stored is not None
    assert stored(NOON) == stored(NOON.astimezone(EAST))
    for _ in range(2):
        with pytest.raises(ValueError, match="naive"):
            stored(NOON.replace(tzinfo=None))
