"""Fills a database of revision 0003, a value in every column, and reads its rows."""

from datetime import datetime

from sqlalchemy import Engine, MetaData, text

from tests.migrations.old_rows import Row
from tests.migrations.old_shop import shop
from tests.migrations.old_tickets import tickets_and_texts

REVISION = "0003"
COUNT_ON = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


def fill(engine: Engine) -> dict[str, list[Row]]:
    """Put the shop into an engine's database of that revision; gives its rows as they are read back."""
    metadata = MetaData()
    metadata.reflect(engine)
    rows = shop() | tickets_and_texts()
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in tables:
            for row in rows[table.name]:
                connection.execute(table.insert().values(_fitting(row, engine)))
            if engine.dialect.name == "postgresql" and "id" in table.columns and table.name != "presses":
                connection.execute(text(COUNT_ON.format(table.name)))
    return {table.name: rows_in(engine, table.name) for table in tables}


def rows_in(engine: Engine, name: str) -> list[Row]:
    metadata = MetaData()
    metadata.reflect(engine, only=[name])
    table = metadata.tables[name]
    with engine.connect() as connection:
        return [
            dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()
        ]


def _fitting(row: Row, engine: Engine) -> Row:
    if engine.dialect.name != "sqlite":
        return row
    return {name: v.replace(tzinfo=None) if isinstance(v, datetime) else v for name, v in row.items()}
