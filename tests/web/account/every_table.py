"""A row in every table that a business without customers and numbers can have rows in, also in new tables."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Column, Enum, insert, select
from sqlalchemy.orm import Session

from models.schema import metadata
from models.storage.dialects import JsonOrJsonb, UtcDateTime
from tests.world import NOON

# Whoever has one of these is in use.
IN_USE = {"our_numbers", "tickets"}
VALUES: dict[type, Any] = {bool: False, int: 1, float: 1.0, date: NOON.date(), bytes: b"x"}


def one_row_in_every_table(session: Session, business_id: int) -> None:
    """Of the business, wherever it has none yet."""
    owned = {"businesses": business_id}
    for table in metadata.sorted_tables:
        keys = {key.parent: key.column.table.name for key in table.foreign_keys}
        required = {column: of for column, of in keys.items() if not column.nullable}
        if not required or not all(of in owned for of in required.values()) or table.name in IN_USE:
            continue
        id_column = next(iter(table.primary_key))
        mine = [column == owned[of] for column, of in required.items()]
        found = session.scalar(select(id_column).where(*mine).limit(1))
        if found is None:
            owners = {column.name: owned.get(of) for column, of in keys.items()}
            made = session.execute(insert(table).values(_values(table.columns, owners)))
            found = made.inserted_primary_key[0]
        owned[table.name] = found


def _values(columns: Any, owners: Mapping[str, int | None]) -> dict[str, Any]:
    asked = (column for column in columns if column.name not in owners and not _makes_itself(column))
    return {**owners, **{column.name: _value(column) for column in asked}}


def _makes_itself(column: Column[Any]) -> bool:
    is_counted = column.primary_key and column.name == "id"
    return is_counted or bool(column.nullable or column.default or column.server_default)


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    if isinstance(column.type, JsonOrJsonb):
        return {}
    if isinstance(column.type, UtcDateTime):
        return NOON
    if column.type.python_type is str:
        return secrets.token_hex(16)[: column.type.length]
    return VALUES[column.type.python_type]
