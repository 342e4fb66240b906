"""Stored days hold every duration; what happened to a queue itself is found by its moment"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TURNED_AWAY = sa.text("kind = 'turned_away'")
OF_QUEUE = sa.text("ticket_id IS NULL")


def upgrade() -> None:
    op.drop_index("ix_events_turned_away", table_name="events")
    op.create_index(
        "ix_events_of_queue",
        "events",
        ["queue_id", "at"],
        unique=False,
        sqlite_where=OF_QUEUE,
        postgresql_where=OF_QUEUE,
    )
    op.execute("DELETE FROM queue_days")  # the clock builds them again, in the new form


def downgrade() -> None:
    op.execute("DELETE FROM queue_days")
    op.drop_index("ix_events_of_queue", table_name="events")
    op.create_index(
        "ix_events_turned_away",
        "events",
        ["queue_id", "at"],
        unique=False,
        sqlite_where=TURNED_AWAY,
        postgresql_where=TURNED_AWAY,
    )
