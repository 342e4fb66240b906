"""A queue's day has its own bounds, and numbers that are still in use are not given again"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENTS = ("day_began_at", "day_ends_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("queues", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("queues", sa.Column("kept_number", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in (*MOMENTS, "kept_number"):
        op.drop_column("queues", name)
