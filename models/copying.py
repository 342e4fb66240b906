"""Every row of the database, out of it and into it again: for backups, on either database, at any schema.

Tables are taken as the database itself describes them, not as the models do, so that an older one can be
copied too. Values become what JSON can say; moments are always UTC. Knows no file, and no table by name.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import JSON, Column, Date, DateTime, LargeBinary, MetaData, Table, Time, func, select, text
from sqlalchemy.orm import Session

OF_ALEMBIC = "alembic_version"
AT_A_TIME = 500
OWN_ACCORD = ("clocks",)
"""Written by whatever runs: they do not make a database one that is in use."""

Row = list[Any]


def tables_of(session: Session) -> list[Table]:
    """All tables, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
    return [table for table in metadata.sorted_tables if table.name != OF_ALEMBIC]


def revision_in(session: Session) -> str | None:
    """The schema that this very moment of the database has; None before the first migration."""
    metadata = MetaData()
    metadata.reflect(session.connection(), only=lambda name, _: name == OF_ALEMBIC)
    if OF_ALEMBIC not in metadata.tables:
        return None
    found = session.scalar(select(metadata.tables[OF_ALEMBIC].c.version_num))
    return str(found) if found is not None else None


def first_in_use(session: Session) -> str | None:
    """The name of a table that holds rows; None when the database is empty."""
    for table in tables_of(session):
        if table.name not in OWN_ACCORD and session.execute(select(table).limit(1)).first() is not None:
            return table.name
    return None


def rows_of(session: Session, table: Table) -> Iterator[Row]:
    """Its rows as JSON can say them, in the order of their keys, a few in memory at a time."""
    columns = list(table.columns)
    ordered = select(*columns).order_by(*table.primary_key.columns)
    found = session.execute(ordered, execution_options={"yield_per": AT_A_TIME})
    for row in found:
        yield [_said(value) for value in row]


def put_rows(session: Session, table: Table, names: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows that `rows_of` gave, and count them. Raises KeyError for a column that is not there."""
    columns = [table.columns[name] for name in names]
    to_itself = {key.parent.name for key in table.foreign_keys if key.column.table is table}
    later: list[dict[str, Any]] = []
    count = 0
    for batch in _batches(rows):
        values = [{c.name: _meant(c, value) for c, value in zip(columns, row, strict=True)} for row in batch]
        for one in values:
            if any(one[name] is not None for name in to_itself):
                later.append(dict(one))
                one.update(dict.fromkeys(to_itself))  # whom it refers to may come after it
        session.execute(table.insert(), values)
        count += len(batch)
    for one in later:
        same = [column == one[column.name] for column in table.primary_key.columns]
        session.execute(table.update().where(*same).values({name: one[name] for name in to_itself}))
    _count_on(session, table)
    return count


def empty(session: Session, tables: Iterable[Table], names: Sequence[str] = OWN_ACCORD) -> None:
    for table in tables:
        if table.name in names:
            session.execute(table.delete())


def _count_on(session: Session, table: Table) -> None:
    """New rows are numbered after those that were put in; SQLite sees to that by itself."""
    if session.connection().dialect.name == "sqlite" or "id" not in table.columns:
        return
    named = {"table": table.name, "column": "id"}
    sequence = session.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), named)
    if sequence is None:
        return
    last = session.scalar(select(func.max(table.columns["id"])))
    session.execute(select(func.setval(sequence, last or 1, last is not None)))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch


def _said(value: Any) -> Any:
    match value:
        case datetime():
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return aware.isoformat()
        case date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
    return value


def _meant(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case DateTime():
            return datetime.fromisoformat(value).astimezone(UTC)  # SQLite keeps UTC without saying so
        case Date():
            return date.fromisoformat(value)
        case Time():
            return time.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
    return value
