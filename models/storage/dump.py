"""Reads every row of a database and inserts them again: for backups, on either database, at any schema.

Tables are reflected from the database, not taken from the models, so that an older schema can be copied too.
Values become JSON values; moments are always UTC. Knows no file, and no table but the clocks' by name.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import JSON, Column, Date, DateTime, LargeBinary, MetaData, Table, Time, func, select, text
from sqlalchemy.orm import Session

ALEMBIC_TABLE = "alembic_version"
BATCH_SIZE = 500
HEARTBEAT_TABLES = ("clocks",)
WRITTEN_BY_ITSELF = (*HEARTBEAT_TABLES, "counts", "privacy_requests")
"""By every process that runs: rows in them do not mean that the database is in use."""

Row = list[Any]


def tables_of(session: Session) -> list[Table]:
    """All tables, each after the tables that it refers to."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
    return [table for table in metadata.sorted_tables if table.name != ALEMBIC_TABLE]


def revision_in(session: Session) -> str | None:
    """The schema revision in this session's snapshot; None before the first migration."""
    metadata = MetaData()
    metadata.reflect(session.connection(), only=lambda name, _: name == ALEMBIC_TABLE)
    if ALEMBIC_TABLE not in metadata.tables:
        return None
    found = session.scalar(select(metadata.tables[ALEMBIC_TABLE].c.version_num))
    return str(found) if found is not None else None


def first_in_use(session: Session) -> str | None:
    """The name of a table that holds rows; None if the database is empty."""
    for table in tables_of(session):
        if (
            table.name not in WRITTEN_BY_ITSELF
            and session.execute(select(table).limit(1)).first() is not None
        ):
            return table.name
    return None


def rows_of(session: Session, table: Table) -> Iterator[Row]:
    """Its rows as JSON values, ordered by primary key, a few in memory at a time."""
    columns = list(table.columns)
    ordered = select(*columns).order_by(*table.primary_key.columns)
    found = session.execute(ordered, execution_options={"yield_per": BATCH_SIZE})
    for row in found:
        yield [_to_json(value) for value in row]


def insert_rows(session: Session, table: Table, names: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows that `rows_of` gave, and count them. Raises KeyError for an unknown column."""
    columns = [table.columns[name] for name in names]
    self_references = {key.parent.name for key in table.foreign_keys if key.column.table is table}
    later: list[dict[str, Any]] = []
    count = 0
    for batch in _batches(rows):
        values = [
            {c.name: _from_json(c, value) for c, value in zip(columns, row, strict=True)} for row in batch
        ]
        for one in values:
            if any(one[name] is not None for name in self_references):
                later.append(dict(one))
                one.update(dict.fromkeys(self_references))  # the row it refers to may come later
        session.execute(table.insert(), values)
        count += len(batch)
    for one in later:
        same = [column == one[column.name] for column in table.primary_key.columns]
        session.execute(table.update().where(*same).values({name: one[name] for name in self_references}))
    _advance_sequence(session, table)
    return count


def empty(session: Session, tables: Iterable[Table], names: Sequence[str]) -> None:
    for table in tables:
        if table.name in names:
            session.execute(table.delete())


def _advance_sequence(session: Session, table: Table) -> None:
    """Let new ids follow the inserted ones; SQLite does so by itself."""
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
        if len(batch) == BATCH_SIZE:
            yield batch
            batch = []
    if batch:
        yield batch


def _to_json(value: Any) -> Any:
    match value:
        case datetime():
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return aware.isoformat()
        case date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
    return value


def _from_json(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case DateTime():
            return datetime.fromisoformat(value).astimezone(UTC)  # SQLite stores UTC without an offset
        case Date():
            return date.fromisoformat(value)
        case Time():
            return time.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
    return value
