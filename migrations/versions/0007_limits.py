"""Joins are counted by the minute, and texts of a day have a limit"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "businesses", sa.Column("texts_per_day", sa.Integer(), server_default="5000", nullable=False)
    )
    op.add_column("queues", sa.Column("counted_minute", MOMENT, nullable=True))
    op.add_column("queues", sa.Column("minute_joins", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "minute_joins")
    op.drop_column("queues", "counted_minute")
    op.drop_column("businesses", "texts_per_day")
