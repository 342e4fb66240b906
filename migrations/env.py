"""Runs the migrations, one transaction each, on the connection given by `migrations.migrate`."""

from typing import Any, Literal

from alembic import context as alembic
from sqlalchemy import Enum
from sqlalchemy.engine import Connection

from models.schema import metadata
from models.storage.dialects import JsonOrJsonb, UtcDateTime, tell_postgres

JSONB = "postgresql.JSONB(none_as_null=True)"


def plain_types(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Render our column types as plain ones: a migration's meaning must not change with them."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, JsonOrJsonb):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return f"sa.JSON(none_as_null=True).with_variant({JSONB}, 'postgresql')"
    return False


def run(connection: Connection) -> None:
    tell_postgres(metadata)
    alembic.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_item=plain_types,
        transaction_per_migration=True,
    )
    with alembic.begin_transaction():
        alembic.run_migrations()


run(alembic.config.attributes["connection"])
