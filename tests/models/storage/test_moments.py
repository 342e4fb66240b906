"""Moments on their way into the database: in UTC, and converted once for all rows written together."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from models.storage.dialects import UtcDateTime
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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_hour_that_is_repeated_is_stored_as_the_two_that_it_was(dialect: Dialect) -> None:
    """Both are equal to a cache, being of the same zone."""
    stored = UtcDateTime().bind_processor(dialect)
    assert stored is not None
    first = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Lisbon"))
    moments = [stored(first), stored(first.replace(fold=1)), stored(first)]
    assert moments == [stored(NOON.replace(day=25, month=10, hour=hour, minute=30)) for hour in (0, 1, 0)]


@pytest.mark.parametrize(
    ("dialect", "stored"),
    [(DIALECTS[0], "2026-03-10 12:00:00.000000"), (DIALECTS[1], NOON.astimezone(EAST))],
)
def test_it_is_read_in_utc_and_nothing_as_nothing(dialect: Dialect, stored: str | datetime) -> None:
    read = UtcDateTime().dialect_impl(dialect).result_processor(dialect, None)
    assert read is not None
    assert (read(stored), read(stored).tzinfo, read(None)) == (NOON, UTC, None)
