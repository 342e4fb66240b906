"""Runs the migrations, a transaction each, on the connection handed over by `migrations.migrate`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from models.database import UtcDateTime
from models.schema import metadata


def plain_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration must go on meaning the same when our own column types change."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, postgresql.JSONB):
        return "postgresql.JSONB(none_as_null=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_types,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
