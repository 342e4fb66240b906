"""What tables and statements say differently to SQLite and to Postgres.

What SQLAlchemy knows of Postgres alone is imported when Postgres is asked: it is large, and an installation
on SQLite has no use for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy import JSON, DateTime, Index, MetaData, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


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

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """One function of its own: the servicer's page alone reads two hundred moments."""
        parse: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)
        if parse is None:  # the driver has made a datetime of it
            return lambda moment: None if moment is None else moment.astimezone(UTC)
        return lambda stored: None if stored is None else parse(stored).replace(tzinfo=UTC)


class JsonOrJsonb(TypeDecorator[Any]):
    """JSON, where None is NULL; JSONB on Postgres."""

    impl = JSON(none_as_null=True)
    cache_ok = True
    hashable = False

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(self.impl_instance)
        return dialect.type_descriptor(_postgres().JSONB(none_as_null=True))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        """What one of its values is compared with may be a text or a number, and no JSON."""
        compared = self.impl_instance.coerce_compared_value(op, value)
        return self if compared is self.impl_instance else compared


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """For a table's `__table_args__`: an index over the rows for which `where`, in SQL, is true.

    Only SQLite hears of it here: `tell_postgres` is for the rest.
    """
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


def tell_postgres(metadata: MetaData, *_: Any, **__: Any) -> None:
    """Give the partial indexes their condition on Postgres too, before tables are made or compared."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if "sqlite_where" in index.dialect_kwargs:
                index.dialect_kwargs["postgresql_where"] = index.dialect_kwargs["sqlite_where"]


def insert_into(table: Any, dialect: str) -> Any:
    """INSERT as this database understands it, with ON CONFLICT."""
    return (sqlite if dialect == "sqlite" else _postgres()).insert(table)


def _postgres() -> Any:
    return import_module("sqlalchemy.dialects.postgresql")
