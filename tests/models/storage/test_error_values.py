"""When a write fails, its error and the log say which table and rule, and nothing of the row."""

import logging
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Enum, LargeBinary, String, Table
from sqlalchemy.exc import DBAPIError

from models.schema import metadata
from models.storage.database import Database, transaction
from models.storage.dialects import JsonOrJsonb

pytestmark = pytest.mark.filterwarnings("ignore:Column .* primary key:sqlalchemy.exc.SAWarning")

SENTINEL = "a-sentinel-of-a-row"
TABLES = metadata.sorted_tables


def row_that_fails(table: Table) -> dict[str, Any]:
    """Sentinels wherever words or bytes fit, and nothing where something is required."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            values[column.name] = SENTINEL.encode()
        elif isinstance(column.type, JsonOrJsonb):
            values[column.name] = {SENTINEL: [SENTINEL]}
        elif isinstance(column.type, String) and not isinstance(column.type, Enum):
            values[column.name] = SENTINEL[: column.type.length or 99]
    return values


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_a_failed_insert_tells_nothing_of_the_row(db: Database, written: StringIO, table: Table) -> None:
    insert = table.insert().values(row_that_fails(table))
    try:
        transaction(lambda session: session.execute(insert))
    except DBAPIError:
        logging.getLogger("web").exception("write failed")
    else:
        pytest.fail("the row was taken, and so tells nothing")
    told = written.getvalue()
    assert "write failed" in told
    assert SENTINEL[:10] not in told
    assert SENTINEL.encode().hex()[:20] not in told


def test_the_log_still_says_what_failed(db: Database, written: StringIO) -> None:
    table = metadata.tables["customers"]
    with pytest.raises(DBAPIError, match="customers"):
        transaction(lambda session: session.execute(table.insert().values(phone_hash=SENTINEL)))
