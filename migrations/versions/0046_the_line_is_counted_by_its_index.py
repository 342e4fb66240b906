"""The index of who waits also tells who is on hold, so that counting the line reads no row"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAME = "ix_tickets_waiting"
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    _replace(["queue_id", "position", "id", "set_aside_at", "state"])


def downgrade() -> None:
    _replace(["queue_id", "position"])


def _replace(columns: list[str]) -> None:
    op.drop_index(NAME, table_name="tickets")
    op.create_index(NAME, "tickets", columns, unique=False, sqlite_where=WAITING, postgresql_where=WAITING)
