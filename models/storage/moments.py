"""UtcDateTime, the column type for points in time."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: always aware, always UTC. A naive datetime is refused, not guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: a moment needs its offset")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Converts with a small cache, as rows that are written together have the same moments.

        Only moments in UTC are cached: in other zones the two moments of a repeated hour compare as equal.
        """
        convert = super().bind_processor(dialect)
        if convert is None:
            return None
        cached = lru_cache(maxsize=32)(convert)
        return lambda moment: cached(moment) if moment is None or moment.tzinfo is UTC else convert(moment)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
