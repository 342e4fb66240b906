"""Queues are archived and desks retired instead of deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("queues", sa.Column("archived_at", MOMENT, nullable=True))
    op.add_column("desks", sa.Column("retired_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("desks", "retired_at")
    op.drop_column("queues", "archived_at")
